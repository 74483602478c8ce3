//! Dialects: our engine, and the same rules as a loop of Python's `re.sub`.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use super::{Row, Worker, taking_turns};
use crate::workshop::{Workshop, run as run_command};

/// How much of the time of one pass in Python all passes of ours may take.
const AT_MOST: f64 = 0.2;

/// How many bytes the text has.
const LENGTH: usize = 1 << 20;

const RULES: &str = include_str!("rules.py");

pub(super) fn dialect(workshop: &Workshop, rounds: usize) -> anyhow::Result<Row> {
    run_command(workshop.cargo().args([
        "build",
        "--release",
        "--package",
        "dialect",
        "--example",
        "transform",
        "--locked",
    ]))?;
    let folder = workshop.folder.join("bench-plats");
    fs_err::create_dir_all(&folder)?;
    let packs = workshop.root.join("dialects");
    let sentences = fs_err::read_to_string(packs.join("corpus.txt"))?;
    let (text, script) = (folder.join("text.txt"), folder.join("rules.py"));
    fs_err::write(&text, sentences.repeat(LENGTH.div_ceil(sentences.len())))?;
    fs_err::write(&script, RULES)?;
    let id = largest(&packs)?;
    let program = workshop.target.join("release/examples/transform");
    let mut ours = Worker::start(Command::new(program).arg(&packs).arg(&id).arg(&text))?;
    let interpreter = workshop.interpreter()?;
    let mut theirs =
        Worker::start(Command::new(&interpreter.executable).arg("-I").arg(script).arg(&packs).arg(&id).arg(&text))?;
    let times = taking_turns("dialect", &mut ours, &mut theirs, rounds)?;
    Row::of("dialect", &times, AT_MOST)
}

/// The pack with the most rules, those that it inherits included.
fn largest(packs: &Path) -> anyhow::Result<String> {
    let read = |path: &Path| -> anyhow::Result<Value> { Ok(serde_json::from_str(&fs_err::read_to_string(path)?)?) };
    let index = read(&packs.join("index.json"))?;
    let mut all = HashMap::new();
    for entry in index.as_array().context("the index is a list")? {
        let (id, file) = (entry["id"].as_str().unwrap_or_default(), entry["file"].as_str().unwrap_or_default());
        let file = file.strip_prefix("packs/").unwrap_or(file);
        all.insert(id.to_owned(), read(&packs.join("packs").join(file))?);
    }
    let mut ids: Vec<&String> = all.keys().collect();
    ids.sort();
    ids.into_iter().max_by_key(|id| rules(&all, id)).cloned().context("there are no packs")
}

/// How many rules a pack has with those that it inherits, in a tree in which each pack is met once.
fn rules(all: &HashMap<String, Value>, id: &str) -> usize {
    let Some(pack) = all.get(id) else { return 0 };
    let list = |key: &str| pack[key].as_array().map_or(&[][..], Vec::as_slice);
    let parents = list("inherits").iter().filter_map(Value::as_str);
    list("rules").len() + parents.map(|parent| rules(all, parent)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_parents_count() {
        let pack = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let all = HashMap::from([
            ("a".to_owned(), pack(r#"{"rules": [1, 2]}"#)),
            ("b".to_owned(), pack(r#"{"inherits": ["a"], "rules": [1]}"#)),
        ]);
        assert_eq!([rules(&all, "a"), rules(&all, "b"), rules(&all, "c")], [2, 3, 0]);
    }
}
