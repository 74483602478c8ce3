//! Folders of packs for tests.

use serde_json::{Value, json};
use tempfile::TempDir;

/// Writes packs and an index that agrees with them. A pack's key `file` is the name of its file, if that is not what it would be.
pub(crate) fn folder(packs: &[Value]) -> TempDir {
    let entries = packs.iter().map(|pack| {
        let mut entry = json!({"id": pack["id"], "label": pack["label"], "inherits": pack["inherits"]});
        entry["file"] = file(pack).into();
        entry
    });
    let folder = with_index(&Value::from(entries.collect::<Vec<_>>()).to_string());
    for pack in packs {
        fs_err::write(folder.path().join("packs").join(file(pack)), pack.to_string()).unwrap();
    }
    folder
}

/// An index as it is given, and no packs.
pub(crate) fn with_index(index: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("packs")).unwrap();
    fs_err::write(folder.path().join("index.json"), index).unwrap();
    folder
}

/// A whole pack with these rules.
pub(crate) fn pack(id: &str, inherits: &[&str], terms: &[&str], rules: &[Value]) -> Value {
    json!({"id": id, "label": id, "inherits": inherits, "protected_terms": terms, "rules": rules})
}

/// A rule that makes one word another.
pub(crate) fn word(from: &str, to: &str) -> Value {
    json!({"type": "replace_word", "from": from, "to": to})
}

/// A rule with a pattern.
pub(crate) fn pattern(pattern: &str, to: &str) -> Value {
    json!({"type": "replace_regex", "pattern": pattern, "to": to})
}

/// A particle that is always drawn.
pub(crate) fn particle(particle: &str) -> Value {
    json!({"type": "append_particle", "particle": particle, "probability": 1})
}

fn file(pack: &Value) -> String {
    format!("{}.json", pack["id"].as_str().unwrap().replace('/', "__"))
}
