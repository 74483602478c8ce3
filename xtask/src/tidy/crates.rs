//! Rules about crates: what their manifests, READMEs and headings say.

use std::collections::BTreeMap;

use toml::Table;

use super::tree::{Tree, Violation};

const ARCHITECTURE: &str = "ARCHITECTURE.md";
const README_LINES: usize = 25;

/// Each crate has a heading in ARCHITECTURE.md, and each heading of that kind is a crate.
pub(super) fn headings(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let architecture = tree.text(ARCHITECTURE).unwrap_or_default();
    let headings: BTreeMap<&str, usize> = (1..)
        .zip(architecture.lines())
        .filter_map(|(line, text)| Some((text.strip_prefix("### ")?.trim(), line)))
        .collect();
    let crates: Vec<&str> = tree.crate_folders().map(last).collect();
    for name in &crates {
        if !headings.contains_key(name) {
            found.push(Violation {
                path: ARCHITECTURE.to_owned(),
                line: architecture.lines().count().max(1),
                message: format!("no heading `### {name}`"),
                remedy: "say in one paragraph what the crate is for and what it must never do",
            });
        }
    }
    for (heading, line) in headings {
        if !crates.contains(&heading) {
            found.push(Violation {
                path: ARCHITECTURE.to_owned(),
                line,
                message: format!("`{heading}` is no crate"),
                remedy: "headings of the third level are for crates; rename it, or use another level",
            });
        }
    }
    found
}

/// A crate depends only on crates that stand before it in the root manifest.
pub(super) fn dependency_order(tree: &Tree) -> Vec<Violation> {
    const TEST_SUPPORT: &str = "test-support";
    let mut found = Vec::new();
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let order = match ours(root) {
        Ok(order) => order,
        Err(message) => {
            return vec![Violation { path: "Cargo.toml".to_owned(), line: 1, message, remedy: "repair the manifest" }];
        }
    };
    for folder in tree.crate_folders() {
        let path = format!("{folder}/Cargo.toml");
        let text = tree.text(&path).unwrap_or_default();
        let manifest: Table = match text.parse() {
            Ok(manifest) => manifest,
            Err(error) => {
                let message = format!("cannot be read: {error}");
                found.push(Violation { path, line: 1, message, remedy: "repair the manifest" });
                continue;
            }
        };
        let name = last(folder);
        let place = order.iter().position(|it| it == name);
        if place.is_none() && folder != "xtask" {
            found.push(Violation {
                path: "Cargo.toml".to_owned(),
                line: line_of(root, "[workspace.dependencies]"),
                message: format!("`{name}` has no place in the order of our crates"),
                remedy: "give it a line in [workspace.dependencies], behind the crates that it uses",
            });
            continue;
        }
        // xtask stands behind all others.
        let before = &order[..place.unwrap_or(order.len())];
        for (kind, dependency) in dependencies(&manifest) {
            let tests_alone = kind == "dev-dependencies" && name != TEST_SUPPORT;
            let allowed = if dependency == TEST_SUPPORT { tests_alone } else { before.contains(&dependency) };
            if order.contains(&dependency) && !allowed {
                found.push(Violation {
                    line: line_of(text, &dependency),
                    path: path.clone(),
                    message: format!("`{name}` must not depend on `{dependency}` in [{kind}]"),
                    remedy: "a crate depends only on crates above it in [workspace.dependencies] of the root manifest, \
                             and on `test-support` for its tests alone",
                });
            }
        }
    }
    found
}

/// A package is called as its folder is.
pub(super) fn folder_names(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for folder in tree.crate_folders() {
        let path = format!("{folder}/Cargo.toml");
        let text = tree.text(&path).unwrap_or_default();
        let manifest: Table = text.parse().unwrap_or_default();
        let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
        if name != Some(last(folder)) {
            found.push(Violation {
                line: line_of(text, "name"),
                path,
                message: format!("the package in `{folder}` is called `{}`", name.unwrap_or_default()),
                remedy: "give the folder and the package one name",
            });
        }
    }
    found
}

