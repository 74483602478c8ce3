//! Which interpreter, and what it is known to do.
//!
//! | | 3.10 to 3.12 | 3.13, 3.14 | 3.15 to 3.17 | 3.18, 3.19 | from 3.20 |
//! |---|---|---|---|---|---|
//! | a `.pth` is read as | the locale's encoding | UTF-8, else the locale's | UTF-8, else the locale's | the same | UTF-8 |
//! | a BOM is | a part of the first line | dropped | dropped | dropped | dropped |
//! | a line ends with | CR, LF, CRLF | all that `str.splitlines` knows | the same | the same | the same |
//! | white space before a line | makes it a path | makes it a path | is dropped | is dropped | is dropped |
//! | `import` lines run | in their turn | in their turn | after all paths are there | never | never |
//! | an error | ends the file | ends the file | is printed | is printed | is printed |
//! | a path that is not there | is dropped | is dropped | is dropped, with a message | the same | the same |
//! | a virtual environment's files are read | twice | twice | once | once | once |
//! | `.start` files | are nothing | are nothing | are read, and replace `import` lines | are read | are read |
//!
//! What stands left of 3.18 was compared with interpreters up to 3.15; the rest is what PEP 829 announces. Files whose names begin with a dot are
//! left out since 3.10.14, 3.11.8, 3.12.2 and 3.13. Where the library is in `lib64`, as on Fedora, a virtual environment's folder has two names, and is read as often again.

use std::{fmt, str::FromStr};

use crate::Error;

/// A version of CPython 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The 12 of 3.12.1.
    pub minor: u8,
    /// The 1 of 3.12.1.
    pub patch: u8,
}

/// What becomes of the `import` lines of a `.pth` file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportLines {
    /// They are run where they stand.
    Run,
    /// They are run after all paths were added, unless a `.start` file of the same name is beside them.
    RunUnlessPaired,
    /// Nothing, and nobody says so.
    Ignored,
    /// Nothing, with a warning.
    IgnoredWithWarning,
}

/// The first version that takes a `.pth` for UTF-8 and nothing else.
pub(crate) const UTF8_ALONE: u8 = 20;

impl Version {
    /// A version whose last part does not matter: it stands for the newest one of its kind.
    pub const fn of(minor: u8) -> Self {
        Self { minor, patch: u8::MAX }
    }

    /// What becomes of `import` lines.
    pub fn import_lines(self) -> ImportLines {
        match self.minor {
            ..15 => ImportLines::Run,
            15..18 => ImportLines::RunUnlessPaired,
            18..20 => ImportLines::Ignored,
            20.. => ImportLines::IgnoredWithWarning,
        }
    }

    /// Whether `.start` files are read.
    pub fn reads_start(self) -> bool {
        self.minor >= 15
    }

    /// Whether the site folder of a virtual environment is read twice: as the environment's, and as the installation's, which it is taken for.
    pub fn reads_twice(self) -> bool {
        self.minor < 15
    }

    /// Whether files are left out whose names begin with a dot, or that the system calls hidden.
    pub(crate) fn skips_hidden(self) -> bool {
        match self.minor {
            ..10 => false,
            10 => self.patch >= 14,
            11 => self.patch >= 8,
            12 => self.patch >= 2,
            13.. => true,
        }
    }

    /// Whether a `.pth` is tried as UTF-8 before the locale's encoding is.
    pub(crate) fn prefers_utf8(self) -> bool {
        self.minor >= 13
    }

    /// Whether a `.pth` that is not UTF-8 is tried in the locale's encoding.
    pub(crate) fn falls_back(self) -> bool {
        self.minor < UTF8_ALONE
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.patch == u8::MAX { write!(f, "3.{}", self.minor) } else { write!(f, "3.{}.{}", self.minor, self.patch) }
    }
}

impl FromStr for Version {
    type Err = Error;

    /// Reads `3.12` and `3.12.1`; what is behind the number of the patch, such as `rc1`, says nothing here.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Version { text: text.to_owned() };
        let mut parts = text.trim().split('.');
        let (Some("3"), Some(minor)) = (parts.next(), parts.next()) else { return Err(wrong()) };
        let minor = minor.parse().map_err(|_| wrong())?;
        let Some(patch) = parts.next() else { return Ok(Self::of(minor)) };
        let digits = patch.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
        Ok(Self { minor, patch: digits.parse().map_err(|_| wrong())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_shown() {
        let shown = |text: &str| text.parse::<Version>().map(|version| version.to_string()).ok();
        assert_eq!(shown("3.12"), Some("3.12".to_owned()));
        assert_eq!(shown(" 3.12.1\n"), Some("3.12.1".to_owned()));
        assert_eq!(shown("3.15.0rc2"), Some("3.15.0".to_owned()));
        assert_eq!(shown("3.13.0+"), Some("3.13.0".to_owned()));
        for wrong in ["", "3", "2.7", "4.0", "3.x", "3.12.x", "py312"] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hidden_files_are_skipped_since_a_patch() {
        let skips = |text: &str| text.parse::<Version>().unwrap().skips_hidden();
        for old in ["3.10.13", "3.11.7", "3.12.1", "3.9"] {
            assert!(!skips(old), "{old}");
        }
        for new in ["3.10.14", "3.11.8", "3.12.2", "3.10", "3.13.0", "3.15.2"] {
            assert!(skips(new), "{new}");
        }
    }
}
