//! What can go wrong.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    Finding, NameError, Rule, Severity,
    rule::{clean, shown},
};

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
    /// Nothing can be written into a folder.
    #[error("cannot write into the folder `{}`", shown_path(folder))]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The wheel is wrong already.
    #[error("`{}` is not sound: {}", shown_path(wheel), summary(findings))]
    Unsound {
        /// The wheel.
        wheel: PathBuf,
        /// Everything that was found.
        findings: Vec<Finding>,
    },
    /// The wheel would be wrong afterwards.
    #[error("the change would make `{}` unsound: {}", shown_path(wheel), summary(findings))]
    WouldBeUnsound {
        /// The wheel.
        wheel: PathBuf,
        /// Everything that was found.
        findings: Vec<Finding>,
    },
    /// What was to be a name is none.
    #[error("`{}` cannot be a name in a wheel: it {reason}", shown(name))]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: NameError,
    },
    /// There is another member of the name.
    #[error("`{}` is in the wheel already, with other content or another mode", shown(name))]
    Exists {
        /// The name.
        name: String,
    },
    /// There is another member of the name that a member was to get.
    #[error("`{}` is in the wheel already", shown(name))]
    Taken {
        /// The name.
        name: String,
    },
    /// Two changes want the same name.
    #[error("`{}` is to be added twice", shown(name))]
    Twice {
        /// The name.
        name: String,
    },
    /// A name, a version or tags that no wheel's file name can have.
    #[error("`{}` cannot be the name of a wheel", shown(name))]
    NotAWheelName {
        /// The file name that they would give.
        name: String,
    },
    /// A text for a file of `.dist-info` that would be other fields there, or none.
    #[error("`{}` cannot be in {file}: it is not one line with one field", shown(line))]
    NotAField {
        /// WHEEL or METADATA.
        file: &'static str,
        /// The line.
        line: String,
    },
    /// There is no member of the name.
    #[error("`{}` is not in the wheel", shown(name))]
    Missing {
        /// The name.
        name: String,
    },
    /// A folder has the name, and no member.
    #[error("`{}` is a folder in the wheel", shown(name))]
    IsFolder {
        /// The name.
        name: String,
    },
    /// Installers would not find their way without the member, or this crate writes it.
    #[error("`{}` is not for changes: {why}", shown(name))]
    Reserved {
        /// The name.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// Some file system could not have both.
    #[error("`{}` and `{}` cannot be in one wheel", shown(name), shown(other))]
    Clash {
        /// The name that was to be added.
        name: String,
        /// What is there.
        other: String,
    },
    /// Installers would put one over the other.
    #[error("`{}` would be installed in the place of `{}`", shown(name), shown(other))]
    SamePlace {
        /// The one in `.data`.
        name: String,
        /// The other one.
        other: String,
    },
    /// A signature would be wrong afterwards.
    #[error("the wheel is signed by `{}`, and a change makes the signature wrong", shown(name))]
    Signed {
        /// The signature.
        name: String,
    },
    /// The wheel is not a plain file.
    #[error("`{}` is not a regular file", shown_path(path))]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A folder that is to be added has a link to another one, which might lead anywhere.
    #[error("`{}` is a symbolic link to a folder, which is not followed", shown_path(path))]
    FolderLink {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else would lose or keep the old content.
    #[error("`{}` is a symbolic link", shown_path(path))]
    Symlink {
        /// The path.
        path: PathBuf,
    },
    /// Somebody else would lose or keep the old content.
    #[error("`{}` has {links} names", shown_path(path))]
    Hardlinks {
        /// The path.
        path: PathBuf,
        /// How many.
        links: u64,
    },
    /// There is nothing to add.
    #[error("there is no file in `{}`", shown_path(path))]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
    /// There is something where the changed wheel is to be written.
    #[error("`{}` is there already", shown_path(path))]
    OutputExists {
        /// The path.
        path: PathBuf,
    },
    /// A file changed while it was read.
    #[error("`{}` changed while it was read", shown_path(path))]
    Changed {
        /// The path.
        path: PathBuf,
    },
    /// Another process has locked the wheel.
    #[error("`{}` is locked by {}", shown_path(path), process(*owner))]
    Locked {
        /// The wheel.
        path: PathBuf,
        /// The process, if it is known.
        owner: Option<u32>,
    },
    /// The change is larger than the format or a limit allows.
    #[error("`{}` is too large: it has {size} bytes, and {limit} are allowed", shown(name))]
    TooLarge {
        /// What is too large.
        name: String,
        /// How large it is.
        size: u64,
        /// How large it may be.
        limit: u64,
    },
    /// A document is no bill of materials.
    #[error("`{}` is no bill of materials: {why}", shown_path(path))]
    NotABill {
        /// The document.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The wheel does not say how to get the original bytes back.
    #[error("the original bytes of `{}` cannot be had from it: {why}", shown_path(wheel))]
    NoUndo {
        /// The wheel.
        wheel: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// The undo file is none, or another wheel's.
    #[error("`{}` does not lead back from this wheel: {why}", shown_path(path))]
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
            Self::Unsound { findings, .. } | Self::WouldBeUnsound { findings, .. }
                if findings.iter().any(|finding| finding.rule == Rule::ZipLimit.id()) =>
            {
                Some("limits are raised by their names, as with `--limit member-size=8G`")
            }
            // The old file is named rightly, so it is the new one that is not.
            Self::WouldBeUnsound { findings, .. }
                if [Rule::WheelFileName, Rule::DistInfoName].iter().any(|rule| {
                    findings.iter().any(|found| found.rule == rule.id() && found.severity == Severity::Error)
                }) =>
            {
                Some("give the new file the wheel's own name, in another folder")
            }
            Self::Unsound { .. } => Some("`pyxide wheel verify` lists everything that is wrong with it"),
            Self::Exists { .. } => Some("to put the new one in its place, give `--replace`"),
            Self::Taken { .. } => Some("take another name, or remove the member first"),
            Self::OutputExists { .. } => Some("take a name that nothing has yet, or remove what is there first"),
            Self::Signed { .. } => Some("to remove the signature, give `--drop-signature`"),
            Self::Locked { .. } => Some("run the command again when that process is done with it"),
            Self::Changed { .. } => Some("when nothing else changes it any more, run the command again"),
            Self::Symlink { .. } => Some("name the file that the link leads to"),
            Self::FolderLink { .. } => {
                Some("take the link away, and name the folder that it leads to as `FOLDER=TARGET`")
            }
            Self::Hardlinks { .. } => Some("make a copy first, which has one name, and change that"),
            Self::Folder { source, .. } if source.kind() == io::ErrorKind::NotFound => Some("make the folder first"),
            Self::Folder { .. } => Some("make it writable, or change a copy in another folder"),
            Self::IsFolder { .. } => Some("with a `/` at its end, the name stands for all that is in the folder"),
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

/// A path as it can be shown; no system has longer ones.
fn shown_path(path: &Path) -> String {
    clean(&path.to_string_lossy(), 5000)
}

/// A process that may not be known.
fn process(owner: Option<u32>) -> String {
    owner.map_or_else(|| "another process".to_owned(), |owner| format!("process {owner}"))
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
