//! What can be typed after `pyxide wheel`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use wheel_patch::{Check, Limits, Scheme};

use super::bytes;

#[derive(Debug, Subcommand)]
pub(crate) enum Wheel {
    /// Say what a wheel is, and list its members
    Inspect {
        /// A wheel
        wheel: PathBuf,
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Say everything that is wrong with wheels
    Verify {
        /// Wheels
        #[arg(required = true, value_name = "WHEEL")]
        wheels: Vec<PathBuf>,
        /// How much to look at
        #[arg(long, value_enum, default_value_t = CheckOption::Content)]
        check: CheckOption,
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Add files and folders to a wheel
    ///
    /// A folder is added with all that is in it, without bytecode and what belongs to version control (`__pycache__`, `.pyc`, `.git`
    /// and their like). What is there already, with the same content, stays as it is. A startup hook (`.pth`, `.start`) that `verify`
    /// would call wrong is refused.
    Inject {
        /// A wheel
        wheel: PathBuf,
        /// Files and folders, and what to call them in the wheel; `FILE=folder/` keeps a file's name, `FOLDER=` adds what is in a folder;
        /// a `=` in the name of something that is there belongs to the name
        #[arg(required = true, value_name = "SOURCE[=TARGET]", value_parser = source)]
        sources: Vec<Source>,
        /// Add them to this part of `.data` instead of the top of the wheel
        #[arg(long, value_enum)]
        scheme: Option<SchemeOption>,
        /// The mode of what is added, 0644 or 0755; without it 0755 for scripts, and else as on disk
        #[arg(long, value_name = "MODE", value_parser = mode)]
        mode: Option<bool>,
        /// Replace what has the same name and other content
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        edit: EditOptions,
    },
    /// Remove members from a wheel
    Remove {
        /// A wheel
        wheel: PathBuf,
        /// Full names of members; `folder/` is all that is in a folder
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        edit: EditOptions,
    },
    /// Give a member or a folder of a wheel another name
    Rename {
        /// A wheel
        wheel: PathBuf,
        /// The full name of a member; `folder/` is all that is in a folder
        from: String,
        /// Its new full name
        to: String,
        #[command(flatten)]
        edit: EditOptions,
    },
    /// Say what differs between two wheels: members, contents, modes, metadata
    ///
    /// The exit code is 1 where something that is installed differs. Order, times and compression are told and do not count.
    Diff {
        /// A wheel
        first: PathBuf,
        /// Another one
        second: PathBuf,
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Write a wheel so that equal contents have equal bytes
    ///
    /// Members are sorted, have one time, the modes 0644 and 0755 and no extra fields; folders are left out. Contents stay as they
    /// are, but for RECORD. `SOURCE_DATE_EPOCH` is the time, else 1980.
    Normalise {
        /// A wheel
        wheel: PathBuf,
        /// Compress all members anew, so that it does not matter who compressed them before
        #[arg(long)]
        recompress: bool,
        /// How much of the wheel to look at before it is changed
        #[arg(long, value_enum, default_value_t = CheckOption::Content)]
        check: CheckOption,
        /// Remove the wheel's signature, which a change makes wrong
        #[arg(long)]
        drop_signature: bool,
        /// Write the wheel to a new file, and leave the wheel as it is
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Make a sound wheel of one that is not, where it is certain what was meant, and say what was done
    ///
    /// RECORD is written as the members are, whoever changed them: look at what is reported before you trust the result.
    Repair {
        /// A wheel
        wheel: PathBuf,
        /// Write the repaired wheel to a new file, and leave the wheel as it is
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        read: ReadOptions,
    },
    /// Add bills of materials to a wheel, in `.dist-info/sboms` (PEP 770)
    Sbom {
        /// A wheel
        wheel: PathBuf,
        /// The documents, each of which keeps its file's name
        #[arg(required = true, value_name = "FILE")]
        documents: Vec<PathBuf>,
        /// Replace a document of the same name
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        edit: EditOptions,
    },
    /// Bring back the bytes that a wheel had before it was changed
    Undo {
        /// A wheel
        wheel: PathBuf,
        /// The file that the change left behind, for wheels that do not know the way themselves
        #[arg(long, value_name = "FILE")]
        undo_file: Option<PathBuf>,
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// How to read wheels.
#[derive(Debug, Args)]
pub(crate) struct ReadOptions {
    /// Allow more or less than usual of something: `members` (65535), `member-size` (2G) and `total-size` (4G) when decompressed,
    /// `ratio` of that to compressed size (200), `directory` and RECORD (64M), `depth` of folders (64); sizes are bytes, or have K, M,
    /// G or T
    #[arg(long, value_name = "NAME=VALUE", value_parser = limit)]
    pub(crate) limit: Vec<(String, u64)>,
}

impl ReadOptions {
    /// All limits, with those that were given.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in &self.limit {
            if let Some(limit) = limits.by_name(name) {
                *limit = *value;
            }
        }
        limits
    }
}

/// How to change wheels.
#[derive(Debug, Args)]
pub(crate) struct EditOptions {
    /// How much of the wheel to look at before it is changed
    #[arg(long, value_enum, default_value_t = CheckOption::Content)]
    pub(crate) check: CheckOption,
    /// Remove the wheel's signature, which a change makes wrong
    #[arg(long)]
    pub(crate) drop_signature: bool,
    /// Leave a file that leads back to the original bytes from any layout
    #[arg(long, value_name = "FILE")]
    pub(crate) undo_file: Option<PathBuf>,
    /// Write the changed wheel to a new file, and leave the wheel as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) read: ReadOptions,
}

/// How much of a wheel to look at.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CheckOption {
    /// Headers, names and RECORD
    Structure,
    /// All that, and each member's content
    Content,
}

impl From<CheckOption> for Check {
    fn from(check: CheckOption) -> Self {
        match check {
            CheckOption::Structure => Self::Structure,
            CheckOption::Content => Self::Content,
        }
    }
}

/// A part of `.data`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SchemeOption {
    /// Modules for all platforms
    Purelib,
    /// Modules for one platform
    Platlib,
    /// C headers
    Headers,
    /// Programs
    Scripts,
    /// The environment's folder itself
    Data,
}

impl From<SchemeOption> for Scheme {
    fn from(scheme: SchemeOption) -> Self {
        match scheme {
            SchemeOption::Purelib => Self::Purelib,
            SchemeOption::Platlib => Self::Platlib,
            SchemeOption::Headers => Self::Headers,
            SchemeOption::Scripts => Self::Scripts,
            SchemeOption::Data => Self::Data,
        }
    }
}

/// Something to add, and what to call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) target: Option<String>,
}

/// The longest beginning of the text that is there is the path. If none is, it ends before the first `=`.
fn source(text: &str) -> Result<Source, String> {
    let is_there = |path: &str| Path::new(path).symlink_metadata().is_ok();
    let ends = text.rmatch_indices('=').map(|(end, _)| end);
    let end = std::iter::once(text.len()).chain(ends).find(|end| is_there(&text[..*end])).or(text.find('='));
    let (path, target) = match end {
        Some(end) if end < text.len() => (&text[..end], Some(text[end + 1..].to_owned())),
        _ => (text, None),
    };
    if path.is_empty() {
        Err("the name of a file or folder is missing".to_owned())
    } else {
        Ok(Source { path: path.into(), target })
    }
}

fn mode(text: &str) -> Result<bool, String> {
    match text.trim_start_matches("0o").trim_start_matches('0') {
        "755" => Ok(true),
        "644" => Ok(false),
        _ => Err("files in wheels have the mode 0644 or 0755".to_owned()),
    }
}

fn limit(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text.split_once('=').ok_or("a limit is written NAME=VALUE, such as member-size=8G")?;
    if !Limits::NAMES.contains(&name) {
        return Err(format!("the limits are {}", Limits::NAMES.join(", ")));
    }
    Ok((name.to_owned(), bytes(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        let parsed = |text: &str| source(text).map(|source| (source.path.display().to_string(), source.target));
        assert_eq!(parsed("a/b"), Ok(("a/b".to_owned(), None)));
        assert_eq!(parsed("a/b=c=d"), Ok(("a/b".to_owned(), Some("c=d".to_owned()))));
        assert_eq!(parsed("a="), Ok(("a".to_owned(), Some(String::new()))));
        assert!(parsed("=c").is_err());
    }

    #[test]
    fn the_defaults_of_limits_are_those_that_help_tells() {
        let mut limits = Limits::default();
        for (name, usual) in [
            ("members", "65535"),
            ("member-size", "2G"),
            ("total-size", "4G"),
            ("ratio", "200"),
            ("directory", "64M"),
            ("depth", "64"),
        ] {
            assert_eq!(Ok(*limits.by_name(name).unwrap()), bytes(usual), "{name}");
        }
    }

    #[test]
    fn modes_and_limits() {
        assert_eq!(["0755", "755", "0o644"].map(mode), [Ok(true), Ok(true), Ok(false)]);
        assert!(mode("0777").is_err() && mode("").is_err());
        assert_eq!(limit("member-size=8G"), Ok(("member-size".to_owned(), 8 << 30)));
        assert!(limit("x=1").is_err() && limit("ratio").is_err() && limit("ratio=x").is_err());
    }
}
