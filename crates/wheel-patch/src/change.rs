//! What to do to a wheel.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Error, Finding, Limits, MemberName};

/// How much of a wheel is looked at before it is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Check {
    /// Headers, names, RECORD, and the texts in `.dist-info`.
    Structure,
    /// All that, and every member is decompressed and compared with RECORD.
    #[default]
    Content,
}

/// Where installers put a file of `.data`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Modules for all platforms.
    Purelib,
    /// Modules for one platform.
    Platlib,
    /// C headers.
    Headers,
    /// Programs.
    Scripts,
    /// The environment's folder itself.
    Data,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Purelib, Self::Platlib, Self::Headers, Self::Scripts, Self::Data];

    /// Its name in a wheel.
    pub fn name(self) -> &'static str {
        match self {
            Self::Purelib => "purelib",
            Self::Platlib => "platlib",
            Self::Headers => "headers",
            Self::Scripts => "scripts",
            Self::Data => "data",
        }
    }
}

/// Where in a wheel something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The top of the wheel, which is installed beside all packages.
    Root,
    /// `<name>-<version>.data/<scheme>/`.
    Scheme(Scheme),
}

impl Target {
    /// The name of a member there.
    pub(crate) fn member(self, dist_info: &str, path: &str) -> Result<MemberName, Error> {
        let stem = dist_info.trim_end_matches(".dist-info");
        let name = match self {
            Self::Root => path.to_owned(),
            Self::Scheme(scheme) => format!("{stem}.data/{}/{path}", scheme.name()),
        };
        // A path may be wrong and become a name by what stands in front of it.
        MemberName::parse(path)
            .and_then(|_| MemberName::parse(&name))
            .map_err(|reason| Error::Name { name: path.to_owned(), reason })
    }
}

/// What a new member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes of a file.
    File(PathBuf),
    /// These bytes.
    Bytes(Vec<u8>),
}

/// A new member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition {
    /// Where it goes.
    pub target: Target,
    /// Its name there, with `/`.
    pub path: String,
    /// What it holds.
    pub content: Content,
    /// Whether it can be run: mode 0755 instead of 0644.
    pub executable: bool,
    /// Whether it may take the place of another one.
    pub replace: bool,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new member.
    Add(Addition),
    /// No such member any more; all of a folder when the name ends with `/`.
    Remove(String),
    /// Another name for a member, or for all of a folder when the name ends with `/`.
    Rename {
        /// Its full name.
        from: String,
        /// Its new full name, or the folder's.
        to: String,
    },
}

/// Whether what is written survives a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The new wheel is on disk before it takes the old one's place.
    #[default]
    Full,
    /// It is as soon as the system likes, which is faster. After a power cut either wheel may be there, or a part of one.
    None,
}

/// What to do while another process has locked a wheel that is to be replaced. A change locks it for a moment only.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// How long to wait.
    pub at_most: Duration,
    /// Called once, with the wheel and the process if that is known, when it has taken longer than a moment.
    pub told: fn(&Path, Option<u32>),
}

impl Default for Patience {
    fn default() -> Self {
        Self { at_most: Duration::from_mins(1), told: |_, _| {} }
    }
}

impl PartialEq for Patience {
    fn eq(&self, other: &Self) -> bool {
        self.at_most == other.at_most && std::ptr::fn_addr_eq(self.told, other.told)
    }
}

impl Eq for Patience {}

/// How to change a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// How much of the wheel is looked at first.
    pub check: Check,
    /// Whether signatures, which the change makes wrong, may be removed.
    pub drop_signature: bool,
    /// How much the wheel may have.
    pub limits: Limits,
    /// The time of new members, in seconds since 1970, as `SOURCE_DATE_EPOCH` says it; 1980 without it.
    pub epoch: Option<u64>,
    /// Where to leave what brings the original bytes back, whatever the wheel's layout was.
    pub undo_file: Option<PathBuf>,
    /// Where to write the changed wheel. Without it the wheel itself is replaced.
    pub output: Option<PathBuf>,
    /// Whether the change survives a power cut.
    pub durability: Durability,
    /// How to wait for others who have locked the wheel.
    pub patience: Patience,
}

/// What was done to a wheel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Applied {
    /// The members that are new, in their order in the wheel.
    pub added: Vec<String>,
    /// The members that have other content or another mode.
    pub replaced: Vec<String>,
    /// The members that are gone.
    pub removed: Vec<String>,
    /// The members that have another name, with the old one first.
    pub renamed: Vec<(String, String)>,
    /// The members that were to be added and were there already, with the same content.
    pub unchanged: Vec<String>,
    /// What the change brings about that does not forbid it, and was not so before.
    pub findings: Vec<Finding>,
    /// Whether the wheel itself knows how to get its original bytes back.
    pub can_undo: bool,
    /// Whether all that was ever added is gone, and the original bytes are back.
    pub is_original: bool,
}
