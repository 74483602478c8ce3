//! Rules about the shape of Rust files.

use std::collections::BTreeMap;

use super::code::Code;
use super::tree::{Tree, Violation};

/// Every file begins with what it is about.
pub(super) fn docs(tree: &Tree) -> Vec<Violation> {
    let documented = |text: &str| {
        let text = text.trim_start();
        text.starts_with("//!") || text.starts_with("#![doc = include_str!(")
    };
    let undocumented = tree.rust().filter(|file| !documented(file.text));
    undocumented
        .map(|file| Violation {
            path: file.path.to_owned(),
            line: 1,
            message: "the file does not begin with module docs".to_owned(),
            remedy: "begin with `//!` and one sentence that says what the file is about",
        })
        .collect()
}

/// A `lib.rs` says what there is, and other files say how it works.
pub(super) fn tables_of_contents(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    // PyO3 wants its module function where the library starts.
    let excepted = |path: &str| path == "crates/pyxide-py/src/lib.rs";
    for file in tree.rust().filter(|file| file.path.ends_with("/src/lib.rs") && !excepted(file.path)) {
        for offset in file.code.words("fn").filter(|offset| !file.code.is_test(*offset)) {
            found.push(Violation {
                path: file.path.to_owned(),
                line: file.code.line(offset),
                message: "a function in lib.rs".to_owned(),
                remedy: "lib.rs is a table of contents: move the function into the module of its noun",
            });
        }
    }
    found
}

/// `unsafe` lives in one file of a crate at most, and each use names the check that it relies on.
pub(super) fn unsafe_code(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for file in tree.rust() {
        let uses: Vec<usize> = file.code.words("unsafe").filter(|offset| !file.code.is_attribute(*offset)).collect();
        let Some(start) = uses.first() else { continue };
        if let Some((package, _)) = file.path.split_once("/src/") {
            let home = *first.entry(package).or_insert(file.path);
            if home != file.path {
                found.push(Violation {
                    path: file.path.to_owned(),
                    line: file.code.line(*start),
                    message: format!("a second file with `unsafe`; `{home}` has it already"),
                    remedy: "keep the unsafe code of a crate in one file, behind a safe function",
                });
            }
        }
        for offset in uses {
            let declares = file.code.text[offset..].trim_start_matches("unsafe").trim_start().starts_with("fn");
            let line = file.code.line(offset);
            if !declares && !explained(file.code, line) {
                found.push(Violation {
                    path: file.path.to_owned(),
                    line,
                    message: "`unsafe` without a reason".to_owned(),
                    remedy: "write a `SAFETY:` comment above it that names the check it relies on",
                });
            }
        }
    }
    found
}

/// Whether a `SAFETY:` comment belongs to this line: on it, or above with little code in between.
fn explained(code: &Code, line: usize) -> bool {
    // The head of a statement and an attribute may come between.
    let mut lines_of_code = 3;
    for line in (1..=line).rev() {
        match code.comments.get(&line) {
            Some(comment) if comment.contains("SAFETY:") => return true,
            Some(_) => {}
            None if lines_of_code == 0 => return false,
            None => lines_of_code -= 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    #[test]
    fn files_begin_with_docs() {
        let check_docs = |text, expected: &[&str]| check(docs, &[("xtask/src/a.rs", text)], expected);
        check_docs("//! What it is.\n", &[]);
        check_docs("\n#![doc = include_str!(\"../README.md\")]\n", &[]);
        check_docs("// What it is.\n", &["xtask/src/a.rs:1"]);
        check_docs("use std::fs;\n//! Too late.\n", &["xtask/src/a.rs:1"]);
        check_docs("", &["xtask/src/a.rs:1"]);
    }

    #[test]
    fn lib_is_a_table_of_contents() {
        let check_lib = |path, text, expected: &[&str]| check(tables_of_contents, &[(path, text)], expected);
        check_lib("crates/a/src/lib.rs", "//! A fn.\nmod b;\npub use b::fn_c;\n", &[]);
        check_lib("crates/a/src/lib.rs", "mod b;\n\npub fn c() {}\n", &["crates/a/src/lib.rs:3"]);
        check_lib("crates/a/src/lib.rs", "#[cfg(test)]\nmod tests { fn c() {} }\n", &[]);
        check_lib("crates/a/src/b.rs", "fn c() {}\n", &[]);
        check_lib("crates/pyxide-py/src/lib.rs", "fn c() {}\n", &[]);
    }

    #[test]
    fn unsafe_code_lives_in_one_file() {
        let good = "// SAFETY: checked above.\nunsafe { a() }\n";
        let file = |path| (path, good);
        check(unsafe_code, &[file("crates/a/src/b.rs"), file("crates/c/src/b.rs"), file("crates/a/tests/t.rs")], &[]);
        check(unsafe_code, &[file("crates/a/src/b.rs"), file("crates/a/src/c/d.rs")], &["crates/a/src/c/d.rs:2"]);
    }

    #[test]
    fn unsafe_code_has_a_reason() {
        let check_unsafe = |text, expected: &[&str]| check(unsafe_code, &[("crates/a/src/b.rs", text)], expected);
        let here = ["crates/a/src/b.rs:1"];
        check_unsafe("unsafe { a() }\n", &here);
        check_unsafe("unsafe impl Send for A {}\n", &here);
        check_unsafe("unsafe { a() } // SAFETY: checked above.\n", &[]);
        check_unsafe("// SAFETY: checked above,\n// and below.\nlet a =\n    unsafe { a() };\n", &[]);
        check_unsafe("// SAFETY: far away.\na();\nb();\nc();\nd();\nunsafe { a() }\n", &["crates/a/src/b.rs:6"]);
        check_unsafe("#![expect(unsafe_code)]\n/// As `unsafe` as it gets.\nlet a = \"unsafe\";\n", &[]);
        check_unsafe("#[unsafe(no_mangle)]\nunsafe fn a() {}\n", &[]);
    }
}
