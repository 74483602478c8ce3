//! One question to a program: it is started, listened to, and ended when it does not answer.
//!
//! What somebody names in `CC` or `--python` can do anything, also nothing for ever. So every question ends: with the
//! answer, when the caller no longer wants it, or after a minute. The program gets a process group of its own, because
//! the ones that hang are mostly scripts that wait for a program of theirs.

use std::{
    ffi::OsStr,
    io,
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

use crate::{
    Error,
    error::{COMPILER, INTERPRETER},
};

/// How long a program may take to answer.
const LIMIT: Duration = Duration::from_mins(1);

/// How often the caller is asked whether it still wants the answer.
const TICK: Duration = Duration::from_millis(10);

/// How long the output of a program that has ended is listened to, when a child of its keeps it open.
const ECHO: Duration = Duration::from_secs(1);

/// How many bytes of each output stream are kept.
const KEPT: usize = 1 << 20;

/// What a program is expected to be, and how long it is listened to.
#[derive(Clone, Copy)]
pub(crate) struct Listener<'a> {
    expected: &'static str,
    cancelled: &'a dyn Fn() -> bool,
    pub(crate) limit: Duration,
}

/// A program in a process group of its own, which ends with this value.
struct Running {
    child: Child,
    over: bool,
}

/// Our ends of a program's three standard streams, by their numbers there.
struct Streams<'a> {
    pipes: [Option<OwnedFd>; 3],
    input: &'a [u8],
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl<'a> Listener<'a> {
    pub(crate) fn to_compiler(cancelled: &'a dyn Fn() -> bool) -> Self {
        Self { expected: COMPILER, cancelled, limit: LIMIT }
    }

    pub(crate) fn to_interpreter(cancelled: &'a dyn Fn() -> bool) -> Self {
        Self { expected: INTERPRETER, cancelled, limit: LIMIT }
    }
}

/// Runs a program with `input` as its standard input, and returns what it printed.
///
/// # Errors
/// [`Error::Cancelled`] and [`Error::Silent`], after which the program and its children are gone.
pub(crate) fn talk(command: &mut Command, input: &[u8], listener: &Listener<'_>) -> Result<Output, Error> {
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let failed = |program: &OsStr, source: &io::Error| Error::Io {
        action: if listener.expected == COMPILER { "start the compiler" } else { "start the interpreter" },
        source: named(Path::new(program), source),
    };
    let started = Instant::now();
    let child = command.spawn().map_err(|source| failed(command.get_program(), &source))?;
    let mut running = Running { child, over: false };
    let mut streams = Streams::of(&mut running.child, input);
    let mut ended: Option<Instant> = None;
    let mut pause = TICK / 64;
    loop {
        if (listener.cancelled)() {
            return Err(Error::Cancelled);
        }
        if started.elapsed() >= listener.limit {
            return Err(Error::Silent {
                program: command.get_program().into(),
                expected: listener.expected,
                limit: listener.limit,
            });
        }
        streams.exchange();
        if ended.is_none() && running.has_ended() {
            ended = Some(Instant::now());
        }
        match ended {
            Some(ended) if !streams.are_open() || ended.elapsed() >= ECHO => break,
            // It closed its streams, which most programs do by ending.
            None if !streams.are_open() => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(TICK);
            }
            _ => {}
        }
    }
    let status = running.status().map_err(|source| failed(command.get_program(), &source))?;
    Ok(Output { status, stdout: streams.output, stderr: streams.errors })
}

