//! Particles: the little words that end a sentence, such as `zulle` and `zeg`.
//!
//! They are put in once, after all rules, and a sentence gets one at most. Which one, if any, is drawn from a hash of the sentence as it was before
//! any rule, so that the same text always gets the same ones, and other rules do not move them.

use std::ops::Range;

use ring::digest::{SHA256, digest};

use crate::literal::Literal;
use crate::options::Options;
use crate::sentences::{Sentence, sentences};
use crate::words::{is_word, words};

/// A particle with the number of its rule among all of the dialect, which takes part in the draw.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) rule: usize,
    pub(crate) particle: String,
    pub(crate) probability: f64,
}

/// A text, and what is protected in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'t> {
    pub(crate) text: &'t str,
    pub(crate) held: &'t [Range<usize>],
}

/// Puts particles into a text that has been through the rules.
pub(crate) fn append(
    dialect: &str,
    particles: &[Drawn],
    original: Held<'_>,
    text: Held<'_>,
    options: &Options,
) -> String {
    let before = sentences(original.text, original.held);
    let after = sentences(text.text, text.held);
    // Rules that take sentences apart leave nothing to compare with.
    let (keys, keyed) = if before.len() == after.len() { (original.text, &before) } else { (text.text, &after) };
    let known: Vec<Literal> = particles.iter().map(|it| Literal::phrase(&it.particle)).collect();
    let mut appended = String::with_capacity(text.text.len());
    let mut copied = 0;
    for (index, (sentence, key)) in after.iter().zip(keyed).enumerate() {
        let Some(at) = place(text.text, sentence, &known) else { continue };
        let key = &keys[key.range.clone()];
        let drawn = particles.iter().find(|it| is_drawn(dialect, it, index + 1, key, options));
        if let Some(drawn) = drawn {
            appended.push_str(&text.text[copied..at]);
            appended.push_str(", ");
            appended.push_str(&drawn.particle);
            copied = at;
        }
    }
    appended.push_str(&text.text[copied..]);
    appended
}

/// Where a particle would stand in a sentence, if it can have one.
fn place(text: &str, sentence: &Sentence, known: &[Literal]) -> Option<usize> {
    let body = text[sentence.range.start..sentence.ending.start].trim_end();
    let behind = text[sentence.ending.end..].chars().next();
    // A mark within a number or a name ends nothing, and a text that breaks off is not ended.
    let ends = !sentence.ending.is_empty()
        && behind.is_none_or(|it| it.is_whitespace() || matches!(it, '"' | '\'' | '”' | '’' | '»' | ')' | ']'));
    let ends_with_word = body.chars().next_back().is_some_and(|it| !matches!(it, ',' | ';' | ':' | '-' | '…'));
    if !ends || !ends_with_word || !body.contains(is_word) {
        return None;
    }
    let last = words(body).filter_map(|(start, _)| known.iter().find_map(|it| it.around(body, start))).last();
    let is_there = last.is_some_and(|range| !body[range.end..].contains(is_word));
    (!is_there).then_some(sentence.range.start + body.len())
}

fn is_drawn(dialect: &str, drawn: &Drawn, number: usize, sentence: &str, options: &Options) -> bool {
    /// Two to the power of 64, the number of values that eight bytes have.
    const VALUES: f64 = 18_446_744_073_709_551_616.0;
    if drawn.probability >= 1.0 {
        return true;
    }
    let mut key = format!("{}|{dialect}|append_particle|{}|{number}", options.seed, drawn.rule);
    if options.deterministic {
        key.push('|');
        key.push_str(sentence);
    }
    let hash = digest(&SHA256, key.as_bytes());
    let first = hash.as_ref().iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    #[expect(clippy::cast_precision_loss, reason = "a draw needs no more than 53 bits")]
    let draw = first as f64 / VALUES;
    draw < drawn.probability
}
