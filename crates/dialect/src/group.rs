//! Words and phrases that follow each other, run in one go.

use std::collections::HashMap;
use std::ops::Range;

use crate::program::{Grown, Step};
use crate::sentences::{Sentence, sentences};
use crate::state::{Piece, State};
use crate::words::{end_of_word, fold_into, is_word, words};

/// Rules that can be run stretch by stretch, since none of them looks for what lies between two stretches.
#[derive(Debug)]
pub(crate) struct Group {
    steps: Vec<Step>,
    /// Which rules a word sets off: those whose first word it is. Further words of a phrase are here without any.
    ///
    /// A word that is not here stays what it is, and no rule finds something across it: a stretch can end behind it.
    set_off: HashMap<String, Vec<usize>>,
    longest: usize,
    /// Rules without a word in them, which anything sets off.
    always: Vec<usize>,
    /// Which rules are set off by what a rule puts into the text, later ones only.
    follows: Vec<Vec<usize>>,
    /// Which ASCII characters end a stretch.
    ends: [bool; 128],
    asks: bool,
}

impl Group {
    pub(crate) fn new(steps: Vec<Step>) -> Option<Self> {
        if steps.is_empty() {
            return None;
        }
        let mut ends = [false; 128];
        for character in "\n\r.!?,;:\"()[]{}<>/|\\*=~#".chars() {
            let looked_for = steps.iter().any(|step| step.from.contains(character));
            ends[character as usize] = !looked_for;
        }
        let mut set_off: HashMap<String, Vec<usize>> = HashMap::new();
        let mut always = Vec::new();
        let mut buffer = String::new();
        for (index, step) in steps.iter().enumerate() {
            for (_, word) in words(&step.from) {
                fold_into(&mut buffer, word);
                set_off.entry(buffer.clone()).or_default();
            }
            match step.literal.key.clone() {
                Some(key) => set_off.entry(key).or_default().push(index),
                None => always.push(index),
            }
        }
        let mut group = Self {
            longest: set_off.keys().map(String::len).max().unwrap_or(0),
            asks: steps.iter().any(|step| step.only_in_questions),
            follows: Vec::new(),
            steps,
            set_off,
            always,
            ends,
        };
        group.follows = group.steps.iter().enumerate().map(|(index, step)| group.following(index, &step.to)).collect();
        Some(group)
    }

    /// The rules behind one that its words set off.
    fn following(&self, index: usize, to: &str) -> Vec<usize> {
        let mut buffer = String::new();
        let mut found = Vec::new();
        for (_, word) in words(to) {
            let all = self.looked_up(word, &mut buffer).unwrap_or_default();
            found.extend(all.iter().copied().filter(|rule| *rule > index));
        }
        found
    }

    pub(crate) fn run(&self, state: &State, limit: usize) -> Result<Option<State>, Grown> {
        let sentences = if self.asks { sentences(&state.text, &state.held) } else { Vec::new() };
        let mut run = Run {
            group: self,
            state,
            sentences,
            sentence: 0,
            limit,
            due: Due::new(self.steps.len()),
            buffer: String::new(),
        };
        state.rewritten(|piece| run.piece(piece))
    }

    /// What a word sets off, if any rule knows it.
    fn looked_up(&self, word: &str, buffer: &mut String) -> Option<&[usize]> {
        // A spelling in two characters can be longer than the one that it is compared with, by thrice at most.
        if word.len() > 3 * self.longest {
            return None;
        }
        fold_into(buffer, word);
        self.set_off.get(buffer.as_str()).map(Vec::as_slice)
    }
}

/// One run of a group over a text.
struct Run<'r> {
    group: &'r Group,
    state: &'r State,
    sentences: Vec<Sentence>,
    /// The sentence that is being gone through.
    sentence: usize,
    limit: usize,
    due: Due,
    buffer: String,
}

