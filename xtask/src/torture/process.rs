//! Starting programs, waiting for them with a limit, and ending them.

use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open};

/// Nothing that is started here takes this long, unless it hangs.
pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// How a program ended, and what it said.
#[derive(Debug)]
pub(super) struct Ended {
    /// None when it had to be ended because it took too long.
    pub(super) status: Option<ExitStatus>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

impl Ended {
    pub(super) fn code(&self) -> Option<i32> {
        self.status.and_then(|status| status.code())
    }

    pub(super) fn succeeded(&self) -> bool {
        self.code() == Some(0)
    }

    pub(super) fn was_killed(&self) -> bool {
        self.status.is_some_and(|status| status.signal() == Some(Signal::KILL.as_raw()))
    }

    /// Its exit code or signal, and its last words.
    pub(super) fn described(&self) -> String {
        let end = self.status.map_or_else(|| "hung".to_owned(), |status| status.to_string());
        let words = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let words: Vec<_> = words.trim().lines().rev().take(4).collect();
        let words: Vec<_> = words.into_iter().rev().collect();
        format!("{end}: {}", words.join(" | "))
    }
}

/// Starts a program as the leader of its own process group, with its output in two files of a folder.
pub(super) fn start(command: &mut Command, folder: &Path, name: &str) -> io::Result<Child> {
    let stdout = fs_err::File::create(folder.join(format!("{name}.stdout")))?;
    let stderr = fs_err::File::create(folder.join(format!("{name}.stderr")))?;
    command.stdin(Stdio::null()).stdout(stdout.into_file()).stderr(stderr.into_file()).process_group(0).spawn()
}

/// Waits for a program that [`start`] started, and ends its group when it takes too long.
pub(super) fn finish(child: Child, started: Instant, folder: &Path, name: &str) -> io::Result<Ended> {
    Ok(finish_unreaped(child, started, folder, name, || ())?.0)
}

/// The same, and does something when the program has ended and its number still belongs to it.
pub(super) fn finish_unreaped<T>(
    mut child: Child,
    started: Instant,
    folder: &Path,
    name: &str,
    ended: impl FnOnce() -> T,
) -> io::Result<(Ended, T)> {
    let in_time = wait(&child, LIMIT)?;
    let took = started.elapsed();
    if !in_time {
        kill_group(&child);
    }
    let value = ended();
    let status = Some(child.wait()?).filter(|_| in_time);
    let read = |stream: &str| -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs_err::read(folder.join(format!("{name}.{stream}")))?).into_owned())
    };
    Ok((Ended { status, stdout: read("stdout")?, stderr: read("stderr")?, took }, value))
}

/// Runs a program to its end.
pub(super) fn run(command: &mut Command, folder: &Path, name: &str) -> io::Result<Ended> {
    let started = Instant::now();
    finish(start(command, folder, name)?, started, folder, name)
}

/// Waits until a program has ended, for this long at most. Says whether it has; its number is not given back yet.
fn wait(child: &Child, limit: Duration) -> io::Result<bool> {
    let handle = pidfd_open(Pid::from_child(child), PidfdFlags::empty())?;
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Ok(false),
            Ok(_) => return Ok(true),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Ends a program and what is in its group. That it ended already is no error.
pub(super) fn kill_group(child: &Child) {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

/// Ends processes, which all belong to a builder that we started.
pub(super) fn end(processes: &[u32]) {
    for pid in processes.iter().filter(|pid| is_alive(**pid)) {
        if let Some(pid) = i32::try_from(*pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Whether a process runs: one that is dead and not yet asked for by its parent does not.
pub(super) fn is_alive(pid: u32) -> bool {
    let Ok(line) = fs_err::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name, in parentheses, may hold anything.
    let state = line.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// The processes whose arguments, folder or environment name this folder, except our own and `others`.
pub(super) fn naming(folder: &Path, others: &[u32]) -> Vec<(u32, String)> {
    let wanted = folder.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for item in fs_err::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = item.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if pid == std::process::id() || others.contains(&pid) || !is_alive(pid) {
            continue;
        }
        let read = |name: &str| {
            String::from_utf8_lossy(&fs_err::read(item.path().join(name)).unwrap_or_default()).replace('\0', " ")
        };
        let works_there = fs_err::read_link(item.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        if works_there || read("cmdline").contains(&wanted) || read("environ").contains(&wanted) {
            found.push((pid, read("cmdline")));
        }
    }
    found
}
