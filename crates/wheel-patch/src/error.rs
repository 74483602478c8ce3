//! What can go wrong.

use std::{io, path::PathBuf};

use crate::{Finding, NameError, Severity};

/// Why a wheel was not read, changed or brought back. It is as it was then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused. The source names the file.
    #[error("cannot {action}")]
    Io {
        /// What was to be done.
        action: &'static str,
        /// Why it could not.
        #[source]
        source: io::Error,
    },
    /// The wheel is wrong already.
    #[error("`{}` is not sound: {}", wheel.display(), summary(findings))]
    Unsound {
        /// The wheel.
        wheel: PathBuf,
        /// Everything that was found.
        findings: Vec<Finding>,
    },
    /// The wheel would be wrong afterwards.
    #[error("the change would make `{}` unsound: {}", wheel.display(), summary(findings))]
    WouldBeUnsound {
        /// The wheel.
        wheel: PathBuf,
        /// Everything that was found.
        findings: Vec<Finding>,
    },
    /// What was to be a name is none.
    #[error("`{}` cannot be a name in a wheel: it {reason}", crate::rule::shown(name))]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameError,
    },
    /// There is another member of the name.
    #[error("`{name}` is in the wheel already, with other content or another mode")]
    Exists {
        /// The name.
        name: String,
    },
    /// Two changes want the same name.
    #[error("`{name}` is to be added twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A name, a version or tags that no wheel's file name can have.
    #[error("`{}` cannot be the name of a wheel", crate::rule::shown(name))]
    NotAWheelName {
        /// The file name that they would give.
        name: String,
    },
    /// There is no member of the name.
    #[error("`{}` is not in the wheel", crate::rule::shown(name))]
    Missing {
        /// The name.
        name: String,
    },
    /// Installers would not find their way without the member, or this crate writes it.
    #[error("`{name}` is not for changes: {why}")]
    Reserved {
        /// The name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// Some file system could not have both.
    #[error("`{name}` and `{other}` cannot be in one wheel")]
    Clash {
        /// The name that was to be added.
        name: String,
        /// What is there.
        other: String,
    },
    /// A signature would be wrong afterwards.
    #[error("the wheel is signed by `{name}`, and a change makes the signature wrong")]
    Signed {
        /// The signature.
        name: String,
    },
    /// The wheel is not a plain file.
    #[error("`{}` is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else would lose or keep the old content.
    #[error("`{}` is a symbolic link", path.display())]
    Symlink {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else would lose or keep the old content.
    #[error("`{}` has {links} names", path.display())]
    Hardlinks {
        /// The path.
        path: PathBuf,
        /// How many.
        links: u64,
    },
    /// There is nothing to add.
    #[error("there is no file in `{}`", path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// There is something where the changed wheel is to be written.
    #[error("`{}` is there already", path.display())]
    OutputExists {
        /// The path.
        path: PathBuf,
    },
    /// A file changed while it was read.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// The change is larger than the format or a limit allows.
    #[error("`{name}` is too large: it has {size} bytes, and {limit} are allowed")]
    TooLarge {
        /// What is too large.
        name: String,
        /// How large it is.
        size: u64,
        /// How large it may be.
        limit: u64,
    },
    /// A document is no bill of materials.
    #[error("`{}` is no bill of materials: {why}", path.display())]
    NotABill {
        /// The document.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The wheel does not say how to get the original bytes back.
    #[error("the original bytes of `{}` cannot be had from it: {why}", wheel.display())]
    NoUndo {
        /// The wheel.
        wheel: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The undo file is none, or another wheel's.
    #[error("`{}` does not lead back from this wheel: {why}", path.display())]
    UndoFile {
        /// The undo file.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
}

impl Error {
    /// One sentence that tells the user what to do next, if there is something to do.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unsound { .. } => Some("`pyxide wheel verify` lists everything that is wrong with it"),
            Self::Exists { .. } => Some("to put the new one in its place, give `--replace`"),
            Self::Signed { .. } => Some("to remove the signature, give `--drop-signature`"),
            Self::Symlink { .. } => Some("name the file that the link leads to"),
            Self::Hardlinks { .. } => Some("make a copy of its own first, or write another file with `--output`"),
            Self::Missing { .. } => Some("`pyxide wheel inspect` lists the members"),
            Self::TooLarge { .. } => Some("limits are raised with `--limit`"),
            Self::NoUndo { .. } => Some("with `--undo-file`, `inject` leaves a file that leads back from any layout"),
            Self::Name { reason: NameError::NotComposed, .. } => Some("rename the file to its composed form first"),
            _ => None,
        }
    }

    /// What was found to be wrong, if that is the reason.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Unsound { findings, .. } | Self::WouldBeUnsound { findings, .. } => findings,
            _ => &[],
        }
    }
}

/// The first error, and how many more there are.
fn summary(findings: &[Finding]) -> String {
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let Some(first) = errors.next() else { return "it cannot be read".to_owned() };
    match errors.count() {
        0 => format!("{first} [{}]", first.rule),
        more => format!("{first} [{}], and {more} more", first.rule),
    }
}
