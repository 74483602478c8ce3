//! Paths below a folder that is named elsewhere: the project, or the wheel.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::PathFault;

/// What leads out of the project's folder, at the start of a path alone.
const UP: &str = "../";

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

/// Where something is that a wheel takes along: below the project's folder, or, after `../`, beside it.
///
/// A project in a repository of several may share files with the others. A source distribution has no place above its own folder, so
/// there such files lie where the path leads without its `../`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePath {
    /// How many folders it goes up.
    pub(crate) up: usize,
    /// Where it leads from there.
    pub(crate) path: RelativePath,
}

impl SourcePath {
    /// Reads one as it is written in settings.
    ///
    /// # Errors
    /// Says which of the rules it breaks.
    pub fn parse(text: &str) -> Result<Self, PathFault> {
        let mut rest = text;
        let mut up = 0;
        while let Some(below) = rest.strip_prefix(UP) {
            up += 1;
            rest = below.trim_start_matches('/');
        }
        match RelativePath::parse(rest) {
            // All that is beside the project is more than anybody means.
            Ok(path) if up > 0 && path.is_start() => Err(PathFault::Up),
            Err(PathFault::Empty) if up > 0 => Err(PathFault::Up),
            path => Ok(Self { up, path: path? }),
        }
    }

    /// Whether it leads out of the project.
    #[must_use]
    pub fn leads_out(&self) -> bool {
        self.up > 0
    }

    /// Where it is in a source distribution.
    #[must_use]
    pub fn relocated(&self) -> &RelativePath {
        &self.path
    }

    /// Its last part; the start has none.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.path.file_name()
    }

    /// A path below this one.
    pub(crate) fn join(&self, below: &RelativePath) -> Self {
        Self { up: self.up, path: self.path.join(below) }
    }

    /// What stands in front of `end`, if this path ends with it.
    pub(crate) fn strip_end(&self, end: &RelativePath) -> Option<Self> {
        Some(Self { up: self.up, path: self.path.strip_end(end)? })
    }
}

impl From<RelativePath> for SourcePath {
    fn from(path: RelativePath) -> Self {
        Self { up: 0, path }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.up).try_for_each(|_| f.write_str(UP))?;
        write!(f, "{}", self.path)
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
    fn sources_may_lie_beside_the_project() {
        let path = SourcePath::parse("../..//data/./words").unwrap();
        assert_eq!((path.up, path.path.as_str(), path.leads_out()), (2, "data/words", true));
        assert_eq!(path.to_string(), "../../data/words");
        for inside in ["./data", "."] {
            assert!(!SourcePath::parse(inside).unwrap().leads_out(), "{inside}");
        }
        for (text, fault) in [
            ("", PathFault::Empty),
            ("..", PathFault::Up),
            ("../", PathFault::Up),
            ("../.", PathFault::Up),
            ("../..", PathFault::Up),
            ("../a/../b", PathFault::Up),
            ("a/../../b", PathFault::Up),
            ("..//etc/../passwd", PathFault::Up),
            ("../a\\b", PathFault::Backslash),
        ] {
            assert_eq!(SourcePath::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn spellings_of_one_path_are_one_path() {
        for text in ["data/x", "./data/x", "data//x", "data/./x", "data/x/"] {
            assert_eq!(RelativePath::parse(text).unwrap().as_str(), "data/x");
        }
        assert!(RelativePath::parse(".").unwrap().is_start());
        assert_eq!(RelativePath::parse("1:x").unwrap().as_str(), "1:x", "drives are letters");
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