impl Run<'_> {
    /// What a piece becomes, if anything in it changes.
    fn piece(&mut self, piece: &Piece) -> Result<Option<String>, Grown> {
        let text = &self.state.text[..piece.range.end];
        let bytes = text.as_bytes();
        let mut rewriting = Rewriting { text, changed: None, copied: piece.range.start };
        let (mut start, mut at) = (piece.range.start, piece.range.start);
        let mut before = piece.before;
        while let Some(byte) = bytes.get(at) {
            if self.group.ends.get(usize::from(*byte)).copied().unwrap_or(false) {
                self.stretch(start..at, before, false, &mut rewriting)?;
                at += 1;
                (start, before) = (at, false);
                continue;
            }
            let (next, is_known) = self.word(text, at);
            at = next;
            // The end of the piece has what stands behind it in view.
            if !is_known && at < text.len() {
                self.stretch(start..at, before, false, &mut rewriting)?;
                (start, before) = (at, true);
            }
        }
        self.stretch(start..text.len(), before, piece.after, &mut rewriting)?;
        Ok(rewriting.finish())
    }

    /// Notes what the word at an offset sets off, and goes behind it; what is no word is one character. Tells whether a stretch has to go on.
    fn word(&mut self, text: &str, at: usize) -> (usize, bool) {
        let Some(character) = text[at..].chars().next() else { return (at + 1, true) };
        if !is_word(character) {
            return (at + character.len_utf8(), true);
        }
        let end = end_of_word(text, at);
        let Some(rules) = self.group.looked_up(&text[at..end], &mut self.buffer) else {
            // A capital that is owed passes a word with an apostrophe by.
            return (end, text[..at].ends_with(['\'', '’']));
        };
        for rule in rules {
            self.due.add(*rule);
        }
        (end, true)
    }

    /// Runs what is due on one stretch. `before` and `after` say whether a word stands directly beside it.
    fn stretch(
        &mut self,
        range: Range<usize>,
        before: bool,
        after: bool,
        rewriting: &mut Rewriting<'_>,
    ) -> Result<(), Grown> {
        if !self.due.any && self.group.always.is_empty() {
            return Ok(());
        }
        let text = &self.state.text[range.clone()];
        for rule in &self.group.always {
            self.due.add(*rule);
        }
        let asked = self.group.asks && self.is_asked(range.end);
        let mut changed: Option<String> = None;
        while let Some(rule) = self.due.take_first() {
            let step = &self.group.steps[rule];
            if step.only_in_questions && !asked {
                continue;
            }
            let current = changed.as_deref().unwrap_or(text);
            if let Some(next) = step.replaced(current, before, after, |_| true) {
                if next.len() > self.limit {
                    return Err(Grown);
                }
                for rule in &self.group.follows[rule] {
                    self.due.add(*rule);
                }
                changed = Some(next);
            }
        }
        if let Some(changed) = changed {
            rewriting.put(range, &changed);
            if rewriting.changed.as_ref().is_some_and(|text| text.len() > self.limit) {
                return Err(Grown);
            }
        }
        Ok(())
    }

    /// Whether a stretch is part of a question, by its end: its blanks in front may belong to the sentence before.
    fn is_asked(&mut self, end: usize) -> bool {
        let at = end.min(self.state.text.len().saturating_sub(1));
        while self.sentences.get(self.sentence).is_some_and(|sentence| sentence.range.end <= at) {
            self.sentence += 1;
        }
        self.sentences.get(self.sentence).is_some_and(|sentence| sentence.is_question(&self.state.text))
    }
}

/// A text of which some stretches become others.
struct Rewriting<'t> {
    text: &'t str,
    changed: Option<String>,
    /// Up to here the text has been taken over.
    copied: usize,
}

impl Rewriting<'_> {
    fn put(&mut self, range: Range<usize>, stretch: &str) {
        let rest = self.text.len() - self.copied;
        let changed = self.changed.get_or_insert_with(|| String::with_capacity(rest + rest / 8));
        changed.push_str(&self.text[self.copied..range.start]);
        changed.push_str(stretch);
        self.copied = range.end;
    }

    fn finish(self) -> Option<String> {
        let mut changed = self.changed?;
        changed.push_str(&self.text[self.copied..]);
        Some(changed)
    }
}

/// The rules that are to be run, which are taken in order.
struct Due {
    bits: Vec<u64>,
    any: bool,
}

impl Due {
    fn new(rules: usize) -> Self {
        Self { bits: vec![0; rules.div_ceil(64)], any: false }
    }

    fn add(&mut self, rule: usize) {
        self.bits[rule / 64] |= 1 << (rule % 64);
        self.any = true;
    }

    fn take_first(&mut self) -> Option<usize> {
        for (index, bits) in self.bits.iter_mut().enumerate() {
            if *bits != 0 {
                let bit = bits.trailing_zeros();
                *bits &= *bits - 1;
                return Some(index * 64 + bit as usize);
            }
        }
        self.any = false;
        None
    }
}