/// Each crate has a README that can be read in a minute.
pub(super) fn readmes(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for folder in tree.crate_folders() {
        let path = format!("{folder}/README.md");
        let (line, message) = match tree.text(&path).map(|text| text.lines().count()) {
            Some(1..=README_LINES) => continue,
            Some(0) => (1, "the README is empty".to_owned()),
            Some(lines) => (README_LINES + 1, format!("the README has {lines} lines, {README_LINES} are allowed")),
            None => (1, format!("`{}` has no README", last(folder))),
        };
        let remedy = "about ten lines: purpose, the type to start with, what it refuses to do";
        found.push(Violation { path, line, message, remedy });
    }
    found
}

/// The fuzz targets, which are no part of the workspace, have a lock file that knows what our crates depend on.
pub(super) fn fuzz_lock(tree: &Tree) -> Vec<Violation> {
    const LOCK: &str = "fuzz/Cargo.lock";
    let text = tree.text(LOCK).unwrap_or_default();
    let lock: Table = text.parse().unwrap_or_default();
    let mut found = Vec::new();
    for package in lock.get("package").and_then(toml::Value::as_array).into_iter().flatten() {
        let Some(name) = package.get("name").and_then(toml::Value::as_str) else { continue };
        let Some(manifest) = tree.text(&format!("crates/{name}/Cargo.toml")) else { continue };
        let manifest: Table = manifest.parse().unwrap_or_default();
        let known: Vec<&str> = package
            .get("dependencies")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
            // A version stands behind the name where there are several.
            .filter_map(|known| known.as_str()?.split(' ').next())
            .collect();
        let missing = dependencies(&manifest)
            .into_iter()
            .filter(|(kind, dependency)| *kind != "dev-dependencies" && !known.contains(&dependency.as_str()));
        found.extend(missing.map(|(_, dependency)| Violation {
            path: LOCK.to_owned(),
            line: line_of(text, &format!("name = \"{name}\"")),
            message: format!("`{name}` depends on `{dependency}`, which the lock file does not know"),
            remedy: "run `cargo metadata --manifest-path fuzz/Cargo.toml`, which brings the lock file up to date",
        }));
    }
    found
}

/// Our crates in the order of the root manifest.
///
/// The order is that of the text: a parsed table is sorted by name.
fn ours(root: &str) -> Result<Vec<String>, String> {
    let manifest: Table = root.parse().map_err(|error| format!("cannot be read: {error}"))?;
    let dependencies = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(toml::Value::as_table)
        .ok_or("there is no [workspace.dependencies]")?;
    let mut ours: Vec<(usize, String)> = dependencies
        .iter()
        .filter(|(_, value)| value.get("path").is_some())
        .map(|(name, _)| (line_of(root, name), name.clone()))
        .collect();
    ours.sort();
    Ok(ours.into_iter().map(|(_, name)| name).collect())
}

/// Every dependency of a package with the kind of its table, those of single platforms included.
fn dependencies(manifest: &Table) -> Vec<(&'static str, String)> {
    const KINDS: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];
    let platforms = manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(platforms.filter_map(toml::Value::as_table));
    let mut found = Vec::new();
    for table in tables {
        for kind in KINDS {
            for (name, value) in table.get(kind).and_then(toml::Value::as_table).into_iter().flatten() {
                let package = value.get("package").and_then(toml::Value::as_str).unwrap_or(name);
                found.push((kind, package.to_owned()));
            }
        }
    }
    found
}

/// The line that starts with this key, or the first.
fn line_of(text: &str, key: &str) -> usize {
    let starts = |line: &str| {
        line.trim_start()
            .strip_prefix(key)
            .is_some_and(|rest| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '-' || it == '_'))
    };
    text.lines().position(starts).map_or(1, |index| index + 1)
}

