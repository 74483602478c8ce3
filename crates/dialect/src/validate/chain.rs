//! Rules that can never do anything, since something else comes first.
//!
//! What a rule looks for is put through all rules before it. Where nothing of it is left, and no earlier rule puts it back, the rule is dead: in a later
//! pass its word meets the same rules first.

use std::sync::Arc;

use crate::dialect::Dialect;
use crate::error::Place;
use crate::literal::Literal;
use crate::options::Options;
use crate::pack::{Kind, Pack, Rule, Word};
use crate::program::{Program, filled_in};
use crate::state::State;
use crate::words::{fold, is_word};

use super::Findings;

/// How much a few words may become here; more would be a fault that others name.
const LIMIT: usize = 1 << 16;

/// A rule, and the pack that it is in.
type Owned<'d> = (&'d Arc<Pack>, &'d Rule);

pub(super) fn check(dialect: &Dialect, file: &str, findings: &mut Findings) {
    let rules: Vec<Owned<'_>> =
        dialect.packs().iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule))).collect();
    let Some(own) = dialect.packs().last() else { return };
    let first = rules.len() - own.rules.len();
    for (index, (_, rule)) in rules.iter().enumerate().skip(first) {
        let earlier = &rules[..index];
        let place = |name: &str| Place { file: file.to_owned(), key: format!("{}.{name}", rule.key) };
        match &rule.kind {
            Kind::Word(word) => self::word(dialect, word, earlier, own, &place("from"), findings),
            Kind::Pattern(pattern) => {
                let same = |kind: &Kind| matches!(kind, Kind::Pattern(other) if other.text == pattern.text && other.ignore_case == pattern.ignore_case);
                if let Some(word) = pattern.as_word() {
                    self::word(dialect, &word, earlier, own, &place("pattern"), findings);
                } else if let Some(other) = earlier.iter().find(|(_, rule)| same(&rule.kind)) {
                    let message = format!("`{}` is the pattern of {} already", pattern.text, name(*other, own));
                    findings.error("duplicate", &place("pattern"), message);
                }
            }
            Kind::Particle(particle) => {
                let same = |kind: &Kind| matches!(kind, Kind::Particle(other) if other.particle == particle.particle);
                if let Some(other) = earlier.iter().find(|(_, rule)| same(&rule.kind)) {
                    let message = format!("`{}` is the particle of {} already", particle.particle, name(*other, own));
                    findings.error("duplicate", &place("particle"), message);
                }
            }
        }
    }
}

fn word(
    dialect: &Dialect,
    word: &Word,
    earlier: &[Owned<'_>],
    own: &Arc<Pack>,
    place: &Place,
    findings: &mut Findings,
) {
    if let Some(range) = dialect.protection().find(&word.from).first() {
        let message =
            format!("`{}` is protected, so that no rule can change `{}`", &word.from[range.clone()], word.from);
        findings.error("protected", place, message);
        return;
    }
    if lives(word, earlier) {
        return;
    }
    let killer = earlier.iter().find(|owned| spellings(word).all(|text| !survives(&word.literal, &text, &[**owned])));
    let message = match killer {
        Some(killer) => format!("{} has changed `{}` before", name(*killer, own), word.from),
        None => format!("earlier rules have changed `{}` before", word.from),
    };
    let is_duplicate = killer.is_some_and(|(pack, rule)| Arc::ptr_eq(pack, own) && same_source(&rule.kind, &word.from));
    findings.error(if is_duplicate { "duplicate" } else { "shadowed" }, place, message);
}

/// Whether there is a text in which a rule finds something.
fn lives(word: &Word, earlier: &[Owned<'_>]) -> bool {
    let from_a_text = spellings(word).any(|text| survives(&word.literal, &text, earlier));
    from_a_text
        || earlier.iter().enumerate().any(|(index, (_, rule))| {
            let made = match &rule.kind {
                Kind::Word(other) => filled_in(&other.to, &Options::default()),
                Kind::Pattern(other) => match other.as_word() {
                    Some(other) => filled_in(&other.to, &Options::default()),
                    // What its groups hold is not known; what stands between them is.
                    None => return other.template.texts().all(|text| folded(&word.from).contains(&folded(text))),
                },
                Kind::Particle(_) => return false,
            };
            word.literal.is_in(&made) && survives(&word.literal, &made, &earlier[index + 1..])
        })
}

/// The ways in which what a rule looks for can stand in a text: as a statement and as a question, and with capitals if they do not matter.
fn spellings(word: &Word) -> impl Iterator<Item = String> {
    let from = &word.from;
    let capital = from.find(is_word).map(|at| {
        let letter: String = from[at..].chars().take(1).flat_map(char::to_uppercase).collect();
        let rest = from[at..].chars().next().map_or(at, |it| at + it.len_utf8());
        format!("{}{letter}{}", &from[..at], &from[rest..])
    });
    let all = if word.case_sensitive {
        vec![from.clone()]
    } else {
        // A rule that is left nothing but shouting is as good as dead.
        vec![from.clone(), capital.unwrap_or_default()]
    };
    let only_in_questions = word.only_in_questions;
    all.into_iter().flat_map(move |text| {
        let question = format!("{text} ?");
        if only_in_questions { vec![question] } else { vec![text, question] }
    })
}

/// Whether a text still has a match after some rules.
fn survives(literal: &Literal, text: &str, rules: &[Owned<'_>]) -> bool {
    let program = Program::new(rules.iter().map(|(_, rule)| &rule.kind), &Options::default());
    let state = State { text: text.to_owned(), held: Vec::new() };
    program.run(state, LIMIT).is_ok_and(|state| literal.is_in(&state.text))
}

fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

fn same_source(kind: &Kind, from: &str) -> bool {
    let same = |other: &str| folded(other) == folded(from);
    match kind {
        Kind::Word(other) => same(&other.from),
        Kind::Pattern(other) => other.as_word().is_some_and(|other| same(&other.from)),
        Kind::Particle(_) => false,
    }
}

fn name((pack, rule): Owned<'_>, own: &Arc<Pack>) -> String {
    if Arc::ptr_eq(pack, own) { format!("`{}`", rule.key) } else { format!("`{}` of `{}`", rule.key, pack.id) }
}