impl Running {
    fn id(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Whether the program has ended. It is not reaped, so that its number still means its group.
    fn has_ended(&self) -> bool {
        let Some(id) = self.id() else { return true };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // Who cannot wait for it, because this process ignores its children's ends, learns so from `status`.
        !matches!(waitid(WaitId::Pid(id), options), Ok(None) | Err(Errno::INTR))
    }

    /// How a program that has ended did so.
    fn status(&mut self) -> io::Result<ExitStatus> {
        self.over = true;
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        if let Some(group) = self.id() {
            // An error means that nothing is left to end.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl<'a> Streams<'a> {
    fn of(child: &mut Child, input: &'a [u8]) -> Self {
        let pipes = [
            child.stdin.take().map(OwnedFd::from),
            child.stdout.take().map(OwnedFd::from),
            child.stderr.take().map(OwnedFd::from),
        ];
        Self { pipes, input, output: vec![], errors: vec![] }
    }

    /// Whether something can still be printed.
    fn are_open(&self) -> bool {
        self.pipes[1].is_some() || self.pipes[2].is_some()
    }

    /// Writes and reads what can be for one tick, or until nothing can be printed any more.
    fn exchange(&mut self) {
        let end = Instant::now() + TICK;
        while self.are_open() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let flags = [PollFlags::OUT, PollFlags::IN, PollFlags::IN];
            let open = self.pipes.iter().zip(flags).enumerate();
            let (numbers, mut polled): (Vec<usize>, Vec<PollFd<'_>>) =
                open.filter_map(|(number, (pipe, flags))| Some((number, PollFd::new(pipe.as_ref()?, flags)))).unzip();
            let left = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
            if poll(&mut polled, Some(&left)).is_err() {
                // A signal, or no memory: the caller decides whether to go on.
                return;
            }
            let ready: Vec<usize> = numbers
                .into_iter()
                .zip(&polled)
                .filter(|(_, one)| !one.revents().is_empty())
                .map(|one| one.0)
                .collect();
            for number in ready {
                if !self.move_bytes(number) {
                    self.pipes[number] = None;
                }
            }
        }
    }

    /// Writes or reads one piece, which does not block after `poll`. False when the stream is done with.
    fn move_bytes(&mut self, number: usize) -> bool {
        /// What fits into a pipe that takes anything at all: `PIPE_BUF`.
        const PIECE: usize = 4096;
        let Some(pipe) = &self.pipes[number] else { return false };
        let kept = match number {
            0 => {
                let piece = &self.input[..self.input.len().min(PIECE)];
                match rustix::io::write(pipe, piece) {
                    Ok(count) => self.input = &self.input[count..],
                    // What does not read this is not what it should be, and its answer will show that.
                    Err(error) => return error == Errno::INTR,
                }
                return !self.input.is_empty();
            }
            1 => &mut self.output,
            _ => &mut self.errors,
        };
        let mut buffer = [0; 4 * PIECE];
        match rustix::io::read(pipe, &mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                // The rest is read, too, so that who prints it can end.
                kept.extend_from_slice(&buffer[..count.min(KEPT - kept.len())]);
                true
            }
            Err(error) => error == Errno::INTR,
        }
    }
}

/// The same error with the program's name in it, as `fs-err` would have it.
fn named(program: &Path, source: &io::Error) -> io::Error {
    io::Error::new(source.kind(), format!("`{}`: {source}", program.display()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    /// The number of a program that a script wrote down, once it is there.
    fn number(file: &Path) -> Option<Pid> {
        fs_err::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok().and_then(Pid::from_raw)
    }

    /// Whether a program runs, which nobody's child any more does until the system's first process has reaped it.
    fn runs(id: Pid) -> bool {
        let status = fs_err::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
        status.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
    }

    fn assert_ends(id: Pid) {
        let started = Instant::now();
        while runs(id) {
            assert!(started.elapsed() < Duration::from_secs(20), "{id:?} still runs");
            std::thread::yield_now();
        }
    }

    #[test]
    fn who_no_longer_wants_the_answer_ends_the_program_and_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!("sleep 1000 & echo $! >{}; wait", file.display());
        let cancelled = || number(&file).is_some();
        let error = talk(&mut shell(&script), b"", &Listener::to_compiler(&cancelled)).unwrap_err();
        assert!(matches!(error, Error::Cancelled), "{error:?}");
        assert_ends(number(&file).unwrap());
    }

    #[test]
    fn a_program_that_never_answers_is_ended_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("itself");
        let limit = Duration::from_secs(2);
        let listener = Listener { limit, ..Listener::to_compiler(&|| false) };
        let script = format!("echo $$ >{}; exec sleep 1000", file.display());
        let error = talk(&mut shell(&script), b"", &listener).unwrap_err();
        assert_eq!(error.to_string(), "`/bin/sh` should be a compiler, and did not answer within 2 s");
        assert_ends(number(&file).unwrap());
        let closed = talk(&mut shell("exec sleep 1000 >&- 2>&-"), b"", &Listener { limit: TICK, ..listener });
        assert!(matches!(closed.unwrap_err(), Error::Silent { .. }));
        assert_eq!(LIMIT.as_secs(), 60);
    }

    #[test]
    fn both_streams_are_read_to_their_ends_and_kept_up_to_a_limit() {
        let listener = Listener::to_interpreter(&|| false);
        let script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; exit 3";
        let output = talk(&mut shell(script), b"", &listener).unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len(), output.status.code()), (KEPT, KEPT, Some(3)));
        // More than fits into the pipes at once, in both directions.
        let input = vec![b'x'; 500_000];
        assert_eq!(talk(&mut shell("cat"), &input, &listener).unwrap().stdout, input);
        assert!(talk(&mut shell("exit 0"), &input, &listener).unwrap().status.success(), "not reading is no error");
    }

    #[test]
    fn a_child_that_keeps_the_output_open_does_not_keep_the_answer() {
        let asked = Cell::new(0_u32);
        let cancelled = || {
            asked.set(asked.get() + 1);
            false
        };
        let script = "sleep 5 & echo here";
        let started = Instant::now();
        let output = talk(&mut shell(script), b"", &Listener::to_interpreter(&cancelled)).unwrap();
        assert_eq!(output.stdout, b"here\n");
        assert!(started.elapsed() < Duration::from_secs(4));
        assert!(asked.get() > 10, "asked {} times", asked.get());
    }

    #[test]
    fn a_program_that_cannot_be_started_is_named() {
        let error = talk(&mut Command::new("/nowhere/cc"), b"", &Listener::to_compiler(&|| false)).unwrap_err();
        assert_eq!(error.to_string(), "cannot start the compiler");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("`/nowhere/cc`: "), "{source}");
    }
}
