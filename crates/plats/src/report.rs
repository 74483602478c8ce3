//! Both output streams: who writes what.
//!
//! Standard output is data, everything else goes to standard error. A stream that is closed at the other end is no error:
//! whoever closed it has seen enough. Nothing is coloured, so there is nothing to switch off.

use std::{
    cell::{Cell, RefCell},
    io::{self, Write as _},
};

use platskript::Voice;
use serde_json::{Value, json};

use crate::Error;

/// The version of the JSON objects.
const FORMAT: u32 = 1;

/// Where output goes.
#[derive(Debug)]
pub(crate) struct Report {
    /// How people are spoken to.
    pub(crate) voice: Voice,
    json: Cell<bool>,
    /// Why standard output could not be written, other than because nobody reads it.
    lost: RefCell<Option<io::Error>>,
}

impl Report {
    pub(crate) fn new(voice: Voice) -> Self {
        Self { voice, json: Cell::new(false), lost: RefCell::new(None) }
    }

    /// From now on, errors are objects, too.
    pub(crate) fn speak_json(&self, json: bool) {
        self.json.set(json);
    }

    /// Writes data as it is.
    pub(crate) fn data(&self, text: impl AsRef<[u8]>) {
        let mut stream = io::stdout().lock();
        if let Err(error) = stream.write_all(text.as_ref()).and_then(|()| stream.flush())
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.lost.replace(Some(error));
        }
    }

    /// Writes a line of data for people; nothing when objects are wanted.
    pub(crate) fn line(&self, text: &str) {
        if !self.json.get() {
            self.data(format!("{text}\n"));
        }
    }

    /// Writes an object for programs; nothing otherwise.
    pub(crate) fn object(&self, kind: &str, mut fields: Value) {
        if self.json.get() {
            fields["format"] = json!(FORMAT);
            fields["type"] = json!(kind);
            self.data(format!("{fields}\n"));
        }
    }

    /// Tells people something beside the data.
    #[expect(clippy::unused_self, reason = "whoever tells something has the report at hand")]
    pub(crate) fn tell(&self, text: &str) {
        // There is nobody else to tell that nobody listens.
        let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    }

    /// Tells why something failed, and what to do next.
    pub(crate) fn error(&self, error: &Error) {
        let (message, hint) = (error.say(self.voice), error.advise(self.voice));
        if self.json.get() {
            self.object("error", json!({ "file": error.file(), "message": message, "hint": hint }));
            return;
        }
        self.tell(&format!("{}: {message}", self.word("fout", "error")));
        if let Some(hint) = hint {
            self.tell(&format!("{}: {hint}", self.word("tip", "hint")));
        }
    }

    /// A word of the command line itself, of which there are two languages.
    pub(crate) fn word<'a>(&self, dutch: &'a str, english: &'a str) -> &'a str {
        if self.voice == Voice::English { english } else { dutch }
    }

    /// Why standard output could not be written.
    pub(crate) fn lost(&self) -> Option<io::Error> {
        self.lost.take()
    }
}
