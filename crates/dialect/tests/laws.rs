//! Laws that hold for all packs and texts.

mod shared;

use std::sync::Arc;

use dialect::{Dialect, Error, Options, Packs};
use proptest::prelude::*;
use serde_json::Value;
use shared::{folder, pack, particle, pattern, word};

const TERMS: [&str; 4] = ["in orde", "de", "'t kan", "d.w.z"];

fn dialect(rules: &[Value]) -> Arc<Dialect> {
    let folder = folder(&[pack("a", &[], &TERMS, rules)]);
    Packs::open(folder.path()).unwrap().dialect("a").unwrap()
}

/// A bit of text: words that rules and terms know, and what stands between words.
fn bit() -> impl Strategy<Value = String> {
    const BITS: [&str; 34] = [
        " ", " ", " ", "  ", "\n", ". ", "? ", "! ", ", ", "-", "'", "’", "…", "a", "b", "een", "Een", "EEN", "twee",
        "niet", "Niet", "mag", "in", "orde", "in  orde", "de", "'t kan", "d.w.z", "één", "e\u{301}", "x", "0", "$",
        "🍺",
    ];
    prop_oneof![8 => prop::sample::select(&BITS[..]).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(bit(), 0..24).prop_map(|bits| bits.concat())
}

/// A word, phrase or mark that is no blank.
fn piece() -> impl Strategy<Value = String> {
    prop::collection::vec(bit(), 1..4)
        .prop_map(|bits| bits.concat())
        .prop_filter("blank", |text| !text.trim().is_empty())
}

fn rule() -> impl Strategy<Value = Value> {
    const PATTERNS: [(&str, &str); 8] = [
        (r"\b(\w+)e\b", r"\1a"),
        ("-", ""),
        (" ", "x"),
        (".*", "niet"),
        ("x*", "-"),
        ("(?m)^", "en "),
        (r"(\w+) (\w+)", r"\2 \1"),
        (r"\W", "a"),
    ];
    let plain = (piece(), text(), any::<[bool; 3]>()).prop_map(|(from, to, [exact, keep, asked])| {
        let mut rule = word(&from, &to);
        rule["case_sensitive"] = exact.into();
        rule["preserve_case"] = keep.into();
        rule["only_in_questions"] = asked.into();
        rule
    });
    prop_oneof![
        6 => plain,
        2 => prop::sample::select(&PATTERNS[..]).prop_map(|(from, to)| pattern(from, to)),
        1 => Just(particle("zulle")),
    ]
}

/// All protected terms of a text, in order, with the blanks within them.
fn protected(text: &str) -> Vec<String> {
    // A second implementation, by what the terms are.
    let pattern = format!(
        "(?i){}",
        ["verplicht", "niet", "mag", "in\\s+orde", "de", "['’]t\\s+kan", "kan", "d\\.w\\.z"].join("|")
    );
    let regex = regex_automata::meta::Regex::new(&pattern).unwrap();
    let is_word = |it: char| it.is_alphanumeric() || it == '_' || ('\u{300}'..='\u{36f}').contains(&it);
    let whole = |range: &std::ops::Range<usize>| {
        !text[..range.start].ends_with(is_word) && !text[range.end..].starts_with(is_word)
    };
    regex.find_iter(text).map(|found| found.range()).filter(whole).map(|range| text[range].to_owned()).collect()
}

/// Whether all of `some` are in `all`, in order.
fn is_within(some: &[String], all: &[String]) -> bool {
    let mut all = all.iter();
    some.iter().all(|wanted| all.any(|found| found == wanted))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn protected_terms_are_never_altered(rules in prop::collection::vec(rule(), 0..6), text in text(), particles: bool) {
        let options = Options { enable_particles: particles, ..Options::default() };
        match dialect(&rules).transform(&text, &options) {
            Ok(after) => prop_assert!(is_within(&protected(&text), &protected(&after)), "{after:?}"),
            Err(error) => prop_assert!(matches!(error, Error::Growth { .. }), "{error}"),
        }
    }

    #[test]
    fn no_private_use_characters_appear(rules in prop::collection::vec(rule(), 0..6), text in text()) {
        let private = |text: &str| text.chars().filter(|it| matches!(it, '\u{e000}'..='\u{f8ff}')).count();
        let in_rules: usize = rules.iter().map(|rule| private(rule["to"].as_str().unwrap_or_default())).sum();
        if in_rules == 0 && private(&text) == 0 && let Ok(after) = dialect(&rules).transform(&text, &Options::default()) {
            prop_assert_eq!(private(&after), 0);
        }
    }

    #[test]
    fn private_use_characters_are_kept(text in "([a\u{e000}0-9\u{e001} ]|niet){0,12}") {
        prop_assert_eq!(dialect(&[word("x", "y")]).transform(&text, &Options::default()).unwrap(), text);
    }

    #[test]
    fn the_same_text_always_becomes_the_same(rules in prop::collection::vec(rule(), 0..6), text in text()) {
        let options = Options { enable_particles: true, ..Options::default() };
        let (one, other) = (dialect(&rules).transform(&text, &options), dialect(&rules).transform(&text, &options));
        prop_assert_eq!(one.ok(), other.ok());
    }

    /// Rules whose results no rule looks for come to rest at once.
    #[test]
    fn what_was_transformed_stays(text in text()) {
        let rules = [word("een", "ene"), word("a b", "ab"), word("twee", "'t ander"), pattern(r"\b(b)en\b", r"\1in")];
        let dialect = dialect(&rules);
        let once = dialect.transform(&text, &Options::default()).unwrap();
        prop_assert_eq!(&dialect.transform(&once, &Options { strict_idempotency: true, ..Options::default() }).unwrap(), &once);
    }

    #[test]
    fn particles_stand_once(text in text()) {
        let dialect = dialect(&[particle("zulle"), particle("zeg")]);
        let options = Options { enable_particles: true, ..Options::default() };
        let once = dialect.transform(&text, &options).unwrap();
        prop_assert_eq!(dialect.transform(&once, &options).unwrap(), once);
    }
}
