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
    /// `extra_objects`: what is linked with the module as it is.
    pub extra_objects: Vec<String>,
    /// `depends`: files that a build depends on, whether or not a tool reads them.
    pub depends: Vec<String>,
    /// Lines that say nothing to us: their numbers, counted from 1, and why.
    pub unknown: Vec<(usize, String)>,
}

impl Header {
    /// Reads the header of a normalised source.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut header = Self::default();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
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
            } else if let Some(setting) = comment.strip_prefix("distutils:") {
                let known = match setting.split_once('=') {
                    Some((name, value)) => header.setting(name.trim(), value.trim()),
                    None => Err(format!("`{}` is not `name = value`, and is passed over", setting.trim())),
                };
                header.unknown.extend(known.err().map(|why| (number, why)));
            }
        }
        header
    }

    /// The line of the header that sets a directive.
    #[must_use]
    pub fn line_of_directive(text: &str, name: &str) -> Option<usize> {
        let header = text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
        let sets = |line: &str| {
            let (_, directives) = line.split_once("cython:")?;
            directives.split(',').find(|pair| pair.split('=').next().unwrap_or_default().trim() == name).map(drop)
        };
        (1..).zip(header).find_map(|(number, line)| sets(line).map(|()| number))
    }

    fn setting(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "language" => self.language = Some(value.to_owned()),
            "include_dirs" => self.include_dirs.extend(words(value)),
            "library_dirs" => self.library_dirs.extend(words(value)),
            "libraries" => self.libraries.extend(words(value)),
            "extra_compile_args" => self.extra_compile_args.extend(words(value)),
            "extra_link_args" => self.extra_link_args.extend(words(value)),
            "sources" => self.sources.extend(words(value)),
            "extra_objects" => self.extra_objects.extend(words(value)),
            "depends" => self.depends.extend(words(value)),
            "define_macros" => self.define_macros.extend(macros(value)),
            "undef_macros" => self.extra_compile_args.extend(words(value).map(|name| format!("-U{name}"))),
            "runtime_library_dirs" => {
                self.extra_link_args.extend(words(value).map(|folder| format!("-Wl,-rpath,{folder}")));
            }
            // Only Windows has to be told which symbols a module shows.
            "export_symbols" => {}
            "name" => return Err("the module's name is not set by its source, and `name` is passed over".into()),
            other => return Err(format!("unknown setting `{other}`, which is passed over")),
        }
        Ok(())
    }
}

/// The words of a value, as Cython has them: `a b`, or `[a, b]`, each possibly in quotation marks.
fn words(value: &str) -> impl Iterator<Item = String> {
    let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    let separators: &[char] = if list.is_some() { &[','] } else { &[' ', '\t'] };
    split(list.unwrap_or(value), separators).into_iter().map(|word| unquoted(&word).to_owned())
}

/// `NAME`, `NAME=value`, lists of these, and setuptools' pairs: `[("NAME", "value"), ("OTHER", None)]`.
fn macros(value: &str) -> Vec<(String, Option<String>)> {
    let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value).trim();
    if !list.starts_with('(') {
        let define = |word: String| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        return words(value).map(define).collect();
    }
    let pairs = list.split(')').map(|pair| pair.trim().trim_start_matches(',').trim()).filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let mut parts = split(pair.trim_start_matches('('), &[',']).into_iter();
        let name = parts.next().unwrap_or_default();
        let value = parts.next().filter(|value| value != "None");
        (unquoted(&name).to_owned(), value.map(|value| unquoted(&value).to_owned()))
    };
    pairs.map(pair).collect()
}

/// Parts between separators that stand outside of quotation marks, without space around them.
fn split(text: &str, separators: &[char]) -> Vec<String> {
    let (mut parts, mut quote) = (vec![String::new()], None);
    for letter in text.chars() {
        match quote {
            Some(mark) if mark == letter => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if separators.contains(&letter) => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(letter);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A word without the quotation marks around the whole of it.
fn unquoted(word: &str) -> &str {
    let inside = |mark: char| word.strip_prefix(mark)?.strip_suffix(mark).filter(|inside| !inside.contains(mark));
    inside('"').or_else(|| inside('\'')).unwrap_or(word)
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
        assert_eq!(header.unknown, [(9, "unknown setting `unknown`, which is passed over".to_owned())]);
    }

    #[test]
    fn what_setuptools_knows_is_known() {
        let header = Header::read(
            "# distutils: undef_macros = NDEBUG OTHER\n# distutils: runtime_library_dirs = /opt/lib\n\
             # distutils: extra_objects = a.o [\n# distutils: depends = [data.txt, \"more data.txt\"]\n\
             # distutils: export_symbols = f\n# distutils: name = other\n# distutils: nonsense\n# distutils: np_pythran = 1\n",
        );
        assert_eq!(header.extra_compile_args, ["-UNDEBUG", "-UOTHER"]);
        assert_eq!(header.extra_link_args, ["-Wl,-rpath,/opt/lib"]);
        assert_eq!(header.extra_objects, ["a.o", "["]);
        assert_eq!(header.depends, ["data.txt", "more data.txt"]);
        let unknown: Vec<usize> = header.unknown.iter().map(|(line, _)| *line).collect();
        assert_eq!(unknown, [6, 7, 8]);
    }

    #[test]
    fn words_and_macros_in_all_forms() {
        let check = |value: &str, expected: &[&str]| assert_eq!(words(value).collect::<Vec<_>>(), expected, "{value}");
        check("a  b\tc", &["a", "b", "c"]);
        check("\"a b\" 'c d' e", &["a b", "c d", "e"]);
        check("[a, 'b, c' , ]", &["a", "b, c"]);
        check("", &[]);
        let check = |value: &str, expected: &[(&str, Option<&str>)]| {
            let found = macros(value);
            let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
            assert_eq!(found, expected, "{value}");
        };
        check("A B=1 C=", &[("A", None), ("B", Some("1")), ("C", Some(""))]);
        check("[A, B=1]", &[("A", None), ("B", Some("1"))]);
        check("\"A=x y\" B", &[("A", Some("x y")), ("B", None)]);
        check("TEXT=\"x y\"", &[("TEXT", Some("\"x y\""))]);
        check("[(\"A\", \"1\"), ('B', None), (\"C\", 'x y')]", &[("A", Some("1")), ("B", None), ("C", Some("x y"))]);
        check("(\"A\", None)", &[("A", None)]);
    }

    #[test]
    fn the_line_of_a_directive() {
        let text = "# a\n# cython: boundscheck=False, nosuch = 1\nx = 1\n# cython: late=1\n";
        assert_eq!(Header::line_of_directive(text, "nosuch"), Some(2));
        assert_eq!(Header::line_of_directive(text, "late"), None);
    }

    #[test]
    fn a_docstring_ends_the_header() {
        assert_eq!(Header::read("\"\"\"Doc.\"\"\"\n# distutils: language = c++\n"), Header::default());
    }
}
