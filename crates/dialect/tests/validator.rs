//! One test for each rule of the validator, with a folder that breaks it.

mod shared;

use std::path::Path;

use dialect::{Severity, validate};
use serde_json::{Value, json};
use shared::{folder, pack, particle, pattern, with_index, word};

/// What is found in a folder: rule, place and message on one line each; warnings say that they are.
fn found(folder: &Path) -> Vec<String> {
    let findings = validate(folder).unwrap();
    let line = |it: dialect::Finding| {
        let warning = if it.severity == Severity::Warning { "warning: " } else { "" };
        format!("{warning}{} at {}: {}", it.rule, it.place, it.message)
    };
    findings.into_iter().map(line).collect()
}

fn check(packs: &[Value], expected: &[&str]) {
    assert_eq!(found(folder(packs).path()), expected);
}

fn check_rules(rules: &[Value], expected: &[&str]) {
    check(&[pack("a", &[], &[], rules)], expected);
}

#[test]
fn a_good_folder_has_no_findings() {
    check(
        &[
            pack("nl", &[], &["niet"], &[]),
            pack(
                "a",
                &["nl"],
                &["in orde"],
                &[word("even", "efkes"), pattern(r"\b(\w+)elijk\b", r"\1elek"), particle("zeg")],
            ),
            pack("b", &["a"], &[], &[word("snel", "rap"), word("efkes", "effekes"), particle("zulle")]),
        ],
        &[],
    );
}

