//! What the public cases say, with packs made from the rules that they were made with.
//!
//! A case marked `keep` holds as it is. One marked `fix` says what a defect did; what happens instead stands here. One marked `free` is decided here.

use std::collections::BTreeMap;
use std::path::Path;

use dialect::{Error, Options, Packs};
use serde_json::{Value, json};
use tempfile::TempDir;

const CASES: &str = include_str!("data/dialect.json");
const INDEX: &str = include_str!("data/dialect_index.json");

/// What happens instead of each defect.
const FIXED: [(&str, &str); 7] = [
    // Particles stand once in a sentence: the first one that is drawn for it.
    ("deeltje-uit", "Da’s goed. Kom maar, allez."),
    ("deeltje-1", "Dat is zo, zulle. Kom je, zulle? Ja, zulle!  En nu"),
    ("deeltje-reeds", "Dat is zo, zulle. Kom zulle !"),
    ("deeltje-kans", "Een, zulle. Twee, zulle. Drie. Vier. Vijf, zulle. Zes, zulle. Zeven. Acht."),
    ("deeltje-kans-seed", "Een. Twee. Drie, zulle. Vier, zulle. Vijf, zulle. Zes, zulle. Zeven. Acht, zulle."),
    // A word with an apostrophe is one where it stands alone, and the end of another one is none.
    ("apostrof", "het is het huis, heb't"),
    // Nothing stands in for what is protected, so no rule can damage it.
    ("plaatshouder-cijfer", "niet nul en niet een"),
];

#[test]
fn all_cases_hold() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 75);
    let shared = shared_packs();
    let mut fixed = BTreeMap::from(FIXED);
    let mut wrong = Vec::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let answer = match case.get("packs") {
            Some(packs) => run(case, own_packs(packs).path()),
            None => run(case, shared.path()),
        };
        let expected = match case["compat"].as_str().unwrap() {
            "keep" if case.get("error").is_some() => error(id).to_owned(),
            "keep" => case["output"].as_str().unwrap().to_owned(),
            "fix" => fixed.remove(id).unwrap().to_owned(),
            "free" => error(id).to_owned(),
            other => panic!("{id} is `{other}`"),
        };
        if answer != expected {
            wrong.push(format!("{id}:\n  is        {answer}\n  should be {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(fixed.is_empty(), "no such cases: {fixed:?}");
}

/// What is said where the origin had an error, and where a pattern looks ahead.
fn error(id: &str) -> &'static str {
    match id {
        "groei-streng" => "the rules of `vlaams/basis` do not come to rest on this text",
        "regex-cyclus-streng" => "the rules of `a` do not come to rest on this text",
        "onbekend" => "there is no dialect `vlaams/nergens`",
        "leeg-id" => "the id of a dialect cannot be empty",
        "overerving-cyclus" => "packs/b.json: `inherits[0]` closes a circle: a -> b -> a",
        "overerving-onbekend" => "packs/a.json: `inherits[0]` is `z`, and there is no such pack",
        "id-verschil" => "packs/a.json: `id` is `b`, where the index has `a`",
        "regex-stuk" => "packs/a.json: `rules[0].pattern` cannot be `(`: unclosed group, at character 1",
        "vlag-onbekend" => "packs/a.json: `rules[0].flags[0]` cannot be `DOTALL`",
        "soort-onbekend" => "packs/a.json: `rules[0].type` cannot be `woord`",
        "from-leeg" => "packs/a.json: `rules[0].from` cannot be ``: it is empty",
        "deeltje-positie" => "packs/a.json: `rules[0].positions[0]` cannot be `begin`",
        "regex-vooruitblik" => {
            "packs/a.json: `rules[0].pattern` cannot be `goed(?!e)`: look-ahead and look-behind cannot be run in linear time"
        }
        other => panic!("`{other}` has no error"),
    }
}

fn run(case: &Value, folder: &Path) -> String {
    let answer = Packs::open(folder).and_then(|packs| {
        let dialect = packs.dialect(case["dialect"].as_str().unwrap())?;
        dialect.transform(case["input"].as_str().unwrap(), &options(case))
    });
    match answer {
        Ok(text) => text,
        Err(error) => whole(&error),
    }
}

/// An error with what it rests on.
fn whole(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn options(case: &Value) -> Options {
    let mut options = Options::from_environment(|name| case["env"][name].as_str().map(str::to_owned));
    for (name, value) in case["options"].as_object().unwrap() {
        let text = || value.as_str().unwrap().to_owned();
        match name.as_str() {
            "deterministic" => options.deterministic = value.as_bool().unwrap(),
            "seed" => options.seed = value.as_i64().unwrap(),
            "enable_particles" => options.enable_particles = value.as_bool().unwrap(),
            "max_passes" => options.max_passes = value.as_u64().unwrap().try_into().unwrap(),
            "strict_idempotency" => options.strict_idempotency = value.as_bool().unwrap(),
            "pronoun_subject" => options.pronoun_subject = text(),
            "pronoun_object" => options.pronoun_object = text(),
            "pronoun_possessive" => options.pronoun_possessive = text(),
            other => panic!("no option `{other}`"),
        }
    }
    options
}

/// The packs that the cases were made with, from the facts about them.
fn shared_packs() -> TempDir {
    let facts: Value = serde_json::from_str(INDEX).unwrap();
    let terms = &facts["summary"]["protected_terms_shared_by_all"];
    let packs = facts["packs"].as_array().unwrap().iter().map(|pack| {
        let rules: Vec<Value> = pack["own"].as_array().unwrap().iter().map(rule).collect();
        let mut made = pack.clone();
        made["protected_terms"] = terms.clone();
        made["rules"] = rules.into();
        made
    });
    written(packs)
}

fn rule(fact: &Value) -> Value {
    let parts: Vec<&Value> = fact.as_array().unwrap().iter().collect();
    match parts.as_slice() {
        [kind, pattern, to] if *kind == "regex" => {
            json!({"type": "replace_regex", "pattern": pattern, "to": to, "flags": ["IGNORECASE"], "preserve_case": true})
        }
        [kind, particle, probability] if *kind == "particle" => {
            json!({"type": "append_particle", "particle": particle, "probability": probability, "positions": ["end_of_sentence"]})
        }
        [from, to, when] if *when == "questions" => {
            json!({"type": "replace_word", "from": from, "to": to, "only_in_questions": true})
        }
        [from, to] => json!({"type": "replace_word", "from": from, "to": to}),
        other => panic!("no rule is {other:?}"),
    }
}

/// The packs that a case brings along.
fn own_packs(packs: &Value) -> TempDir {
    written(packs.as_array().unwrap().iter().cloned())
}

fn written(packs: impl Iterator<Item = Value>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("packs")).unwrap();
    let mut index = Vec::new();
    for pack in packs {
        let id = pack["id"].as_str().unwrap();
        let file = format!("{}.json", id.replace('/', "__"));
        let body = json!({
            "id": pack.get("_body_id").unwrap_or(&pack["id"]),
            "label": pack["label"],
            "inherits": pack["inherits"],
            "protected_terms": pack["protected_terms"],
            "rules": pack["rules"],
        });
        fs_err::write(folder.path().join("packs").join(&file), body.to_string()).unwrap();
        index.push(json!({"id": id, "label": pack["label"], "inherits": pack["inherits"], "file": file}));
    }
    fs_err::write(folder.path().join("index.json"), Value::from(index).to_string()).unwrap();
    folder
}
