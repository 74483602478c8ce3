//! The process that executes what is typed at the prompt.

use std::{
    io::{BufRead as _, BufReader, PipeReader, PipeWriter, Write as _},
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use super::{REPL, hand_down};
use crate::Error;

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was executed, or has told on standard error why not.
    Done,
    /// It asked for the end, with this exit code.
    Exit(u8),
}

/// An interpreter that waits for blocks.
///
/// It has the streams of this process, so that programs can print and ask; blocks and answers have pipes of their own.
#[derive(Debug)]
pub(crate) struct Worker {
    program: PathBuf,
    child: Child,
    requests: PipeWriter,
    answers: BufReader<PipeReader>,
}

impl Worker {
    /// Starts an interpreter.
    pub(crate) fn start(interpreter: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io { source };
        let (their_requests, requests) = std::io::pipe().map_err(failed)?;
        let (answers, their_answers) = std::io::pipe().map_err(failed)?;
        hand_down(&their_requests).and_then(|()| hand_down(&their_answers)).map_err(failed)?;
        let child = Command::new(interpreter)
            .args(["-c", REPL, &their_requests.as_raw_fd().to_string(), &their_answers.as_raw_fd().to_string()])
            .spawn()
            .map_err(|source| Error::Start { program: interpreter.to_owned(), source })?;
        Ok(Self { program: interpreter.to_owned(), child, requests, answers: BufReader::new(answers) })
    }

    /// Has a block executed, which tracebacks call by this name.
    pub(crate) fn execute(&mut self, name: &str, source: &str, python: &str) -> Result<Answer, Error> {
        self.ask(&format!("block {name} {} {}\n{source}{python}", source.len(), python.len()))
    }

    /// Forgets all names.
    pub(crate) fn reset(&mut self) -> Result<Answer, Error> {
        self.ask("reset -\n")
    }

    fn ask(&mut self, request: &str) -> Result<Answer, Error> {
        let mut answer = String::new();
        let asked = self.requests.write_all(request.as_bytes()).and_then(|()| self.answers.read_line(&mut answer));
        match (asked, answer.trim_end().split_once(' ')) {
            (Ok(1..), Some(("exit", code))) => Ok(Answer::Exit(code.parse().unwrap_or(u8::MAX))),
            (Ok(1..), _) => Ok(Answer::Done),
            // The pipe is closed: the interpreter was ended by what it executed.
            (Ok(0) | Err(_), _) => {
                let status = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(Error::Ended { program: self.program.clone(), status })
            }
        }
    }

    /// Lets the interpreter end as it does at the end of a program.
    pub(crate) fn end(self) -> Result<(), Error> {
        let Self { mut child, requests, answers, .. } = self;
        drop((requests, answers));
        child.wait().map(|_| ()).map_err(|source| Error::Io { source })
    }
}
