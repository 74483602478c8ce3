//! What is wrong with one pack by itself.

use crate::error::Place;
use crate::expression::Expression;
use crate::index::{Entry, INDEX};
use crate::options::Options;
use crate::pack::{Kind, Pack, Rule};
use crate::program::filled_in;
use crate::words::fold;

use super::Findings;

pub(super) fn check(entry: &Entry, key: &str, pack: &Pack, findings: &mut Findings) {
    let file = entry.path();
    let place = |key: &str| Place { file: file.clone(), key: key.to_owned() };
    let in_index = |name: &str| Place { file: INDEX.to_owned(), key: format!("{key}.{name}") };
    if let Some(label) = &pack.label
        && *label != entry.label
    {
        let message = format!("the index has `{}`, and the pack `{label}`", entry.label);
        findings.error("other-label", &in_index("label"), message);
    }
    if pack.inherits != entry.inherits {
        let message = format!("the index has {}, and the pack {}", listed(&entry.inherits), listed(&pack.inherits));
        findings.error("other-inherits", &in_index("inherits"), message);
    }
    if pack.rules.is_empty() && !pack.inherits.is_empty() {
        let message = format!("there is no rule in it: it says what {} says", listed(&pack.inherits));
        findings.warning("same-as-parents", &place("rules"), message);
    }
    for (index, term) in pack.terms.iter().enumerate() {
        let place = place(&format!("protected_terms[{index}]"));
        text(term, &place, findings);
        let same = |other: &String| folded(other) == folded(term);
        if let Some(earlier) = pack.terms[..index].iter().position(same) {
            let message = format!("`{term}` is `protected_terms[{earlier}]` already");
            findings.warning("duplicate-term", &place, message);
        }
    }
    for rule in &pack.rules {
        self::rule(rule, place, findings);
    }
}

fn rule(rule: &Rule, place: impl Fn(&str) -> Place, findings: &mut Findings) {
    let place = |name: &str| place(&format!("{}.{name}", rule.key));
    match &rule.kind {
        Kind::Word(word) => {
            text(&word.from, &place("from"), findings);
            private(&word.to, &place("to"), findings);
            let to = filled_in(&word.to, &Options::default());
            let same = if word.case_sensitive || !word.preserve_case {
                to == word.from
            } else {
                to.chars().map(fold).eq(word.from.chars().map(fold))
            };
            if same {
                findings.error("no-effect", &place("to"), format!("`{}` becomes `{to}`, which is the same", word.from));
            }
        }
        Kind::Pattern(pattern) => {
            private(&pattern.text, &place("pattern"), findings);
            private(&pattern.to, &place("to"), findings);
            if let Some(reason) = Expression::too_broad(&pattern.expression) {
                findings.error(
                    "broad-pattern",
                    &place("pattern"),
                    format!("`{}` is too broad: {reason}", pattern.text),
                );
            }
        }
        Kind::Particle(particle) => {
            text(&particle.particle, &place("particle"), findings);
            if particle.probability == 0.0 {
                let message = format!("`{}` is never drawn", particle.particle);
                findings.error("no-effect", &place("probability"), message);
            }
        }
    }
}

fn text(text: &str, place: &Place, findings: &mut Findings) {
    private(text, place, findings);
    if text.trim() != text || text.contains("  ") {
        findings.warning("blanks", place, format!("`{text}` has more blanks than any text around it"));
    }
}

fn private(text: &str, place: &Place, findings: &mut Findings) {
    let is_private = |it: &char| matches!(it, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    if let Some(character) = text.chars().find(is_private) {
        let message = format!("U+{:04X} is a private-use character, which no text has", u32::from(character));
        findings.error("private-use", place, message);
    }
}

fn folded(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().map(fold).collect()
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { quoted.join(", ") }
}
