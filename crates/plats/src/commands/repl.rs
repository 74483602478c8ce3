//! `plats repl`

use std::{
    io::{IsTerminal as _, stdin, stdout},
    sync::{Arc, atomic::AtomicBool},
};

use platskript::{Options, is_complete};

use crate::{
    Error, FAILURE, SUCCESS,
    alias::near,
    args::PythonOptions,
    input::{Input, Typed},
    program,
    python::{self, Answer, Worker},
    report::Report,
    settings::Settings,
    source::Source,
    texts::{Phrase, phrase},
};

/// The prompt of a line that goes on with a block.
const MORE: &str = "  ... ";

/// What a line at the prompt asks for, other than to be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Request {
    Leave,
    Help,
    Show,
    Clear,
    Reset,
}

/// The words of each request; a dot before them makes them count within a block, too.
const WORDS: &[(Request, &[&str])] = &[
    (Request::Leave, &["exit", "quit", "weg", "wech", "stop", "gedaan"]),
    (Request::Help, &["help", "haalp", "hulpe", "helptemij", "helpt", "helpansen"]),
    (Request::Show, &["show", "toon", "tuunt", "toont", "loatziejn", "toondada"]),
    (Request::Clear, &["clear", "wis", "kuisen"]),
    (Request::Reset, &["reset", "opnieuw", "herstart"]),
];

/// Executes what is typed, block by block, until the end of standard input.
pub(crate) fn repl(options: &PythonOptions, report: &Report, settings: &Settings) -> Result<u8, Error> {
    // Ctrl-C is for what is executed. The interpreter gets it, too, and this process only has to survive it.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::new(AtomicBool::new(false)));
    let mut prompt = Prompt {
        worker: Worker::start(&python::find(options, settings)?)?,
        report,
        block: String::new(),
        last: String::new(),
        count: 0,
    };
    let terminal = stdin().is_terminal() && stdout().is_terminal();
    if terminal {
        report.line(phrase(Phrase::Hello, report.voice));
    }
    let mut input = if terminal { Input::terminal()? } else { Input::plain()? };
    loop {
        let invitation = if prompt.block.is_empty() { phrase(Phrase::Prompt, report.voice) } else { MORE };
        let status = match input.line(invitation, report) {
            Ok(Typed::Line(line)) => prompt.line(&line)?,
            // As at Python's prompt: what was begun is dropped.
            Ok(Typed::Interrupt) => {
                prompt.block.clear();
                None
            }
            Ok(Typed::End) => {
                // A block that was never closed is told of, and not executed.
                report.data("\n");
                let status = if prompt.block.is_empty() { SUCCESS } else { prompt.unfinished() };
                Some(status)
            }
            Err(error @ Error::Io { .. }) => return Err(error),
            Err(error) => {
                report.error(&error);
                prompt.block.clear();
                None
            }
        };
        if let Some(status) = status {
            prompt.worker.end()?;
            if terminal {
                report.line(phrase(Phrase::Bye, report.voice));
            }
            return Ok(status);
        }
    }
}

/// A session at the prompt.
struct Prompt<'a> {
    worker: Worker,
    report: &'a Report,
    /// What is typed of a block that is still open.
    block: String,
    /// The last block that compiled.
    last: String,
    count: usize,
}

impl Prompt<'_> {
    /// Takes one line; an exit code ends the session.
    fn line(&mut self, line: &str) -> Result<Option<u8>, Error> {
        let word = line.trim();
        if let Some(request) = request(word, self.block.is_empty()) {
            return self.obey(request);
        }
        if let Some(unknown) = word.strip_prefix('.').filter(|rest| !rest.contains(char::is_whitespace)) {
            let words = WORDS.iter().flat_map(|(_, words)| words.iter().copied());
            self.report.error(&Error::UnknownCommand { word: word.to_owned(), near: near(unknown, words) });
            return Ok(None);
        }
        self.block.push_str(line);
        self.block.push('\n');
        if !is_complete(&self.block) {
            return Ok(None);
        }
        let text = std::mem::take(&mut self.block);
        let Ok((source, python)) = self.compiled(text) else { return Ok(None) };
        self.last.clone_from(&source.text);
        match self.worker.execute(&source.name, &source.text, &python)? {
            Answer::Done => Ok(None),
            Answer::Exit(status) => Ok(Some(status)),
        }
    }

    fn compiled(&mut self, text: String) -> Result<(Source, String), Error> {
        self.count += 1;
        let source = Source { name: format!("<plats-{}>", self.count), path: None, text, offset: 0 };
        match platskript::compile(&source.text, &Options::default()) {
            Ok(compiled) => Ok((source, compiled.python)),
            Err(found) => {
                for diagnostic in &found {
                    self.report.tell(&program::frame(diagnostic, &source, self.report.voice));
                }
                Err(program::faulty(&source, &found))
            }
        }
    }

    /// Tells what is missing at the end of a block that stays open.
    fn unfinished(&mut self) -> u8 {
        let text = std::mem::take(&mut self.block);
        if self.compiled(text).is_err() { FAILURE } else { SUCCESS }
    }

    fn obey(&mut self, request: Request) -> Result<Option<u8>, Error> {
        match request {
            Request::Leave => return Ok(Some(SUCCESS)),
            Request::Help => self.report.data(help(self.report)),
            Request::Show => match platskript::compile(&self.last, &Options::default()) {
                Ok(compiled) if !self.last.is_empty() => self.report.data(compiled.python),
                _ => {}
            },
            Request::Clear => {
                self.block.clear();
                if stdout().is_terminal() {
                    // Clears the screen and goes to its corner, as every terminal understands it.
                    self.report.data("\x1b[2J\x1b[H");
                }
            }
            Request::Reset => {
                self.block.clear();
                self.last.clear();
                self.worker.reset()?;
            }
        }
        Ok(None)
    }
}

/// What a line asks for. Without a dot it does so only where no block is open: `gedaan` closes one.
fn request(word: &str, idle: bool) -> Option<Request> {
    let dotted = word.strip_prefix('.');
    let word = dotted.or(Some(word).filter(|_| idle))?;
    WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(request, _)| *request)
}

fn help(report: &Report) -> String {
    let line = |(request, words): &(Request, &[&str])| {
        let about = match request {
            Request::Leave => report.word("ga weg", "leave"),
            Request::Help => report.word("toon dit", "show this"),
            Request::Show => report.word("toon de Python van het laatste blok", "show the Python of the last block"),
            Request::Clear => report.word("wis het scherm en het open blok", "clear the screen and the open block"),
            Request::Reset => report.word("vergeet alle namen", "forget all names"),
        };
        format!("  {:<58} {about}\n", words.join(", "))
    };
    let dots = report.word(
        "Met een punt ervoor, zoals `.weg`, ook midden in een blok.",
        "With a dot before it, as in `.exit`, within a block, too.",
    );
    WORDS.iter().map(line).collect::<String>() + dots + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_ask_for_something_where_no_block_is_open() {
        assert_eq!(request("gedaan", true), Some(Request::Leave));
        assert_eq!(request("gedaan", false), None);
        assert_eq!(request(".gedaan", false), Some(Request::Leave));
        assert_eq!(request("toondada", true), Some(Request::Show));
        assert_eq!(request("klap", true), None);
        assert_eq!(request("", true), None);
    }

    #[test]
    fn each_word_asks_for_one_thing() {
        let words: Vec<_> = WORDS.iter().flat_map(|(_, words)| words.iter()).collect();
        for word in &words {
            assert_eq!(words.iter().filter(|other| other == &word).count(), 1, "{word}");
        }
    }
}
