//! `cargo xtask tidy`: the rules about the repository that no compiler checks.
//!
//! A rule is one function from the texts of the repository to violations. It does no input or output, and has a test
//! with a text that breaks it. What is checked is what git tracks, and what it would track below the first level, so that
//! a new module counts before it is committed, and a log that lies about in the root does not.
//!
//! | file | its rules are about |
//! |---|---|
//! | `crates.rs` | manifests, headings in ARCHITECTURE.md, the order of dependencies, READMEs, the lock file of `fuzz` |
//! | `modules.rs` | the shape of Rust files: module docs, tables of contents, `unsafe` |
//! | `environment.rs` | who may read environment variables |
//! | `paths.rs` | who may join paths below the cache root |
//! | `templates.rs` | templates: sidecars, twins, courses |
//! | `texts.rs` | words that no file may contain: leftovers, machine paths, registry hosts |
//! | `requirements.rs` | hashed requirements in `data/toolchain` |

mod code;
mod crates;
mod environment;
mod modules;
mod paths;
mod requirements;
pub(crate) mod templates;
mod texts;
mod tree;

use std::path::Path;

use anyhow::Context as _;
use xshell::{Shell, cmd};

use self::tree::{Tree, Violation};
use crate::say::say;

/// A rule, by the name that a report shows.
type Rule = (&'static str, fn(&Tree) -> Vec<Violation>);

/// Every rule, in the order of the report.
const RULES: &[Rule] = &[
    ("architecture", crates::headings),
    ("dependency-order", crates::dependency_order),
    ("folder-name", crates::folder_names),
    ("readme", crates::readmes),
    ("fuzz-lock", crates::fuzz_lock),
    ("module-docs", modules::docs),
    ("table-of-contents", modules::tables_of_contents),
    ("unsafe", modules::unsafe_code),
    ("layout", paths::joined_in_layout),
    ("environment", environment::read_in_settings),
    ("leftovers", texts::leftovers),
    ("machine-paths", texts::machine_paths),
    ("registry-hosts", texts::registry_hosts),
    ("hashed-requirements", requirements::hashed),
    ("sidecars", templates::sidecars),
    ("templates", templates::places),
];

/// Checks all rules, lists what violates them, and tells whether nothing did.
pub(crate) fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = read(root)?;
    let mut count = 0;
    for (name, rule) in RULES {
        for Violation { path, line, message, remedy } in rule(&tree) {
            say(format_args!("{path}:{line}: {message} [{name}]\n    {remedy}"));
            count += 1;
        }
    }
    match count {
        0 => say(format_args!("tidy: {} rules hold in {} files", RULES.len(), tree.len())),
        1 => say(format_args!("tidy: 1 violation")),
        _ => say(format_args!("tidy: {count} violations")),
    }
    Ok(count == 0)
}

/// Reads every text file of the repository.
fn read(root: &Path) -> anyhow::Result<Tree> {
    let mut tree = Tree::default();
    for path in listed(root)? {
        let file = root.join(&path);
        // Deleted but still in the index, or a link, whose text is checked where it lives.
        if !fs_err::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        let bytes = fs_err::read(&file)?;
        // What is not text has no lines to check.
        if let Some(text) = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')) {
            tree.insert(&path, text);
        }
    }
    Ok(tree)
}

/// The files that git tracks, and those in folders that it does not ignore.
fn listed(root: &Path) -> anyhow::Result<Vec<String>> {
    let shell = Shell::new()?;
    shell.change_dir(root);
    let list = |which: &[&str]| {
        let listed = cmd!(shell, "git ls-files -z {which...}").quiet().read();
        listed.context("cannot list the files of the repository; `tidy` needs git and a git checkout")
    };
    let tracked = list(&["--cached"])?;
    let new = list(&["--others", "--exclude-standard"])?;
    let new = new.split('\0').filter(|path| path.contains('/'));
    Ok(tracked.split('\0').filter(|path| !path.is_empty()).chain(new).map(str::to_owned).collect())
}
