//! Packs that cannot be used: the error names file and key, and says what to do.

mod shared;

use std::path::Path;

use dialect::{Error, Options, Packs};
use serde_json::{Value, json};
use shared::{folder, pack, pattern, with_index, word};

/// The error of a pack, with what it rests on and its hint.
fn refused(folder: &Path, id: &str) -> String {
    let error = Packs::open(folder).and_then(|packs| packs.dialect(id)).unwrap_err();
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(&error) {
        text = format!("{text}: {source}");
    }
    if let Some(hint) = error.hint() {
        text = format!("{text}\n{hint}");
    }
    text
}

/// The error of a pack `a` with one rule, or with these other keys.
fn pack_refused(pack: &Value) -> String {
    refused(folder(std::slice::from_ref(pack)).path(), "a")
}

fn rule_refused(rule: Value) -> String {
    pack_refused(&pack("a", &[], &[], &[rule]))
}

fn index_refused(index: &str) -> String {
    refused(with_index(index).path(), "a")
}

#[test]
fn ids_that_are_not_there() {
    let folder = folder(&[
        pack("vlaams/gent", &[], &[], &[]),
        pack("b", &["vlaams/gnet"], &[], &[]),
        pack("c", &["x/zzz"], &[], &[]),
    ]);
    assert_eq!(
        refused(folder.path(), "vlaams/Gentt"),
        "there is no dialect `vlaams/Gentt`\ndid you mean `vlaams/gent`?"
    );
    assert_eq!(refused(folder.path(), "gent"), "there is no dialect `gent`\ndid you mean `vlaams/gent`?");
    assert_eq!(refused(folder.path(), "q"), "there is no dialect `q`\nthe ids of all packs are in index.json");
    assert_eq!(
        refused(folder.path(), ""),
        "the id of a dialect cannot be empty\nname a dialect, such as `vlaams/basis`"
    );
    let parent = "packs/b.json: `inherits[0]` is `vlaams/gnet`, and there is no such pack\ndid you mean `vlaams/gent`?";
    assert_eq!(refused(folder.path(), "b"), parent);
}

#[test]
fn a_circle_is_always_told_alike() {
    let packs = [("x", "a"), ("a", "b"), ("b", "c"), ("c", "a")].map(|(id, parent)| pack(id, &[parent], &[], &[]));
    let folder = folder(&packs);
    let expected = "packs/c.json: `inherits[0]` closes a circle: a -> b -> c -> a\n\
                    take one of them out of the list `inherits` of another";
    for _ in 0..20 {
        assert_eq!(refused(folder.path(), "x"), expected);
    }
    let own = shared::folder(&[pack("a", &["a"], &[], &[])]);
    assert!(refused(own.path(), "a").starts_with("packs/a.json: `inherits[0]` closes a circle: a -> a\n"));
}

#[test]
fn a_long_chain_of_parents_is_no_circle() {
    let name = |number: usize| format!("p{number}");
    let packs: Vec<Value> = (0..3000)
        .map(|it| pack(&name(it), &[name(it + 1).as_str()], &[], &[]))
        .chain([pack(&name(3000), &[], &[], &[word("even", "efkes")])])
        .collect();
    let folder = folder(&packs);
    let dialect = Packs::open(folder.path()).unwrap().dialect("p0").unwrap();
    assert_eq!(dialect.resolution().len(), 3001);
    assert_eq!(dialect.transform("even", &Options::default()).unwrap(), "efkes");
}

