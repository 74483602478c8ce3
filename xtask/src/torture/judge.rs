//! Who loads modules and says what they answer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};

const SCRIPT: &str = include_str!("toolchain/judge.py");

/// A Python that forks for each module, so that each is loaded into a fresh process.
#[derive(Debug)]
pub(super) struct Judge {
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// What came of loading a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Value(i64),
    Signal(i32),
    Error(String),
}

impl Judge {
    pub(super) fn start(python: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(python);
        command.args(["-s", "-S", "-B", "-c", SCRIPT]).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start the judge")?;
        let answers = BufReader::new(child.stdout.take().context("the judge has no output")?);
        Ok(Self { child, answers })
    }

    /// Loads a module.
    pub(super) fn load(&mut self, module: &str, artifact: &Path) -> anyhow::Result<Verdict> {
        let stdin = self.child.stdin.as_mut().context("the judge has no input")?;
        stdin.write_all(format!("{module}\t{}\n", artifact.display()).as_bytes())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        read(line.trim())
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn read(line: &str) -> anyhow::Result<Verdict> {
    Ok(match line.split_once(' ') {
        Some(("value", value)) => Verdict::Value(value.parse()?),
        Some(("signal", signal)) => Verdict::Signal(signal.parse()?),
        Some(("error", text)) => Verdict::Error(text.to_owned()),
        _ => bail!("the judge said `{line}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read() {
        assert_eq!(read("value 11").unwrap(), Verdict::Value(11));
        assert_eq!(read("signal 7").unwrap(), Verdict::Signal(7));
        assert_eq!(read("error ImportError: a b").unwrap(), Verdict::Error("ImportError: a b".to_owned()));
        assert!(read("").is_err());
    }
}
