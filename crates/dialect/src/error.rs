//! Why packs cannot be used.

use std::path::PathBuf;

/// Why a folder of packs, one pack or a transform fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No pack has this id.
    #[error("there is no dialect `{id}`")]
    UnknownDialect {
        /// What was asked for.
        id: String,
        /// The id that is most like it.
        nearest: Option<String>,
    },
    /// A file is not JSON.
    #[error("`{}` is not JSON", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// Where the parser stopped, and why.
        source: serde_json::Error,
    },
    /// The rules go on changing the text.
    #[error("the rules of `{dialect}` do not come to rest on this text")]
    NoRest {
        /// The dialect.
        dialect: String,
    },
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownDialect { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            _ => None,
        }
    }
}