#[test]
fn all_faults_of_a_pack_are_told() {
    let bad = json!({"id": "a", "inherits": [1], "rules": [{"type": "replace_word", "from": "", "case_sensitive": 1}, 7, {"type": "x"}]});
    let folder = with_index(r#"[{"id": "a", "label": "a", "file": "a.json", "inherits": []}]"#);
    fs_err::write(folder.path().join("packs/a.json"), bad.to_string()).unwrap();
    let expected = [
        "missing-key at packs/a.json: label: `label` is missing",
        "type at packs/a.json: inherits[0]: `inherits[0]` should be a text, and is a number",
        "missing-key at packs/a.json: protected_terms: `protected_terms` is missing",
        "form at packs/a.json: rules[0].from: `rules[0].from` cannot be ``: it is empty",
        "missing-key at packs/a.json: rules[0].to: `rules[0].to` is missing",
        "type at packs/a.json: rules[0].case_sensitive: `rules[0].case_sensitive` should be true or false, and is a number",
        "type at packs/a.json: rules[1]: `rules[1]` should be an object, and is a number",
        "choice at packs/a.json: rules[2].type: `rules[2].type` cannot be `x` \
         (the values are `replace_word`, `replace_regex` and `append_particle`)",
    ];
    assert_eq!(found(folder.path()), expected);
}

#[test]
fn json() {
    let folder = with_index("[");
    assert_eq!(
        found(folder.path()),
        ["json at index.json: index.json is not JSON: EOF while parsing a list at line 1 column 1"]
    );
}

#[test]
fn unreadable() {
    let folder =
        with_index(r#"[{"id": "a", "label": "a", "file": "a.json"}, {"id": "b", "label": "b", "file": "b.json"}]"#);
    for name in ["a", "b"] {
        fs_err::create_dir(folder.path().join(format!("packs/{name}.json"))).unwrap();
    }
    let found = found(folder.path());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with("unreadable at packs/a.json: cannot read packs: failed to read from file"),
        "{found:#?}"
    );
    assert!(found[1].starts_with("unreadable at packs/b.json: "));
}

#[test]
fn types_of_truths() {
    for key in ["case_sensitive", "preserve_case", "only_in_questions"] {
        let mut rule = word("even", "efkes");
        rule[key] = "true".into();
        let expected =
            format!("type at packs/a.json: rules[0].{key}: `rules[0].{key}` should be true or false, and is a text");
        check_rules(&[rule], &[&expected]);
    }
}

#[test]
fn unknown_key() {
    let mut rule = word("even", "efkes");
    rule["only_in_question"] = true.into();
    check_rules(
        &[rule],
        &[
            "unknown-key at packs/a.json: rules[0].only_in_question: `rules[0].only_in_question` means nothing (did you mean \
           `only_in_questions`? The keys are `type`, `notes`, `from`, `to`, `case_sensitive`, `preserve_case` and `only_in_questions`)",
        ],
    );
}

#[test]
fn duplicate_key() {
    let folder = with_index(r#"[{"id": "a", "label": "a", "file": "a.json"}]"#);
    let text = r#"{"id": "a", "label": "a", "protected_terms": [], "rules": [], "rules": []}"#;
    fs_err::write(folder.path().join("packs/a.json"), text).unwrap();
    assert_eq!(
        found(folder.path()),
        ["duplicate-key at packs/a.json: rules: `rules` stands there twice (keep one of the two)"]
    );
}

#[test]
fn duplicate_id_other_id_no_file_and_leads_out() {
    let index = r#"[{"id": "a", "label": "a", "file": "a.json"}, {"id": "a", "label": "a", "file": "b.json"},
        {"id": "c", "label": "c", "file": "a.json"}, {"id": "d", "label": "d", "file": "d.json"}, {"id": "e", "label": "e", "file": "../e.json"}]"#;
    let folder = with_index(index);
    fs_err::write(folder.path().join("packs/a.json"), pack("a", &[], &[], &[]).to_string()).unwrap();
    let found = found(folder.path());
    assert_eq!(found.len(), 4, "{found:#?}");
    assert_eq!(
        found[0],
        "duplicate-id at index.json: [1].id: `[1].id` is `a`, and so is `[0]` (give one of the two another id)"
    );
    assert!(found[1].starts_with("leads-out at index.json: [4].file: `[4].file` cannot be `../e.json`: it leads out"));
    assert!(found[2].starts_with("other-id at packs/a.json: id: `id` is `a`, where the index has `c`"));
    assert!(
        found[3].starts_with("no-file at index.json: [3].file: `[3].file` names `packs/d.json`, which is not there")
    );
}

#[test]
fn not_in_index() {
    let folder = folder(&[pack("a", &[], &[], &[])]);
    fs_err::write(folder.path().join("packs/b.json"), "{}").unwrap();
    fs_err::write(folder.path().join("packs/README.md"), "").unwrap();
    assert_eq!(found(folder.path()), ["not-in-index at packs/b.json: no entry of index.json names this file"]);
}

#[test]
fn other_label_and_other_inherits() {
    let folder = folder(&[pack("a", &[], &[], &[]), pack("b", &["a"], &[], &[word("even", "efkes")])]);
    let mut other = pack("b", &[], &[], &[word("even", "efkes")]);
    other["label"] = "B".into();
    fs_err::write(folder.path().join("packs/b.json"), other.to_string()).unwrap();
    let expected = [
        "other-label at index.json: [1].label: the index has `b`, and the pack `B`",
        "other-inherits at index.json: [1].inherits: the index has `a`, and the pack nothing",
    ];
    assert_eq!(found(folder.path()), expected);
}

#[test]
fn unknown_parent_is_told_once() {
    check(
        &[
            pack("a", &["zz"], &[], &[]),
            pack("b", &["a"], &[], &[word("even", "efkes")]),
            pack("c", &["a"], &[], &[word("even", "efkes")]),
        ],
        &[
            "warning: same-as-parents at packs/a.json: rules: there is no rule in it: it says what `zz` says",
            "unknown-parent at packs/a.json: inherits[0]: `inherits[0]` is `zz`, and there is no such pack \
             (the ids of all packs are in index.json)",
        ],
    );
}

#[test]
fn a_circle_is_told_once() {
    let rules = [word("even", "efkes")];
    check(
        &[pack("a", &["b"], &[], &rules), pack("b", &["a"], &[], &rules), pack("c", &["b"], &[], &rules)],
        &["circle at packs/b.json: inherits[0]: `inherits[0]` closes a circle: a -> b -> a \
           (take one of them out of the list `inherits` of another)"],
    );
}

#[test]
fn patterns_are_compiled() {
    let found = found(folder(&[pack("a", &[], &[], &[pattern("(a", "b"), pattern("a(?=b)", "b")])]).path());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(
        found[0].starts_with(
            "pattern at packs/a.json: rules[0].pattern: `rules[0].pattern` cannot be `(a`: unclosed group"
        )
    );
    assert!(found[1].contains("look-ahead and look-behind cannot be run in linear time"));
}

#[test]
fn broad_pattern() {
    for (broad, why) in [
        (".*", "it also matches where there is nothing"),
        ("de .*", "it has a part that runs on over any number of words"),
        (r"\s+", "it demands no letter of its own, so that it matches words that it does not know"),
    ] {
        let expected = format!("broad-pattern at packs/a.json: rules[0].pattern: `{broad}` is too broad: {why}");
        let found = found(folder(&[pack("a", &[], &[], &[pattern(broad, "x")])]).path());
        assert!(found.contains(&expected), "{found:#?}");
    }
}

#[test]
fn protected() {
    check(
        &[pack(
            "a",
            &[],
            &["in orde"],
            &[word("niet", "nie"), word("alles in orde", "alles kits"), word("orde", "order")],
        )],
        &[
            "protected at packs/a.json: rules[0].from: `niet` is protected, so that no rule can change `niet`",
            "protected at packs/a.json: rules[1].from: `in orde` is protected, so that no rule can change `alles in orde`",
        ],
    );
}

#[test]
fn duplicate() {
    check_rules(
        &[
            word("even", "efkes"),
            word("Even", "effen"),
            particle("zeg"),
            particle("zeg"),
            pattern("a(b)", "c"),
            pattern("a(b)", "d"),
        ],
        &[
            "duplicate at packs/a.json: rules[1].from: `rules[0]` has changed `Even` before",
            "duplicate at packs/a.json: rules[3].particle: `zeg` is the particle of `rules[2]` already",
            "duplicate at packs/a.json: rules[5].pattern: `a(b)` is the pattern of `rules[4]` already",
        ],
    );
}

#[test]
fn shadowed() {
    check(
        &[
            pack("a", &[], &[], &[word("even", "efkes"), pattern(r"\b(\w+)elijk\b", r"\1elek")]),
            pack(
                "b",
                &["a"],
                &[],
                &[word("even", "effen"), word("wacht even", "wacht ne keer"), word("lelijk", "lillijk")],
            ),
            // What a parent makes can be changed, and so can what it changes in questions only.
            pack("c", &["a"], &[], &[word("efkes", "effekes"), word("goelek", "goed")]),
        ],
        &[
            "shadowed at packs/b.json: rules[0].from: `rules[0]` of `a` has changed `even` before",
            "shadowed at packs/b.json: rules[1].from: `rules[0]` of `a` has changed `wacht even` before",
            "shadowed at packs/b.json: rules[2].from: `rules[1]` of `a` has changed `lelijk` before",
        ],
    );
    let mut asked = word("wat", "wa");
    asked["only_in_questions"] = true.into();
    let mut exact = word("Goed", "Goe");
    exact["case_sensitive"] = true.into();
    check_rules(&[asked, word("wat", "hetgeen"), exact, word("goed", "goei")], &[]);
}

#[test]
fn no_effect() {
    let mut never = particle("zeg");
    never["probability"] = 0.into();
    check_rules(
        &[word("even", "Even"), never],
        &[
            "no-effect at packs/a.json: rules[0].to: `even` becomes `Even`, which is the same",
            "no-effect at packs/a.json: rules[1].probability: `zeg` is never drawn",
        ],
    );
}

#[test]
fn no_rest() {
    let found = found(folder(&[pack("a", &[], &[], &[word("ge", "ge ge"), word("even", "efkes")])]).path());
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|it| it.starts_with("no-rest at packs/a.json: rules[0]: `Zeg ge.` becomes `Zeg ge ge ge")),
        "{found:#?}"
    );
    // Each rule is harmless by itself, and the passes of one transform do not suffice.
    let chain = [word("dee", "eee"), word("cee", "dee"), word("bee", "cee"), word("aaa", "bee"), word("zet", "aaa")];
    let found = self::found(folder(&[pack("a", &[], &[], &chain)]).path());
    let expected = [
        "no-rest at packs/a.json: rules[3]: `Zeg aaa.` becomes `Zeg dee.`, and that becomes `Zeg eee.` when it is put through again",
        "no-rest at packs/a.json: rules[4]: `Zeg zet.` becomes `Zeg cee.`, and that becomes `Zeg eee.` when it is put through again",
    ];
    assert_eq!(found, expected);
}

#[test]
fn private_use() {
    check_rules(
        &[word("even", "ef\u{e000}")],
        &["private-use at packs/a.json: rules[0].to: U+E000 is a private-use character, which no text has"],
    );
}

#[test]
fn blanks_and_duplicate_terms() {
    check(
        &[pack("a", &[], &["in orde", "In  orde"], &[word("even ", "efkes")])],
        &[
            "warning: blanks at packs/a.json: protected_terms[1]: `In  orde` has more blanks than any text around it",
            "warning: duplicate-term at packs/a.json: protected_terms[1]: `In  orde` is `protected_terms[0]` already",
            "warning: blanks at packs/a.json: rules[0].from: `even ` has more blanks than any text around it",
        ],
    );
}
