//! What goes wrong, in English for programmers and in Dutch for whoever types commands.

use std::{io, path::PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use platskript::Voice;

use crate::settings::DIALECTS;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The first word is no command.
    #[error("there is no command `{word}`")]
    UnknownCommand {
        /// What was typed.
        word: String,
        /// The word that is most like it.
        near: Option<&'static str>,
    },
    /// The words make no command.
    #[error("{}", complaint(.0, true))]
    Usage(Box<clap::Error>),
    /// There is no such file.
    #[error("`{file}` does not exist")]
    Missing {
        /// As it was typed.
        file: String,
    },
    /// A file was needed.
    #[error("`{file}` is a folder, not a program")]
    Folder {
        /// As it was typed.
        file: String,
    },
    /// A folder has no programs in it.
    #[error("there is no `.plats` file in `{folder}`")]
    NoPrograms {
        /// As it was typed.
        folder: String,
    },
    /// A file is no text.
    #[error("`{file}` is not UTF-8: byte 0x{byte:02x} in line {line}, column {column}")]
    NotUtf8 {
        /// As it was typed.
        file: String,
        /// The first byte that is wrong.
        byte: u8,
        /// Its line, from 1.
        line: usize,
        /// Its column in characters, from 1.
        column: usize,
    },
    /// A file is larger than any program.
    #[error("`{file}` has more than {} MiB", limit >> 20)]
    TooLarge {
        /// As it was typed.
        file: String,
        /// The most bytes that are read.
        limit: u64,
    },
    /// A program has errors, which have been shown.
    #[error("`{file}` is not in order: {count} {}", if *count == 1 { "error" } else { "errors" })]
    Faulty {
        /// As it was typed.
        file: String,
        /// How many errors.
        count: usize,
    },
    /// A file is there that somebody else wrote.
    #[error("`{file}` was not written by this command, or was changed since")]
    NotOurs {
        /// The file.
        file: String,
    },
    /// Something of this name is there already.
    #[error("`{file}` exists already")]
    Exists {
        /// The file or folder.
        file: String,
    },
    /// A name that no folder can have.
    #[error("`{name}` is no name for a folder")]
    Name {
        /// As it was typed.
        name: String,
    },
    /// There is no such example.
    #[error("there is no example `{name}`")]
    UnknownExample {
        /// What was asked for.
        name: String,
        /// The example that is most like it.
        near: Option<&'static str>,
    },
    /// No interpreter was found.
    #[error("no Python was found")]
    NoPython,
    /// An interpreter could not be started.
    #[error("cannot start `{}`: {source}", program.display())]
    Start {
        /// The interpreter.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An interpreter ended before its work was done.
    #[error("`{}` ended early ({status})", program.display())]
    Ended {
        /// The interpreter.
        program: PathBuf,
        /// How.
        status: String,
    },
    /// No folder of packs was found.
    #[error("no folder with dialects was found; looked for `index.json` in {}", places(looked))]
    NoPacks {
        /// Where it was looked for.
        looked: Vec<PathBuf>,
    },
    /// The folder that the environment names has no packs.
    #[error("{DIALECTS} names `{}`, which has no `index.json`", folder.display())]
    NoPacksThere {
        /// The folder.
        folder: PathBuf,
    },
    /// A line is longer than a prompt takes.
    #[error("a line at the prompt has at most {} KiB", limit >> 10)]
    LongLine {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The packs or the text do not allow it.
    #[error("{}", chain(.0))]
    Dialect(dialect::Error),
    /// The file system refused. The source names the file.
    #[error("{source}")]
    Io {
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl From<dialect::Error> for Error {
    fn from(error: dialect::Error) -> Self {
        Self::Dialect(error)
    }
}

impl Error {
    /// What to do next, in English, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.advise(Voice::English)
    }

    /// What happened, for whoever typed the command.
    pub(crate) fn say(&self, voice: Voice) -> String {
        if voice == Voice::English {
            return self.to_string();
        }
        match self {
            Self::UnknownCommand { word, .. } => format!("de opdracht `{word}` bestaat niet"),
            Self::Usage(error) => complaint(error, false),
            Self::Missing { file } => format!("`{file}` bestaat niet"),
            Self::Folder { file } => format!("`{file}` is een map, geen programma"),
            Self::NoPrograms { folder } => format!("er staat geen `.plats`-bestand in `{folder}`"),
            Self::NotUtf8 { file, byte, line, column } => {
                format!("`{file}` is geen UTF-8: byte 0x{byte:02x} in lijn {line}, kolom {column}")
            }
            Self::TooLarge { file, limit } => format!("`{file}` heeft meer dan {} MiB", limit >> 20),
            Self::Faulty { file, count } => {
                format!("`{file}` klopt niet: {count} {}", if *count == 1 { "fout" } else { "fouten" })
            }
            Self::NotOurs { file } => format!("`{file}` komt niet van deze opdracht, of is sindsdien veranderd"),
            Self::Exists { file } => format!("`{file}` bestaat al"),
            Self::Name { name } => format!("`{name}` is geen naam voor een map"),
            Self::UnknownExample { name, .. } => format!("er is geen voorbeeld `{name}`"),
            Self::NoPython => "geen Python gevonden".to_owned(),
            Self::Start { program, source } => format!("`{}` kan niet gestart worden: {source}", program.display()),
            Self::Ended { program, status } => format!("`{}` is te vroeg gestopt ({status})", program.display()),
            Self::NoPacks { looked } => {
                format!("geen map met dialecten gevonden; naar `index.json` is gezocht in {}", places(looked))
            }
            Self::NoPacksThere { folder } => {
                format!("{DIALECTS} wijst naar `{}`, en daar staat geen `index.json`", folder.display())
            }
            Self::LongLine { limit } => format!("een lijn aan de prompt heeft hoogstens {} KiB", limit >> 10),
            Self::Dialect(dialect::Error::UnknownDialect { id, .. }) => format!("er is geen dialect `{id}`"),
            Self::Dialect(_) | Self::Io { .. } => self.to_string(),
        }
    }

    /// What to do next, for whoever typed the command.
    pub(crate) fn advise(&self, voice: Voice) -> Option<String> {
        let english = voice == Voice::English;
        let meant =
            |word: &str| if english { format!("did you mean `{word}`?") } else { format!("bedoelt ge `{word}`?") };
        let either = |dutch: &str, text: &str| Some(if english { text } else { dutch }.to_owned());
        match self {
            Self::UnknownCommand { near: Some(word), .. } | Self::UnknownExample { near: Some(word), .. } => {
                Some(meant(word))
            }
            Self::UnknownCommand { near: None, .. } | Self::Usage(_) => {
                either("`plats help` zegt wat er kan", "`plats help` says what there is")
            }
            Self::UnknownExample { near: None, .. } => {
                either("`plats examples --list` noemt ze", "`plats examples --list` names them")
            }
            Self::Folder { .. } => either("noem een `.plats`-bestand", "name a `.plats` file"),
            Self::NotUtf8 { .. } => either("bewaar het bestand als UTF-8", "save the file as UTF-8"),
            Self::NotOurs { .. } => {
                either("kies een ander met --out, of neem --force", "choose another with --out, or take --force")
            }
            Self::Exists { .. } | Self::Name { .. } => either("kies een andere naam", "choose another name"),
            Self::NoPython | Self::Start { .. } => either(
                "installeer Python 3.10 of nieuwer, of noem er een met --python",
                "install Python 3.10 or newer, or name one with --python",
            ),
            Self::NoPacks { .. } => either(
                "installeer het wheel van `vlaamscodex` opnieuw, of laat VLAAMSCODEX_DIALECTS_DIR naar de map wijzen",
                "install the wheel of `vlaamscodex` again, or let VLAAMSCODEX_DIALECTS_DIR name the folder",
            ),
            Self::NoPacksThere { .. } => either(
                "laat de variabele naar de map met `index.json` wijzen, of haal ze weg",
                "let the variable name the folder with `index.json`, or take it away",
            ),
            Self::Dialect(dialect::Error::UnknownDialect { nearest: Some(id), .. }) => Some(meant(id)),
            Self::Dialect(dialect::Error::UnknownDialect { nearest: None, .. }) => {
                either("`plats dialecten` noemt ze", "`plats dialecten` names them")
            }
            Self::Dialect(error) => error.hint(),
            Self::Missing { .. }
            | Self::NoPrograms { .. }
            | Self::TooLarge { .. }
            | Self::Faulty { .. }
            | Self::Ended { .. }
            | Self::LongLine { .. }
            | Self::Io { .. } => None,
        }
    }

    /// The file that it is about, as it was typed.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Missing { file }
            | Self::Folder { file }
            | Self::NotUtf8 { file, .. }
            | Self::TooLarge { file, .. }
            | Self::Faulty { file, .. } => Some(file),
            _ => None,
        }
    }

    /// Whether what was typed is at fault, rather than the world that it was typed in.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownCommand { .. }
                | Self::Usage(_)
                | Self::Name { .. }
                | Self::Dialect(dialect::Error::UnknownDialect { .. } | dialect::Error::EmptyId)
        )
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn places(folders: &[PathBuf]) -> String {
    let folders: Vec<_> = folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
    folders.join(", ")
}

/// What clap has to say, in one line.
fn complaint(error: &clap::Error, english: bool) -> String {
    let either = |dutch: &str, text: &str| if english { text } else { dutch }.to_owned();
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(many)) => many.join(" "),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let near = context(ContextKind::SuggestedArg);
            let unknown = either(&format!("`{argument}` kan hier niet"), &format!("`{argument}` is not known here"));
            if near.is_empty() {
                unknown
            } else {
                unknown + &either(&format!("; wel `{near}`"), &format!("; `{near}` is"))
            }
        }
        ErrorKind::MissingRequiredArgument => {
            either(&format!("er ontbreekt nog: {argument}"), &format!("still missing: {argument}"))
        }
        ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_empty() => {
            either(&format!("`{argument}` heeft een waarde nodig"), &format!("`{argument}` needs a value"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue);
            let text = either(
                &format!("`{value}` is geen waarde voor `{argument}`"),
                &format!("`{value}` is no value for `{argument}`"),
            );
            match std::error::Error::source(error) {
                // What the standard library says about numbers is English, and obvious.
                Some(source) if english || !source.is::<std::num::ParseIntError>() => format!("{text} ({source})"),
                _ => text,
            }
        }
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg);
            either(
                &format!("`{argument}` en `{other}` gaan niet samen"),
                &format!("`{argument}` and `{other}` exclude each other"),
            )
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            either("er ontbreekt nog wat er moet gebeuren", "still missing: what to do")
        }
        _ => either("met deze woorden kan ik niets doen", "these words make no command"),
    }
}
