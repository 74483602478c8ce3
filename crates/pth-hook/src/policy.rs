//! Which files a hook gets.
//!
//! There are two ways to run code when an interpreter starts, and their times overlap:
//!
//! | Python | from | a line `import m; m.f()` in a `.pth` | a line `m:f` in a `.start` |
//! |---|---|---|---|
//! | up to 3.14 | | runs | the file is not read |
//! | 3.15 to 3.17 | October 2026 | runs, unless a `.start` of the same name is there | runs |
//! | 3.18, 3.19 | October 2029 | is ignored, without a word | runs |
//! | 3.20 | October 2031 | is ignored, with a warning | runs |
//!
//! (PEP 829; the dates from 3.16 on are those of a release each October.)
//!
//! To write both files at once, as the PEP asks for, costs something that it does not mention: the first `.start` of an interpreter makes its `site`
//! import `pkgutil`, and with it `re`, `functools`, `collections`, `types` and `importlib.util`. On 3.15.2 every start of the interpreter takes 1.8 times
//! as long, for every program that is run with it, whether it has to do with the hook or not. And until 3.18 it buys nothing: wherever a
//! `.start` is read, the line in the `.pth` would have run. A `.start` cannot be guarded, either: when the module is gone, each start prints a traceback.
//!
//! So [`StartPolicy::Auto`] leaves the `.start` away until it is needed. It goes by the releases that this version of the crate knows rather than by a clock, so that the same
//! release writes the same files for ever; what is written today needs no `.start` before October 2029, and [`lint`](crate::lint()) says so.

use std::{fmt, str::FromStr};

use pep440_rs::{Version, VersionSpecifiers, VersionSpecifiersParseError};

use crate::Error;

/// The newest minor version of Python 3 that this release of the crate knows to be out.
pub const NEWEST_RELEASE: u8 = 15;

/// The first minor version that does not run `import` lines.
const FIRST_WITHOUT_IMPORTS: u8 = 18;

/// When a hook gets a `.start` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartPolicy {
    /// When it is of use: not before a Python is out that needs it.
    ///
    /// The `.pth` alone as long as [`NEWEST_RELEASE`] is older than 3.18, then both files; the `.start` alone if `requires-python` begins at 3.18.
    /// It is the default, since a `.start` nearly doubles the time that each interpreter of 3.15 to 3.17 takes to start, and does nothing there that the
    /// `.pth` does not do.
    #[default]
    Auto,
    /// Both files, always; the `.start` alone if `requires-python` begins at 3.18.
    ///
    /// For who ships a wheel now that must still work on 3.18 without another release, and can bear the price on 3.15 to 3.17. It is what PEP 829 describes.
    Always,
    /// The `.pth` alone, always: the hook does nothing from 3.18 on.
    ///
    /// For a hook whose work ends anyway, or of which a later Python has no need.
    Never,
}

/// Which of the two files there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// The `.pth` alone.
    Pth,
    /// Both.
    Both,
    /// The `.start` alone.
    Start,
}

impl StartPolicy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }

    /// Which files a hook gets for these versions of Python.
    pub fn files(self, requires_python: Option<&str>) -> Result<Files, Error> {
        self.files_when(requires_python, NEWEST_RELEASE)
    }

    fn files_when(self, requires_python: Option<&str>, newest: u8) -> Result<Files, Error> {
        let begins = requires_python.map(oldest).transpose()?.unwrap_or_default();
        Ok(match self {
            Self::Never => Files::Pth,
            _ if begins >= FIRST_WITHOUT_IMPORTS => Files::Start,
            Self::Always => Files::Both,
            Self::Auto if newest >= FIRST_WITHOUT_IMPORTS => Files::Both,
            Self::Auto => Files::Pth,
        })
    }

    /// What follows from this choice, with the dates.
    pub(crate) fn notes(self, files: Files) -> Vec<String> {
        let cost = "a .start makes `site` import pkgutil and re: on 3.15 each start of an interpreter takes about 1.8 times as long";
        let mut notes = Vec::new();
        match files {
            Files::Pth => {
                notes.push(format!("the .pth runs up to Python 3.17; 3.18 ({}) ignores its import line", released(18)));
                if self == Self::Auto {
                    notes.push(format!(
                        "no .start was written, since no Python that needs one is out, and {cost}; build again with a release that knows 3.18, \
                         or ask for one with `--start always`, in pyproject.toml `start = \"always\"`"
                    ));
                } else {
                    notes.push(
                        "no .start was written, as asked for with `never`: the hook ends with Python 3.17".to_owned(),
                    );
                }
            }
            Files::Both => {
                notes.push(format!("the .start replaces the import line of the .pth from Python 3.15 on; 3.18 ({}) reads the .start alone", released(18)));
                notes.push(format!("{cost}, and until 3.18 the .pth alone would do"));
            }
            Files::Start => {
                notes.push(
                    "there is no .pth: all versions that `requires-python` allows ignore its import lines".to_owned(),
                );
            }
        }
        notes
    }
}

