//! What a source says about itself in its first comments.
//!
//! `# cython: name=value, ...` sets directives and `# distutils: name = value` says how to build, in comment lines before
//! the first line of code (Cython's "Source files and compilation" has both). Directives given by the caller win over the
//! header's, and lists from the header come before the caller's.

use std::collections::BTreeMap;

/// The settings in a source's header comments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `# cython:` directives.
    pub directives: BTreeMap<String, String>,
    /// `language`: `c` or `c++`, as written.
    pub language: Option<String>,
    /// `include_dirs`.
    pub include_dirs: Vec<String>,
    /// `library_dirs`.
    pub library_dirs: Vec<String>,
    /// `libraries`.
    pub libraries: Vec<String>,
    /// `define_macros`: names with or without `=value`.
    pub define_macros: Vec<(String, Option<String>)>,
    /// `extra_compile_args`.
    pub extra_compile_args: Vec<String>,
    /// `extra_link_args`.
    pub extra_link_args: Vec<String>,
    /// `sources`: further C or C++ files.
    pub sources: Vec<String>,
}

impl Header {
    /// Reads the header of a normalised source.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut header = Self::default();
        for line in text.lines().map(str::trim) {
            let Some(comment) = line.strip_prefix('#') else {
                if line.is_empty() {
                    continue;
                }
                break;
            };
            let comment = comment.trim_start_matches('#').trim();
            if let Some(directives) = comment.strip_prefix("cython:") {
                for pair in directives.split(',') {
                    if let Some((name, value)) = pair.split_once('=') {
                        header.directives.insert(name.trim().to_owned(), value.trim().to_owned());
                    }
                }
            } else if let Some((name, value)) = comment.strip_prefix("distutils:").and_then(|rest| rest.split_once('='))
            {
                header.setting(name.trim(), value.trim());
            }
        }
        header
    }

    fn setting(&mut self, name: &str, value: &str) {
        match name {
            "language" => self.language = Some(value.to_owned()),
            "include_dirs" => self.include_dirs.extend(words(value)),
            "library_dirs" => self.library_dirs.extend(words(value)),
            "libraries" => self.libraries.extend(words(value)),
            "extra_compile_args" => self.extra_compile_args.extend(words(value)),
            "extra_link_args" => self.extra_link_args.extend(words(value)),
            "sources" => self.sources.extend(words(value)),
            "define_macros" => self.define_macros.extend(words(value).map(|word| match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            })),
            // Cython ignores what it does not know, too.
            _ => {}
        }
    }
}

/// The words of a value: `a b`, or `[a, b]`, each possibly in quotation marks.
fn words(value: &str) -> impl Iterator<Item = String> {
    let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    let separators: &[char] = if list.is_some() { &[','] } else { &[' ', '\t'] };
    list.unwrap_or(value)
        .split(separators)
        .map(|word| word.trim().trim_matches(['"', '\'']).to_owned())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_line_before_the_code() {
        let header = Header::read(
            "#!/usr/bin/env python\n# cython: boundscheck=False, language_level = 3\n\n#cython: cdivision=True\n\
             # distutils: language = c++\n# distutils: libraries = m z\n# distutils: include_dirs = [\"a b\", c]\n\
             # distutils: define_macros = NDEBUG N=3\n# distutils: unknown = 1\nimport x\n# cython: wraparound=False\n",
        );
        let directives: Vec<_> = header.directives.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(directives, ["boundscheck=False", "cdivision=True", "language_level=3"]);
        assert_eq!(header.language.as_deref(), Some("c++"));
        assert_eq!(header.libraries, ["m", "z"]);
        assert_eq!(header.include_dirs, ["a b", "c"]);
        assert_eq!(header.define_macros, [("NDEBUG".into(), None), ("N".into(), Some("3".into()))]);
    }

    #[test]
    fn a_docstring_ends_the_header() {
        assert_eq!(Header::read("\"\"\"Doc.\"\"\"\n# distutils: language = c++\n"), Header::default());
    }
}
