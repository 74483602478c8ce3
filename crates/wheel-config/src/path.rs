//! Paths below a folder that is named elsewhere: the project, or the wheel.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::PathFault;

/// A path that stays below where it starts: relative, with `/`, without `..`.
///
/// The empty path is the start itself; it is spelled `.` in settings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

impl RelativePath {
    /// Reads one as it is written in settings.
    ///
    /// # Errors
    /// Says which of the rules it breaks.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        if text.is_empty() {
            return Err(PathFault::Empty);
        }
        if text.contains('\\') {
            return Err(PathFault::Backslash);
        }
        if text.contains(char::is_control) {
            return Err(PathFault::Control);
        }
        let has_drive = text.as_bytes().get(1) == Some(&b':') && text.as_bytes()[0].is_ascii_alphabetic();
        if text.starts_with('/') || has_drive {
            return Err(PathFault::Absolute);
        }
        let mut parts = Vec::new();
        for part in text.split('/') {
            match part {
                ".." => return Err(PathFault::Up),
                // `./data`, `data//x` and `data/` mean what they mean to the system.
                "" | "." => {}
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/")))
    }

    /// The path as it is written in archives.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the start itself.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.0.is_empty()
    }

    /// Its last part; the start has none.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|name| !name.is_empty())
    }

    /// A path below this one.
    #[must_use]
    pub fn join(&self, below: &Self) -> Self {
        match (self.is_start(), below.is_start()) {
            (true, _) => below.clone(),
            (_, true) => self.clone(),
            _ => Self(format!("{}/{}", self.0, below.0)),
        }
    }

    /// What stands in front of `end`, if this path ends with it.
    pub(crate) fn strip_end(&self, end: &Self) -> Option<Self> {
        if end.is_start() {
            return Some(self.clone());
        }
        let front = self.0.strip_suffix(&end.0)?;
        if front.is_empty() { Some(Self(String::new())) } else { front.strip_suffix('/').map(|it| Self(it.to_owned())) }
    }

    /// The path below a real folder.
    pub(crate) fn below(&self, folder: &Path) -> PathBuf {
        if self.is_start() { folder.to_path_buf() } else { folder.join(&self.0) }
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_start() { "." } else { &self.0 })
    }
}

/// Whether a name ends with one of these, which are names for programs and mean nothing in capitals.
pub(crate) fn has_end(name: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let cases = [
            ("", PathFault::Empty),
            ("..", PathFault::Up),
            ("a/../../b", PathFault::Up),
            ("/etc/passwd", PathFault::Absolute),
            ("C:/x", PathFault::Absolute),
            ("a\\b", PathFault::Backslash),
            ("a\nb", PathFault::Control),
        ];
        for (text, fault) in cases {
            assert_eq!(RelativePath::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn spellings_of_one_path_are_one_path() {
        for text in ["data/x", "./data/x", "data//x", "data/./x", "data/x/"] {
            assert_eq!(RelativePath::parse(text).unwrap().as_str(), "data/x");
        }
        assert!(RelativePath::parse(".").unwrap().is_start());
    }

    #[test]
    fn an_end_is_stripped_by_whole_parts() {
        let path = |text| RelativePath::parse(text).unwrap();
        assert_eq!(path("data/dialects").strip_end(&path("dialects")), Some(path("data")));
        assert_eq!(path("dialects").strip_end(&path("dialects")), Some(path(".")));
        assert_eq!(path("data").strip_end(&path(".")), Some(path("data")));
        assert_eq!(path("olddialects").strip_end(&path("dialects")), None);
    }
}