impl fmt::Display for StartPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for StartPolicy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == text)
            .ok_or_else(|| format!("`{text}` is none of auto, always and never"))
    }
}

impl Files {
    /// Whether there is a `.pth`.
    pub fn has_pth(self) -> bool {
        self != Self::Start
    }

    /// Whether there is a `.start`.
    pub fn has_start(self) -> bool {
        self != Self::Pth
    }
}

/// When a minor version comes out, or came.
pub(crate) fn released(minor: u8) -> String {
    format!("October {}", 2011 + u32::from(minor))
}

/// The oldest minor version of Python 3 that a `requires-python` allows, as far as it matters: 0 if it is older than all that are meant here.
fn oldest(text: &str) -> Result<u8, Error> {
    let wrong = |reason: String| Error::RequiresPython { text: text.to_owned(), reason };
    let wanted: VersionSpecifiers = text.parse().map_err(|error: VersionSpecifiersParseError| {
        // The first line says what is wrong; then the text is repeated, with a mark below it.
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default().trim_end_matches(':');
        wrong(first.strip_prefix("Failed to parse version: ").unwrap_or(first).to_owned())
    })?;
    // `requires-python` may exclude single releases, so each minor version is asked for some.
    let allows = |minor: u8| (0..=PATCHES).any(|patch| wanted.contains(&Version::new([3, u64::from(minor), patch])));
    (0..=u8::MAX).find(|minor| allows(*minor)).ok_or_else(|| wrong("no version of Python 3 is among them".to_owned()))
}

/// No minor version has had more releases.
const PATCHES: u64 = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_requires_python_begins() {
        for (text, begins) in [
            ("", 0),
            (">=3.10", 10),
            (">= 3.10 , < 4", 10),
            (">=3.18", 18),
            (">=3.18.0rc1", 18),
            ("~=3.18", 18),
            ("~=3.18.2", 18),
            (">3.17", 17),
            (">3.17.99", 18),
            (">=3.17,!=3.17.*", 18),
            ("==3.19.*", 19),
            ("==3.17.4", 17),
            ("===3.18.0", 18),
            (">=2.7,!=3.0.*,!=3.1.*", 2),
            ("<4", 0),
        ] {
            assert_eq!(oldest(text).ok(), Some(begins), "{text}");
        }
        for wrong in ["3.10", ">=x", "~=3", ">=3.*", ">=4", "<3", ">=3.10 || <2"] {
            assert!(oldest(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn when_there_is_which_file() {
        let files = |policy: StartPolicy, requires, newest| policy.files_when(requires, newest).unwrap();
        for newest in [15, 16, 17] {
            assert_eq!(files(StartPolicy::Auto, Some(">=3.10"), newest), Files::Pth);
            assert_eq!(files(StartPolicy::Auto, None, newest), Files::Pth);
            assert_eq!(files(StartPolicy::Auto, Some(">=3.18"), newest), Files::Start);
        }
        for newest in [18, 25] {
            assert_eq!(files(StartPolicy::Auto, Some(">=3.10"), newest), Files::Both);
            assert_eq!(files(StartPolicy::Auto, Some(">=3.18"), newest), Files::Start);
        }
        assert_eq!(files(StartPolicy::Always, None, 15), Files::Both);
        assert_eq!(files(StartPolicy::Always, Some(">=3.18"), 15), Files::Start);
        assert_eq!(files(StartPolicy::Never, Some(">=3.18"), 25), Files::Pth);
    }

    #[test]
    fn policies_have_names() {
        for policy in StartPolicy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
        assert_eq!("both".parse::<StartPolicy>(), Err("`both` is none of auto, always and never".to_owned()));
    }

    #[test]
    fn the_notes_have_the_dates() {
        let notes = StartPolicy::Auto.notes(Files::Pth).join("\n");
        for part in ["3.17", "3.18 (October 2029)", "1.8 times", "`--start always`"] {
            assert!(notes.contains(part), "{part} is not in {notes}");
        }
        let notes = StartPolicy::Never.notes(Files::Pth).join("\n");
        assert!(notes.ends_with("as asked for with `never`: the hook ends with Python 3.17"), "{notes}");
    }
}
