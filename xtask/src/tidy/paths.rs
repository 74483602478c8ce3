//! The rule that paths below the cache root are joined in one place.
//!
//! What lies where is decided in `crates/registry/src/layout.rs`, and a second opinion about it is how a reader and a
//! writer come to disagree. Code can be told from prose, but a path cannot be told from other strings, so this looks at
//! literals: of the registry's own files it wants no joined names at all, of others that they do not know the tree.

use super::code::{Code, Literal};
use super::tree::{RustFile, Tree, Violation};

const LAYOUT: &str = "crates/registry/src/layout.rs";
const REGISTRY: &str = "crates/registry/src/";
const FOLDERS: &[&str] = &["entries", "manifests", "stage", "trash", "pins", "quarantine", "probes"];
const TELLTALES: &[&str] = &["v1", "entries", "manifests", "quarantine"];

/// Only `layout.rs` joins paths below the cache root.
pub(super) fn joined_in_layout(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| file.path != LAYOUT && is_library_code(file.path)) {
        let registry = file.path.starts_with(REGISTRY);
        for literal in literals(file) {
            let names = if registry { FOLDERS } else { TELLTALES };
            let message = if registry && is_joined(file.code, literal) {
                format!("`{}` is joined to a path outside of layout.rs", literal.value)
            } else if let Some(name) = names.iter().find(|name| has_component(&literal.value, name)) {
                format!("`{}` knows the folder `{name}` of the cache", literal.value)
            } else {
                continue;
            };
            found.push(Violation {
                path: file.path.to_owned(),
                line: file.code.line(literal.offset),
                message,
                remedy: "add a method to crates/registry/src/layout.rs, which alone knows the tree, and call it",
            });
        }
    }
    found
}

/// Whether a file is compiled into what we ship: tests may look at the tree from outside.
fn is_library_code(path: &str) -> bool {
    let below_src = path.strip_prefix("crates/").and_then(|path| path.split_once("/src/"));
    below_src.is_some_and(|(_, file)| file != "tests.rs" && !file.ends_with("/tests.rs") && !file.contains("tests/"))
}

/// The literals of a file that are neither for tests nor part of an attribute.
fn literals(file: RustFile<'_>) -> impl Iterator<Item = &Literal> {
    let ours = move |it: &&Literal| !file.code.is_test(it.offset) && !file.code.is_attribute(it.offset);
    file.code.literals.iter().filter(ours)
}

/// Whether this is the argument of `.join(...)` and a name, unlike the `", "` that joins strings.
fn is_joined(code: &Code, literal: &Literal) -> bool {
    let before = code.text[..literal.offset].trim_end_matches(|it: char| it.is_whitespace() || it == '&');
    let is_name = literal.value.contains(char::is_alphanumeric) && !literal.value.contains(char::is_whitespace);
    is_name && before.ends_with(".join(")
}

/// Whether a literal is a path with this name in it. Prose has spaces.
fn has_component(literal: &str, name: &str) -> bool {
    !literal.contains(char::is_whitespace) && literal.split('/').any(|part| part == name)
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    #[test]
    fn the_registry_joins_in_layout() {
        let check_registry = |text, expected: &[&str]| {
            check(joined_in_layout, &[("crates/registry/src/entry.rs", text)], expected);
            check(joined_in_layout, &[("crates/registry/src/layout.rs", text)], &[]);
            check(joined_in_layout, &[("crates/registry/tests/entry.rs", text)], &[]);
            check(joined_in_layout, &[("crates/registry/src/entry/tests.rs", text)], &[]);
        };
        let here = ["crates/registry/src/entry.rs:1"];
        check_registry("let a = b.join(\"meta.json\");\n", &here);
        check_registry("let a = b.join(\n    &\"meta.json\");\n", &["crates/registry/src/entry.rs:2"]);
        check_registry("const A: &str = \"trash\";\n", &here);
        check_registry("let a = format!(\"{root}/pins/{alias}\");\n", &here);
        check_registry(
            "let a = names.join(\", \");\nlet b = names.join(\" and \");\nlet c = names.join(\"/\");\n",
            &[],
        );
        check_registry("// b.join(\"meta.json\")\n/// In `\"entries\"`.\nlet a = \"found in quarantine\";\n", &[]);
        check_registry("#[cfg(test)]\nmod tests {\n    fn a() { b.join(\"entries\"); }\n}\n", &[]);
        check_registry("#[serde(rename = \"entries\")]\nstruct A;\n", &[]);
    }

    #[test]
    fn others_do_not_know_the_tree() {
        let check_other =
            |text, expected: &[&str]| check(joined_in_layout, &[("crates/cli/src/run.rs", text)], expected);
        let here = ["crates/cli/src/run.rs:1"];
        check_other("let a = root.join(\"v1\");\n", &here);
        check_other("let a = \"v1/manifests\";\n", &here);
        check_other("let a = root.join(\"square.pyx\");\nlet b = \"3 entries, v1\";\nlet c = \"stage\";\n", &[]);
        check_other("fn a() {}\n#[cfg(test)]\nfn b() { \"entries\" }\n", &[]);
    }
}
