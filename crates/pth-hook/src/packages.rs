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
                // Startup files lie in the folder itself, and so do most of the modules that interpreters look for.
                let folder = path.split_once('/').map(|(folder, _)| folder);
                if folder.is_none_or(|folder| CUSTOM.contains(&folder)) {
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
    fn names_in_a_record() {
        assert_eq!(first_field("a.pth,sha256=x,3"), Some("a.pth".to_owned()));
        assert_eq!(first_field("\"a,\"\"b\"\".pth\",sha256=x,3"), Some("a,\"b\".pth".to_owned()));
        assert_eq!(first_field("\"open"), None);
    }
}
