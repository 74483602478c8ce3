//! What is typed at a prompt.

use std::{
    fs::File,
    io::{ErrorKind, Read as _, stdin},
    os::fd::AsFd as _,
};

use rustyline::{DefaultEditor, config::Config, error::ReadlineError};

use crate::{Error, report::Report};

/// The longest line: each is kept whole, and read byte by byte.
const LIMIT: usize = 1 << 20;

/// Where lines come from.
pub(crate) enum Input {
    /// Somebody at a terminal, who may edit a line before it is read, and fetch earlier ones.
    Terminal(Box<DefaultEditor>),
    /// Standard input, of which no byte is taken before its turn: what is executed may read there, too.
    Plain(File),
}

/// What was typed.
pub(crate) enum Typed {
    /// A line, without its end.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// Nothing any more.
    End,
}

impl Input {
    pub(crate) fn terminal() -> Result<Self, Error> {
        let settings = Config::builder().auto_add_history(true).build();
        let editor = DefaultEditor::with_config(settings).map_err(unreadable)?;
        Ok(Self::Terminal(Box::new(editor)))
    }

    pub(crate) fn plain() -> Result<Self, Error> {
        let copy = stdin().as_fd().try_clone_to_owned().map_err(|source| Error::Io { source })?;
        Ok(Self::Plain(File::from(copy)))
    }

    /// Invites to type a line, and reads it.
    pub(crate) fn line(&mut self, invitation: &str, report: &Report) -> Result<Typed, Error> {
        match self {
            Self::Terminal(editor) => match editor.readline(invitation) {
                Ok(line) => Ok(Typed::Line(line)),
                Err(ReadlineError::Interrupted) => Ok(Typed::Interrupt),
                Err(ReadlineError::Eof) => Ok(Typed::End),
                Err(error) => Err(unreadable(error)),
            },
            Self::Plain(file) => {
                report.data(invitation);
                read_line(file)
            }
        }
    }
}

fn unreadable(error: ReadlineError) -> Error {
    let source = match error {
        ReadlineError::Io(source) => source,
        other => std::io::Error::other(other),
    };
    Error::Io { source }
}

/// The next line without its end, or nothing behind the last one.
fn read_line(file: &mut File) -> Result<Typed, Error> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    loop {
        match file.read(&mut byte) {
            Ok(0) if bytes.is_empty() => return Ok(Typed::End),
            Ok(0) => break,
            Ok(_) if byte == *b"\n" => break,
            Ok(_) if bytes.len() <= LIMIT => bytes.push(byte[0]),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { source }),
        }
    }
    if bytes.len() > LIMIT {
        return Err(Error::LongLine { limit: LIMIT });
    }
    String::from_utf8(bytes).map(Typed::Line).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]).chars().count();
        Error::NotUtf8 { file: "<stdin>".to_owned(), byte: error.as_bytes()[at], line: 1, column: before + 1 }
    })
}
