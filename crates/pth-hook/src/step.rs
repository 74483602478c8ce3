//! What happens when an interpreter starts.

use std::{ffi::OsString, fmt, path::PathBuf};

/// One thing that an interpreter does, or leaves out, about startup files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A folder is appended to `sys.path`.
    Append {
        /// The folder.
        path: PathBuf,
        /// The line that asks for it; none for the site folder itself.
        place: Option<Place>,
    },
    /// Code of a file is run.
    Run {
        /// Where it stands.
        place: Place,
        /// What it is.
        code: Code,
        /// What came of it.
        ran: Ran,
    },
    /// Something is printed to standard error.
    Print {
        /// Where the reason stands.
        place: Place,
        /// What it says.
        complaint: Complaint,
    },
    /// A file or a line is left out.
    Skip {
        /// The file, and the line if it is one.
        place: Place,
        /// Why.
        why: Skipped,
    },
    /// The interpreter gives up: it does not start.
    Fail {
        /// The file that it cannot bear.
        place: Place,
    },
    /// The code that was just run ends the interpreter, as `sys.exit()` does.
    End {
        /// Where it stands.
        place: Place,
    },
}

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The site folder.
    pub folder: PathBuf,
    /// The name of the file in it.
    pub file: OsString,
    /// The line, from 1; 0 means the whole file.
    pub line: usize,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// A line of a `.pth` file, as it stands there.
    Line(String),
    /// A line of a `.start` file that has the form of an entry point.
    EntryPoint(String),
}

/// What came of running code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// It returned.
    Well,
    /// It raised an exception: any but those that end an interpreter.
    Raised,
    /// An entry point could not be resolved: no such module, or no such name in it.
    Unresolved,
    /// The import behind an entry point raised a `ValueError`, which the interpreter takes for a mistake in how the line is written.
    Misread,
    /// It raised `SystemExit` or another exception that is no `Exception`.
    Ended,
}

/// Why something is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// Its name begins with a dot, or the system calls it hidden.
    Hidden,
    /// It cannot be read.
    Unreadable,
    /// It is not UTF-8.
    NotUtf8,
    /// This version does not know such files.
    UnknownKind,
    /// The folder is on `sys.path` already, or was asked for before.
    Known,
    /// There is no such folder.
    Missing,
    /// A `.start` file of the same name is there.
    Paired,
    /// This version does not run code from `.pth` files.
    Retired,
    /// A line before it failed.
    AfterFailure,
}

/// What is printed. A traceback may follow, each line of it indented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// Up to 3.14: a line failed, and the rest of its file is ignored.
    LineFailed,
    /// From 3.15: a folder is not there.
    NoFolder {
        /// The folder.
        path: String,
    },
    /// From 3.15: an `import` line failed.
    ImportFailed {
        /// The line.
        line: String,
    },
    /// From 3.15: a line of a `.start` file is no entry point.
    NoEntryPoint {
        /// The line.
        line: String,
    },
    /// From 3.15: an entry point leads nowhere.
    Unresolved {
        /// The line.
        line: String,
    },
    /// From 3.15: what an entry point leads to failed.
    EntryPointFailed {
        /// The line.
        line: String,
    },
    /// From 3.20: there is an `import` line.
    ImportIgnored,
}

impl Place {
    /// The file's path.
    pub fn path(&self) -> PathBuf {
        self.folder.join(&self.file)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.to_string_lossy();
        if self.line == 0 { write!(f, "{file}") } else { write!(f, "{file}:{}", self.line) }
    }
}

impl Complaint {
    /// The lines that are printed in a UTF-8 locale, without tracebacks; nothing for those of versions that nobody has seen.
    pub fn lines(&self, place: &Place) -> Vec<String> {
        let path = place.path();
        let path = path.display();
        match self {
            Self::LineFailed => {
                vec![format!("Error processing line {} of {path}:", place.line), "Remainder of file ignored".to_owned()]
            }
            Self::NoFolder { path: folder } => {
                vec![format!("In {path}: {folder} does not exist; skipping sys.path append")]
            }
            Self::ImportFailed { line } => vec![format!("Error in import line from {path}: {line}")],
            Self::NoEntryPoint { line } => vec![format!("Invalid entry point syntax in {path}: {}", quoted(line))],
            Self::Unresolved { line } => vec![format!("Error resolving entry point {line} from {path}")],
            Self::EntryPointFailed { line } => vec![format!("Error in entry point {line} from {path}")],
            Self::ImportIgnored => Vec::new(),
        }
    }
}

impl Skipped {
    /// The reason, to stand behind "skipped: ".
    pub fn reason(self) -> &'static str {
        match self {
            Self::Hidden => "its name begins with a dot",
            Self::Unreadable => "it cannot be read",
            Self::NotUtf8 => "it is not UTF-8",
            Self::UnknownKind => "this version does not know such files",
            Self::Known => "it is on sys.path already",
            Self::Missing => "there is no such folder",
            Self::Paired => "a .start file of the same name replaces it",
            Self::Retired => "this version does not run code from .pth files",
            Self::AfterFailure => "a line before it failed",
        }
    }
}

/// `repr` of a text.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for letter in text.chars() {
        let code = u32::from(letter);
        let escaped = match letter {
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            letter if letter == quote || letter == '\\' => format!("\\{letter}"),
            letter if is_printable(letter) => letter.to_string(),
            '\0'..='\u{ff}' => format!("\\x{code:02x}"),
            '\0'..='\u{ffff}' => format!("\\u{code:04x}"),
            _ => format!("\\U{code:08x}"),
        };
        quoted += &escaped;
    }
    quoted.push(quote);
    quoted
}

/// `str.isprintable`, which is what Rust escapes by, too, except that it escapes what would combine with a letter if there is none.
fn is_printable(letter: char) -> bool {
    matches!(letter, '"' | '\'' | '\\') || format!("a{letter}").escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_quotes_them() {
        for (text, expected) in [
            ("a b", "'a b'"),
            ("it's", r#""it's""#),
            (r#"it's "so""#, r#"'it\'s "so"'"#),
            ("a\\\t\r\n", r"'a\\\t\r\n'"),
            ("\0\u{7f}\u{a0}\u{ad}", r"'\x00\x7f\xa0\xad'"),
            ("\u{200b}\u{2028}\u{feff}\u{e000}", r"'\u200b\u2028\ufeff\ue000'"),
            ("\u{e0001}\u{10ffff}", r"'\U000e0001\U0010ffff'"),
            ("äe\u{301}中🐍", "'äe\u{301}中🐍'"),
        ] {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }
}
