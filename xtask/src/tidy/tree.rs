//! The texts that rules look at, and what they find.

use std::collections::BTreeMap;
use std::path::Path;

use super::code::Code;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// Relative to the root of the repository.
    pub(super) path: String,
    /// From 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to do about it.
    pub(super) remedy: &'static str,
}

/// The text files of the repository, by their path below its root.
#[derive(Default)]
pub(super) struct Tree {
    files: BTreeMap<String, File>,
}

struct File {
    text: String,
    /// For Rust files.
    code: Option<Code>,
}

/// A Rust file as text and as code.
#[derive(Clone, Copy)]
pub(super) struct RustFile<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) code: &'a Code,
}

impl Tree {
    /// Adds a file.
    pub(super) fn insert(&mut self, path: &str, text: String) {
        let rust = Path::new(path).extension().is_some_and(|extension| extension == "rs");
        let code = rust.then(|| Code::scan(&text));
        self.files.insert(path.to_owned(), File { text, code });
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| file.text.as_str())
    }

    /// Every file as path and text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file.text.as_str()))
    }

    /// Every Rust file.
    pub(super) fn rust(&self) -> impl Iterator<Item = RustFile<'_>> {
        self.files
            .iter()
            .filter_map(|(path, file)| Some(RustFile { path, text: &file.text, code: file.code.as_ref()? }))
    }

    /// The folders of our crates: `crates/registry`, `xtask`.
    pub(super) fn crate_folders(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_suffix("/Cargo.toml")).filter(|folder| {
            *folder == "xtask" || folder.strip_prefix("crates/").is_some_and(|name| !name.contains('/'))
        })
    }
}

#[cfg(test)]
impl Tree {
    /// A repository for a test.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.insert(path, (*text).to_owned());
        }
        tree
    }
}

/// Checks that a rule finds violations at exactly these places of a repository.
#[cfg(test)]
#[track_caller]
pub(super) fn check(rule: fn(&Tree) -> Vec<Violation>, files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<_> = rule(&Tree::of(files)).iter().map(|it| format!("{}:{}", it.path, it.line)).collect();
    assert_eq!(found, expected);
}
