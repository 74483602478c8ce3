//! Processes that stay, and do one thing once per line.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::Context as _;

/// A process that does its work once per line that it is given, and answers with a line.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.context("cannot start a process that is to be measured")?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().context("the output was piped")?);
        Ok(Self { child, input, output })
    }

    /// Has it do its work, and gives its answer.
    pub(crate) fn once(&mut self) -> anyhow::Result<String> {
        self.input.as_mut().context("it still runs")?.write_all(b"go\n")?;
        self.line()
    }

    /// What it says next.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The end of its input ends it.
        self.input = None;
        let _ = self.child.wait();
    }
}
