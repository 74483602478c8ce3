//! Runs commands and measures them: wall and CPU time of a whole tree of processes.
//!
//! What a process tree has used is only told to who waits for it, and Rust's standard library does not ask. So a small
//! Python does, which lives as long as the run; it is the same for everybody who is measured.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("stopwatch.py");

/// What the first word of a line is that says what a module's function gave.
const RESULT: &str = "result ";

/// The same for seconds that the process measured itself.
const INSIDE: &str = "inside ";

/// A program, its arguments, and all of its surroundings.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) folder: PathBuf,
}

/// What a run took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    /// Seconds from the start of the first command to the end of the last.
    pub(crate) wall: f64,
    /// Seconds of processor time, with all processes that were started.
    pub(crate) cpu: f64,
    /// Seconds that the process measured itself, where it did.
    pub(crate) inside: Option<f64>,
    /// The most memory that one of the commands had, in KiB; never less than what started it has.
    pub(crate) peak: f64,
    /// What the last command printed.
    pub(crate) stdout: String,
}

/// The process that starts and measures the others.
pub(crate) struct Stopwatch {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Stopwatch {
    /// Starts it. `folder` is for what the measured programs print.
    pub(crate) fn start(python: &Path, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(python);
        command.args([OsStr::new("-I"), OsStr::new("-S"), OsStr::new("-c"), OsStr::new(SCRIPT), folder.as_os_str()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start Python")?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("Python has no streams")
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// Runs the commands one after another, and expects that each succeeds.
    pub(crate) fn run(&mut self, orders: &[Order]) -> anyhow::Result<Measured> {
        let orders: Vec<Value> = orders
            .iter()
            .map(|order| json!({ "arguments": order.arguments, "environment": order.environment, "folder": order.folder }))
            .collect();
        writeln!(self.stdin, "{}", Value::from(orders.clone()))?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        let answers: Vec<Value> = serde_json::from_str(&line).context("the measuring process has ended")?;
        let number = |answer: &Value, name: &str| answer[name].as_f64().unwrap_or_default();
        let text = |answer: &Value, name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        for (order, answer) in orders.iter().zip(&answers) {
            if answer["code"] != 0 {
                let words = text(answer, "stderr");
                let last: Vec<_> = words.lines().rev().take(6).collect();
                let last: Vec<_> = last.into_iter().rev().collect();
                bail!("{} ended with {}: {}", order["arguments"], answer["code"], last.join(" | "));
            }
        }
        let stdout = answers.last().map(|answer| text(answer, "stdout")).unwrap_or_default();
        Ok(Measured {
            wall: answers.iter().map(|answer| number(answer, "wall")).sum(),
            cpu: answers.iter().map(|answer| number(answer, "cpu")).sum(),
            peak: answers.iter().map(|answer| number(answer, "peak")).fold(0.0, f64::max),
            inside: marked(&stdout, INSIDE).and_then(|seconds| seconds.parse().ok()),
            stdout,
        })
    }
}

impl Measured {
    /// What the module's function gave.
    pub(crate) fn result(&self) -> Option<i64> {
        marked(&self.stdout, RESULT)?.parse().ok()
    }
}

/// The rest of the last line that begins so.
fn marked<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.lines().rev().find_map(|line| line.strip_prefix(mark)).map(str::trim)
}

impl Drop for Stopwatch {
    fn drop(&mut self) {
        // Between two runs it has no children, and it would end by itself when its standard input ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_says_is_read_from_its_last_words() {
        let measured = Measured { stdout: "building\nresult 48\nresult 49\n".into(), ..Measured::default() };
        assert_eq!(measured.result(), Some(49));
        assert_eq!(marked("inside 0.25\n", INSIDE), Some("0.25"));
        assert_eq!(marked("nothing\n", RESULT), None);
    }
}
