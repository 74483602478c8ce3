//! What may be in a cache when nobody works in it. All else is a leftover.
//!
//! This is a second opinion about `crates/registry/src/layout.rs`, on purpose: what a bug there allows, this does not.

use std::path::Path;

/// What is below a root and should not be, by its path below the root.
pub(super) fn strays(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    look(root, &mut Vec::new(), &mut found);
    found.sort();
    found
}

fn look(folder: &Path, names: &mut Vec<String>, found: &mut Vec<String>) {
    for item in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        names.push(item.file_name().to_string_lossy().into_owned());
        let is_folder = item.file_type().is_ok_and(|kind| kind.is_dir());
        let parts: Vec<&str> = names.iter().map(String::as_str).collect();
        if !is_expected(&parts, is_folder) {
            found.push(names.join("/"));
        } else if is_folder && !is_opaque(&parts) {
            look(&item.path(), names, found);
        }
        // A cell of the quarantine without an entry tells nothing.
        if parts_of_cell(names) && !item.path().join("entry").exists() {
            found.push(names.join("/"));
        }
        names.pop();
    }
}

fn parts_of_cell(names: &[String]) -> bool {
    matches!(names, [version, quarantine, _, _] if version == "v1" && quarantine == "quarantine")
}

/// Whether what is in it is not ours to judge: a damaged entry, or an installed tool.
fn is_opaque(parts: &[&str]) -> bool {
    matches!(parts, ["v1", "quarantine", _, _, "entry"] | ["tools", _])
}

fn is_expected(parts: &[&str], is_folder: bool) -> bool {
    let key = |name: &str| name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let json =
        |name: &str| !name.starts_with('.') && Path::new(name).extension().is_some_and(|suffix| suffix == "json");
    if is_folder {
        return match parts {
            ["v1" | "tools"]
            | [
                "v1",
                "entries" | "manifests" | "locks" | "stage" | "trash" | "pins" | "quarantine" | "probes" | "logs",
            ]
            | ["v1", "locks", _]
            | ["v1", "quarantine", _, _]
            | ["v1", "quarantine", _, _, "entry"] => true,
            ["tools", name] => !name.starts_with('.'),
            ["v1", "entries" | "manifests", shard] | ["v1", "locks", _, shard] => shard.len() == 2,
            ["v1", "entries" | "manifests", shard, name] | ["v1", "locks", _, shard, name] => {
                key(name) && name.starts_with(shard)
            }
            ["v1", "quarantine", name] => key(name),
            _ => false,
        };
    }
    match parts {
        ["CACHEDIR.TAG"] | ["v1", "locks", .., "lock"] | ["v1", "quarantine", _, _, "reason.txt" | "entry"] => true,
        ["v1", "entries", _, _, name] => {
            *name == "meta.json" || [".pyx", ".so"].iter().any(|suffix| name.ends_with(suffix))
        }
        ["v1", "logs", name] => name.strip_suffix(".log").is_some_and(key),
        ["v1", "manifests", _, _, name] => name.strip_suffix(".sets").is_some_and(key),
        ["v1", "probes" | "pins", name] => json(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ab34567890123456789012345678901234567890123456789012345678901234";

    fn file(path: &str) -> bool {
        is_expected(&path.replace("KEY", KEY).split('/').collect::<Vec<_>>(), false)
    }

    #[test]
    fn a_cache_at_rest_is_known() {
        for path in ["CACHEDIR.TAG", "v1/entries/ab/KEY/meta.json", "v1/entries/ab/KEY/a.cpython-311.so"] {
            assert!(file(path), "{path}");
        }
        for path in
            ["v1/locks/request/ab/KEY/lock", "v1/pins/kept.json", "v1/manifests/ab/KEY/KEY.sets", "v1/logs/KEY.log"]
        {
            assert!(file(path), "{path}");
        }
    }

    #[test]
    fn leftovers_are_none_of_it() {
        for path in [
            "v1/locks/request/ab/KEY/owner.json",
            "v1/probes/.tmpA1b2C3",
            "v1/pins/.KEY.new",
            "v1/logs/.tmpA1b2C3",
            "core",
        ] {
            assert!(!file(path), "{path}");
        }
        for path in ["v1/stage/KEY", "v1/trash/KEY", "v1/entries/ab/other", "v1/entries/ab/KEY/new"] {
            assert!(!is_expected(&path.replace("KEY", KEY).split('/').collect::<Vec<_>>(), true), "{path}");
        }
    }
}
