//! Which state-changing system calls a command makes, and making one of them fail or kill.
//!
//! Only pyxide's own process is traced. What its children do is the tools' business, and they die with it.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::cell::Cell;
use super::process::{self, Ended};

/// The calls that change something, by every name that they have on some machine.
const CALLS: &str = "?mkdir,?mkdirat,?open,?openat,?openat2,?creat,write,?writev,?pwrite64,fsync,fdatasync,?syncfs,?rename,\
    ?renameat,?renameat2,?unlink,?unlinkat,?rmdir,?link,?linkat,?symlink,?symlinkat,?chmod,?fchmod,?fchmodat,?fchmodat2,\
    ?truncate,?ftruncate,?fallocate,?mknod,?mknodat,flock,?utimensat,?sendfile,?copy_file_range,?clone,?clone3,?fork,?vfork";

/// The calls that start a process.
const STARTS: [&str; 4] = ["clone", "clone3", "fork", "vfork"];

/// One call of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// `renameat2`
    pub(super) name: String,
    /// Which call of this name, from 1.
    pub(super) number: usize,
    /// Whether it writes to standard output or standard error.
    pub(super) is_output: bool,
}

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Injection {
    Kill,
    /// It fails once.
    Once(&'static str),
    /// It and all later ones of its name fail.
    FromThenOn(&'static str),
}

impl Call {
    pub(super) fn starts_a_process(&self) -> bool {
        STARTS.contains(&self.name.as_str())
    }
}

impl Injection {
    /// How it is spelled in the name of a cell.
    pub(super) fn name(self) -> String {
        match self {
            Self::Kill => "kill".to_owned(),
            Self::Once(error) => error.to_owned(),
            Self::FromThenOn(error) => format!("{error}+"),
        }
    }

    /// What the system says about the error.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Kill => "",
            Self::Once(error) | Self::FromThenOn(error) => match error {
                "EIO" => "Input/output error",
                "ENOSPC" => "No space left on device",
                "EACCES" => "Permission denied",
                "EMFILE" => "Too many open files",
                "EINTR" => "Interrupted system call",
                "EDQUOT" => "Disk quota exceeded",
                "EROFS" => "Read-only file system",
                _ => "os error",
            },
        }
    }
}

/// Runs `pyxide` with these words once and lists its calls.
pub(super) fn record(cell: &Cell<'_>, words: &[String]) -> anyhow::Result<(Ended, Vec<Call>)> {
    let log = cell.folder.join("strace.log");
    let trace = format!("trace={CALLS}");
    let ended = traced(cell, &["-e", &trace], &log, words)?;
    let ours = cell.bench.folder.to_string_lossy().into_owned();
    Ok((ended, read(&fs_err::read_to_string(&log)?, &ours)))
}

/// Runs `pyxide` with these words and lets something happen at a call. Says whether it happened.
pub(super) fn inject(
    cell: &Cell<'_>,
    words: &[String],
    at: &Call,
    injection: Injection,
) -> anyhow::Result<(Ended, bool)> {
    let log = cell.folder.join("strace.log");
    let (what, plus) = match injection {
        Injection::Kill => ("signal=SIGKILL".to_owned(), ""),
        Injection::Once(error) => (format!("error={error}"), ""),
        Injection::FromThenOn(error) => (format!("error={error}"), "+"),
    };
    let trace = format!("trace={}", at.name);
    let inject = format!("inject={}:{what}:when={}{plus}", at.name, at.number);
    let ended = traced(cell, &["-e", &trace, "-e", &inject], &log, words)?;
    let happened = match injection {
        Injection::Kill => ended.was_killed(),
        _ => fs_err::read_to_string(&log)?.contains("(INJECTED)"),
    };
    Ok((ended, happened))
}

fn traced(cell: &Cell<'_>, options: &[&str], log: &Path, words: &[String]) -> anyhow::Result<Ended> {
    let mut command: Command = cell.bench.program("strace".as_ref(), &cell.root());
    command.args(["-qq", "-e", "signal=none"]).args(options).arg("-o").arg(log).arg("--");
    command.arg(&cell.bench.pyxide).args(words);
    process::run(&mut command, &cell.folder, "traced").context("cannot start strace")
}

/// Reads a log: each call that may change something of `ours`, with its number among all calls of its name.
fn read(log: &str, ours: &str) -> Vec<Call> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    let mut calls = Vec::new();
    for line in log.lines() {
        let Some((name, arguments)) = line.split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            continue;
        }
        let number = counts.entry(name).or_default();
        *number += 1;
        // The loader and the runtime open files of the system; that those fail is not ours to survive.
        let elsewhere = name.starts_with("open") && arguments.contains("\"/") && !arguments.contains(ours);
        if !elsewhere {
            let is_output = name.starts_with("write") && (arguments.starts_with("1,") || arguments.starts_with("2,"));
            calls.push(Call { name: name.to_owned(), number: *number, is_output });
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read() {
        let log = "\
openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3
openat(AT_FDCWD, \"/target/torture/cells/a/root/CACHEDIR.TAG\", O_WRONLY|O_CREAT) = 3
openat(4, \"meta.json\", O_RDONLY) = 5
--- SIGCHLD {si_signo=SIGCHLD} ---
write(1, \"x\\n\", 2) = 2
write(3, \"x(\", 2) = 2
+++ exited with 0 +++
";
        let calls: Vec<_> =
            read(log, "/target/torture").into_iter().map(|call| (call.name, call.number, call.is_output)).collect();
        let call = |name: &str, number, is_output| (name.to_owned(), number, is_output);
        assert_eq!(
            calls,
            [call("openat", 2, false), call("openat", 3, false), call("write", 1, true), call("write", 2, false)]
        );
    }
}
