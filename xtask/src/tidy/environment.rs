//! The rule about who reads environment variables.

use super::tree::{Tree, Violation};

const READERS: [&str; 4] = ["var", "var_os", "vars", "vars_os"];

/// Environment variables are read in a `settings.rs`, and there is one per crate at most.
///
/// Programs for tests and build scripts are no part of what we ship.
pub(super) fn read_in_settings(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let shipped = |path: &str| {
        let below_src = path.strip_prefix("crates/").and_then(|path| path.split_once("/src/"));
        below_src.is_some_and(|(name, file)| name != "test-support" && file != "settings.rs")
    };
    for file in tree.rust().filter(|file| shipped(file.path)) {
        for name in READERS {
            let reads = |offset: &usize| {
                let before = file.code.text[..*offset].trim_end();
                before.ends_with("env::") && !file.code.is_test(*offset)
            };
            for offset in file.code.words(name).filter(reads) {
                found.push(Violation {
                    path: file.path.to_owned(),
                    line: file.code.line(offset),
                    message: format!("`env::{name}` outside of settings.rs"),
                    remedy: "read it in the `settings.rs` of the binary, which alone knows the environment, and hand it on",
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    #[test]
    fn the_environment_is_read_in_settings() {
        let check_file = |path: &str, text: &str, expected: &[&str]| check(read_in_settings, &[(path, text)], expected);
        let here = ["crates/a/src/b.rs:1"];
        check_file("crates/a/src/b.rs", "let c = std::env::var(\"C\");\n", &here);
        check_file("crates/a/src/b.rs", "let c = env::var_os(C);\n", &here);
        check_file("crates/a/src/b.rs", "for c in env::vars_os() {}\n", &here);
        check_file("crates/a/src/b.rs", "let c = env::args_os(); // env::var\n", &[]);
        check_file("crates/a/src/b.rs", "let var = d::var(c);\n", &[]);
        check_file("crates/a/src/b.rs", "#[cfg(test)]\nmod tests { fn c() { env::var(C); } }\n", &[]);
        check_file("crates/a/src/settings.rs", "let c = env::var(\"C\");\n", &[]);
        check_file("crates/a/src/d/settings.rs", "let c = env::var(\"C\");\n", &["crates/a/src/d/settings.rs:1"]);
        for path in ["crates/test-support/src/a.rs", "crates/a/build.rs", "crates/a/tests/b.rs", "xtask/src/a.rs"] {
            check_file(path, "let c = env::var(\"C\");\n", &[]);
        }
    }
}