/// The last part of a folder.
fn last(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use super::super::tree::check;
    use super::*;

    const ROOT: &str = "[workspace.dependencies]\n\
        zebra = { path = \"crates/zebra\" }\n\
        apple = { path = \"crates/apple\" }\n\
        test-support = { path = \"crates/test-support\" }\n\
        serde = \"1\"\n";

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n{rest}")
    }

    #[test]
    fn headings_and_crates_are_the_same() {
        let files = |architecture| {
            [("ARCHITECTURE.md", architecture), ("crates/apple/Cargo.toml", ""), ("xtask/Cargo.toml", "")]
        };
        check(headings, &files("### apple\n\n### xtask\n"), &[]);
        check(headings, &files("### apple\n"), &["ARCHITECTURE.md:1"]);
        check(headings, &files("### apple\n\n### pear\n### xtask\n"), &["ARCHITECTURE.md:3"]);
    }

    #[test]
    fn crates_depend_on_what_stands_before_them() {
        let order = |zebra: &str, apple: &str, expected: &[&str]| {
            let (zebra, apple) = (manifest("zebra", zebra), manifest("apple", apple));
            let files = [
                ("Cargo.toml", ROOT),
                ("crates/zebra/Cargo.toml", zebra.as_str()),
                ("crates/apple/Cargo.toml", apple.as_str()),
            ];
            check(dependency_order, &files, expected);
        };
        let zebra = ["crates/zebra/Cargo.toml:4"];
        order("[dependencies]\nserde.workspace = true\n", "[dependencies]\nzebra.workspace = true\n", &[]);
        order("[dependencies]\napple.workspace = true\n", "", &zebra);
        order("[build-dependencies]\napple = { path = \"../apple\" }\n", "", &zebra);
        order("[target.'cfg(unix)'.dependencies]\napple.workspace = true\n", "", &zebra);
        order("[dev-dependencies]\napple.workspace = true\n", "", &zebra);
        order("[dev-dependencies]\ntest-support.workspace = true\n", "", &[]);
        order("[dependencies]\ntest-support.workspace = true\n", "", &zebra);
        order(
            "[dependencies]\nfruit = { package = \"apple\", path = \"../apple\" }\n",
            "",
            &["crates/zebra/Cargo.toml:1"],
        );
    }

    #[test]
    fn crates_have_a_place_in_the_order() {
        check(dependency_order, &[("Cargo.toml", ROOT), ("crates/pear/Cargo.toml", "")], &["Cargo.toml:1"]);
        check(
            dependency_order,
            &[("Cargo.toml", ROOT), ("xtask/Cargo.toml", "[dependencies]\nzebra.workspace = true\n")],
            &[],
        );
        check(dependency_order, &[("Cargo.toml", "")], &["Cargo.toml:1"]);
    }

    #[test]
    fn folders_and_packages_share_a_name() {
        check(folder_names, &[("crates/apple/Cargo.toml", &manifest("apple", ""))], &[]);
        check(folder_names, &[("crates/apple/Cargo.toml", &manifest("pear", ""))], &["crates/apple/Cargo.toml:2"]);
    }

    #[test]
    fn the_fuzz_targets_know_what_crates_depend_on() {
        const LOCK: &str =
            "[[package]]\nname = \"serde\"\n\n[[package]]\nname = \"apple\"\ndependencies = [\n \"serde 1.0.0\",\n]\n";
        let lock = |dependencies: &str, expected: &[&str]| {
            let files = [("fuzz/Cargo.lock", LOCK), ("crates/apple/Cargo.toml", &manifest("apple", dependencies))];
            check(fuzz_lock, &files, expected);
        };
        lock("[dependencies]\nserde.workspace = true\n[dev-dependencies]\ninsta.workspace = true\n", &[]);
        lock("[dependencies]\nserde.workspace = true\nzip.workspace = true\n", &["fuzz/Cargo.lock:5"]);
        lock("[target.'cfg(unix)'.dependencies]\nrustix.workspace = true\n", &["fuzz/Cargo.lock:5"]);
        check(fuzz_lock, &[("crates/apple/Cargo.toml", "")], &[]);
    }

    #[test]
    fn readmes_are_short() {
        let check_readme = |text: &str, expected: &[&str]| {
            check(readmes, &[("crates/apple/Cargo.toml", ""), ("crates/apple/README.md", text)], expected);
        };
        check_readme(&"line\n".repeat(25), &[]);
        check_readme(&"line\n".repeat(26), &["crates/apple/README.md:26"]);
        check_readme("", &["crates/apple/README.md:1"]);
        check(readmes, &[("crates/apple/Cargo.toml", "")], &["crates/apple/README.md:1"]);
    }
}