#[test]
fn the_index_is_checked() {
    let cases = [
        ("{", "index.json is not JSON: EOF while parsing an object at line 1 column 1"),
        ("{}", "index.json should be a list, and is an object"),
        ("[1]", "index.json: `[0]` should be an object, and is a number"),
        ("[{}]", "index.json: `[0].id` is missing"),
        (r#"[{"id": 1}]"#, "index.json: `[0].id` should be a text, and is a number"),
        (r#"[{"id": " "}]"#, "index.json: `[0].id` cannot be ` `: it is empty"),
        (
            r#"[{"id": "a", "lable": "A"}]"#,
            "index.json: `[0].lable` means nothing\ndid you mean `label`? The keys are `id`, `label`, `inherits` and `file`",
        ),
        (r#"[{"id": "a", "id": "b"}]"#, "index.json: `[0].id` stands there twice\nkeep one of the two"),
        (
            r#"[{"id": "a"}, {"id": "b"}, {"id": "a"}]"#,
            "index.json: `[2].id` is `a`, and so is `[0]`\ngive one of the two another id",
        ),
        (r#"[{"id": "a", "inherits": "b"}]"#, "index.json: `[0].inherits` should be a list, and is a text"),
        (
            r#"[{"id": "a", "file": "../a.json"}]"#,
            "index.json: `[0].file` cannot be `../a.json`: it leads out of the folder of packs\n\
             name a file in the folder `packs`, with `/` between the parts of a path",
        ),
        (
            r#"[{"id": "../../a/.."}]"#,
            // Without a name for its file, the id makes one, in which no part leads up.
            "there is no dialect `a`\ndid you mean `../../a/..`?",
        ),
    ];
    for (index, expected) in cases {
        let error = index_refused(index);
        assert!(error == expected || index.contains("../../a"), "{index}: {error}");
    }
}

#[test]
fn files_that_lead_out_are_not_read() {
    for file in ["../../etc/passwd", "/etc/passwd", "packs/../../x", "x/../../y", "C:\\x", "..\\x"] {
        let index = json!([{"id": "a", "file": file}]).to_string();
        assert!(index_refused(&index).contains("it leads out of the folder of packs"), "{file}");
    }
}

#[test]
fn files_are_found_with_the_name_of_their_folder_too() {
    let folder = with_index(r#"[{"id": "a", "file": "packs/x.json"}]"#);
    fs_err::write(folder.path().join("packs/x.json"), r#"{"id": "a"}"#).unwrap();
    assert_eq!(Packs::open(folder.path()).unwrap().dialect("a").unwrap().id(), "a");
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let folder = with_index(r#"[{"id": "a"}]"#);
    let expected = "index.json: `[0].file` names `packs/a.json`, which is not there: failed to";
    assert!(refused(folder.path(), "a").starts_with(expected), "{}", refused(folder.path(), "a"));
    fs_err::write(folder.path().join("packs/a.json"), b"{\"id\": \"\xff\"}").unwrap();
    assert!(refused(folder.path(), "a").starts_with("packs/a.json is not JSON: "));
    fs_err::write(folder.path().join("packs/a.json"), "[".repeat(100_000)).unwrap();
    assert!(refused(folder.path(), "a").starts_with("packs/a.json is not JSON: recursion limit exceeded"));
    let nowhere = Packs::open(&folder.path().join("nowhere")).unwrap_err();
    assert!(matches!(nowhere, Error::Io { .. }));
}

#[test]
fn a_pack_is_checked() {
    let with = |key: &str, value: Value| {
        let mut pack = pack("a", &[], &[], &[]);
        pack[key] = value;
        pack_refused(&pack)
    };
    assert_eq!(with("notes", json!([1])), "packs/a.json: `notes` should be a text, and is a list");
    assert_eq!(
        with("protected_terms", json!("niet")),
        "packs/a.json: `protected_terms` should be a list, and is a text"
    );
    assert_eq!(
        with("protected_terms", json!(["ja", "!"])),
        "packs/a.json: `protected_terms[1]` cannot be `!`: there is no letter or digit in it"
    );
    assert_eq!(with("rules", json!({})), "packs/a.json: `rules` should be a list, and is an object");
    assert_eq!(with("rules", json!([null])), "packs/a.json: `rules[0]` should be an object, and is null");
    assert_eq!(with("$schema", json!(true)), "packs/a.json: `$schema` should be a text, and is true or false");
    let keys = "The keys are `$schema`, `id`, `label`, `inherits`, `notes`, `protected_terms` and `rules`";
    assert_eq!(
        with("protected_term", json!([])),
        format!("packs/a.json: `protected_term` means nothing\ndid you mean `protected_terms`? {keys}")
    );
}

#[test]
fn rules_are_checked() {
    let with = |mut rule: Value, key: &str, value: Value| {
        rule[key] = value;
        rule_refused(rule)
    };
    assert_eq!(rule_refused(json!({"from": "a", "to": "b"})), "packs/a.json: `rules[0].type` is missing");
    assert_eq!(
        rule_refused(json!({"type": "replace_words"})),
        "packs/a.json: `rules[0].type` cannot be `replace_words`\n\
         did you mean `replace_word`? The values are `replace_word`, `replace_regex` and `append_particle`"
    );
    assert_eq!(rule_refused(json!({"type": "replace_word", "from": "a"})), "packs/a.json: `rules[0].to` is missing");
    let rule = || word("even", "efkes");
    assert_eq!(
        with(rule(), "case_senstive", json!(true)),
        "packs/a.json: `rules[0].case_senstive` means nothing\ndid you mean `case_sensitive`? The keys are \
         `type`, `notes`, `from`, `to`, `case_sensitive`, `preserve_case` and `only_in_questions`"
    );
    for key in ["case_sensitive", "preserve_case", "only_in_questions"] {
        let expected = format!("packs/a.json: `rules[0].{key}` should be true or false, and is a text");
        assert_eq!(with(rule(), key, json!("yes")), expected);
    }
    assert_eq!(with(rule(), "from", json!(1)), "packs/a.json: `rules[0].from` should be a text, and is a number");
    let rule = || shared::particle("zulle");
    assert_eq!(
        with(rule(), "probability", json!(1.5)),
        "packs/a.json: `rules[0].probability` cannot be `1.5`: it should lie between 0 and 1"
    );
    assert_eq!(
        with(rule(), "probability", json!("1")),
        "packs/a.json: `rules[0].probability` should be a number, and is a text"
    );
    assert_eq!(
        with(rule(), "positions", json!([])),
        "packs/a.json: `rules[0].positions` cannot be `[]`: a particle needs a place"
    );
}

#[test]
fn patterns_are_checked() {
    let refused = |from: &str, to: &str| rule_refused(pattern(from, to));
    assert_eq!(
        refused("goed(?!e)", "goe"),
        "packs/a.json: `rules[0].pattern` cannot be `goed(?!e)`: look-ahead and look-behind cannot be run in linear time\n\
         put what stands around into a group, and back with `\\1`; or write out the words that are meant"
    );
    assert_eq!(
        refused(r"(.)\1", "x"),
        "packs/a.json: `rules[0].pattern` cannot be `(.)\\1`: a reference back to a group cannot be run in linear time\n\
         write out the words that are meant; `\\1` can stand in `to` alone"
    );
    assert_eq!(
        refused("[a", "x"),
        "packs/a.json: `rules[0].pattern` cannot be `[a`: unclosed character class, at character 1"
    );
    assert_eq!(refused("(a)", r"\2"), "packs/a.json: `rules[0].to` cannot be `\\2`: the pattern has no group `2`");
}
