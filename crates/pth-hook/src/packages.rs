//! Which package a file came with.

use std::collections::HashMap;

use crate::{audit::CUSTOM, tree::Tree};

/// The packages of a site folder, by the files that they installed.
#[derive(Debug, Default)]
pub(crate) struct Packages(HashMap<String, String>);

impl Packages {
    pub(crate) fn read(tree: &Tree) -> Self {
        let mut owners = HashMap::new();
        for (name, record) in tree.records() {
            for path in record.lines().filter_map(first_field) {
                if is_of_interest(&path) {
                    owners.insert(path, name.clone());
                }
            }
        }
        Self(owners)
    }

    pub(crate) fn owner(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(String::as_str)
    }
}

/// Startup files lie in the folder itself, and the modules that interpreters look for anywhere.
fn is_of_interest(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let stem = parts.next().and_then(|file| file.split('.').next());
    [stem, parts.next()].into_iter().flatten().any(|name| CUSTOM.contains(&name)) || !path.contains('/')
}

/// The first field of a line of CSV.
fn first_field(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else { return line.split(',').next().map(str::to_owned) };
    let mut field = String::new();
    let mut letters = quoted.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => return Some(field),
            letter => field.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_run_at_start() {
        let of_interest = ["a.pth", "sitecustomize.py", "far/usercustomize.pyc", "far/sitecustomize/__init__.py"];
        assert!(of_interest.into_iter().all(is_of_interest));
        assert!(!["pkg/a.pth", "pkg/mod.py", "sitecustomize/deep/x.py"].into_iter().any(is_of_interest));
    }

    #[test]
    fn names_in_a_record() {
        assert_eq!(first_field("a.pth,sha256=x,3"), Some("a.pth".to_owned()));
        assert_eq!(first_field("\"a,\"\"b\"\".pth\",sha256=x,3"), Some("a,\"b\".pth".to_owned()));
        assert_eq!(first_field("\"open"), None);
    }
}
