//! Rules, put together so that a text is not searched once for each.
//!
//! The result is as if each rule went over the whole text, in order. What makes that cheap is that a word can only be changed by what looks for it:
//!
//! | rule | is run |
//! |---|---|
//! | a word or phrase | with its neighbours as a [`Group`]: the text is gone through once, and where a word stands that sets off a rule, that rule is run, on the few words around it |
//! | a word or phrase with `.`, `!` or `?` in it or in what it becomes | by itself over the whole text: it changes what a sentence is |
//! | a pattern | by itself over the whole text |
//!
//! What a rule puts into the text may set off later rules of its group, and never itself or an earlier one: that is for the next pass.

use regex_automata::Input;

use crate::expression::Expression;
use crate::group::Group;
use crate::literal::Literal;
use crate::options::Options;
use crate::pack::{Kind, Pattern, Word};
use crate::sentences::{Sentence, sentences};
use crate::state::{Piece, State};
use crate::template::Template;
use crate::words::Writer;

/// All rules of a dialect but its particles, with the variables filled in.
#[derive(Debug)]
pub(crate) struct Program(Vec<Phase>);

#[derive(Debug)]
enum Phase {
    Group(Group),
    Word(Step),
    Pattern(PatternStep),
}

/// A word or phrase, and what it becomes.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) from: String,
    pub(crate) literal: Literal,
    pub(crate) to: String,
    pub(crate) preserve_case: bool,
    pub(crate) only_in_questions: bool,
}

#[derive(Debug)]
struct PatternStep {
    expression: Expression,
    to: Template,
    preserve_case: bool,
}

/// A text grew beyond what was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grown;

impl Program {
    pub(crate) fn new<'k>(kinds: impl Iterator<Item = &'k Kind>, options: &Options) -> Self {
        let mut phases = Vec::new();
        let mut group = Vec::new();
        for kind in kinds {
            let phase = match kind {
                Kind::Particle(_) => continue,
                Kind::Word(word) => Phase::Word(Step::new(word, options)),
                Kind::Pattern(pattern) => match pattern.as_word() {
                    Some(word) => Phase::Word(Step::new(&word, options)),
                    None => Phase::Pattern(PatternStep::new(pattern, options)),
                },
            };
            match phase {
                Phase::Word(step) if !step.changes_sentences() => group.push(step),
                phase => {
                    phases.extend(Group::new(std::mem::take(&mut group)).map(Phase::Group));
                    phases.push(phase);
                }
            }
        }
        phases.extend(Group::new(group).map(Phase::Group));
        Self(phases)
    }

    /// One pass.
    pub(crate) fn run(&self, mut state: State, limit: usize) -> Result<State, Grown> {
        for phase in &self.0 {
            let next = match phase {
                Phase::Group(group) => group.run(&state, limit)?,
                Phase::Word(step) => step.run(&state)?,
                Phase::Pattern(step) => step.run(&state, limit)?,
            };
            if let Some(next) = next {
                if next.text.len() > limit {
                    return Err(Grown);
                }
                state = next;
            }
        }
        Ok(state)
    }
}

impl Step {
    fn new(word: &Word, options: &Options) -> Self {
        Self {
            from: word.from.clone(),
            literal: word.literal.clone(),
            to: filled_in(&word.to, options),
            preserve_case: word.preserve_case,
            only_in_questions: word.only_in_questions,
        }
    }

    fn changes_sentences(&self) -> bool {
        self.from.contains(['.', '!', '?']) || self.to.contains(['.', '!', '?'])
    }

    fn run(&self, state: &State) -> Result<Option<State>, Grown> {
        let sentences = if self.only_in_questions { sentences(&state.text, &state.held) } else { Vec::new() };
        state.rewritten(|piece| {
            let text = &state.text[piece.range.clone()];
            let asked =
                |at: usize| !self.only_in_questions || is_asked(&sentences, &state.text, piece.range.start + at);
            Ok(self.replaced(text, piece.before, piece.after, asked))
        })
    }

    /// The text with each match replaced, if there is one; `allowed` is asked for the place of each.
    pub(crate) fn replaced(
        &self,
        text: &str,
        before: bool,
        after: bool,
        allowed: impl Fn(usize) -> bool,
    ) -> Option<String> {
        let mut writer: Option<Writer> = None;
        let mut at = 0;
        let mut copied = 0;
        while let Some(range) = self.literal.find(text, at, before, after) {
            at = range.end;
            if !allowed(range.start) {
                continue;
            }
            let writer = writer.get_or_insert_with(|| Writer::with_capacity(text.len() + self.to.len()));
            writer.copy(&text[copied..range.start]);
            writer.replace(&text[range.clone()], &self.to, self.preserve_case);
            copied = range.end;
        }
        let mut writer = writer?;
        writer.copy(&text[copied..]);
        Some(writer.text)
    }
}

impl PatternStep {
    fn new(pattern: &Pattern, options: &Options) -> Self {
        // Pronouns are text, whatever is in them.
        let to = if pattern.preserve_case { Template::plain(&pattern.to) } else { pattern.template.clone() };
        Self {
            expression: pattern.expression.clone(),
            to: to.map(|text| filled_in(text, options)),
            preserve_case: pattern.preserve_case,
        }
    }

    fn run(&self, state: &State, limit: usize) -> Result<Option<State>, Grown> {
        state.rewritten(|piece| self.replaced(&state.text, piece, limit))
    }

    /// Searches one piece, with the text around it in view for `\b`, `^` and `$`.
    fn replaced(&self, text: &str, piece: &Piece, limit: usize) -> Result<Option<String>, Grown> {
        let regex = &self.expression.regex;
        let mut captures = regex.create_captures();
        let mut writer: Option<Writer> = None;
        let mut copied = piece.range.start;
        let mut at = piece.range.start;
        while let Some(part) = self.expression.next_part(text, at, piece.range.end) {
            at = part.start;
            while at <= part.end {
                regex.captures(Input::new(text).range(at..part.end), &mut captures);
                let Some(found) = captures.get_match() else { break };
                let writer = writer.get_or_insert_with(Writer::default);
                writer.copy(&text[copied..found.start()]);
                let to = self.to.expand(text, |group| captures.get_group(group).map(|span| span.range()));
                writer.replace(&text[found.range()], &to, self.preserve_case);
                if writer.text.len() > limit {
                    return Err(Grown);
                }
                copied = found.end();
                // Nothing can be found again and again where nothing is.
                let step = text[copied..].chars().next().map_or(1, char::len_utf8);
                at = if found.is_empty() { copied + step } else { copied };
            }
            // What a part holds beyond its last match is done with.
            at = part.end;
            if at >= piece.range.end {
                break;
            }
        }
        let Some(mut writer) = writer else { return Ok(None) };
        writer.copy(&text[copied..piece.range.end]);
        Ok(Some(writer.text))
    }
}

fn is_asked(sentences: &[Sentence], text: &str, at: usize) -> bool {
    let index = sentences.partition_point(|sentence| sentence.range.end <= at);
    sentences.get(index).is_some_and(|sentence| sentence.is_question(text))
}

/// Variables replaced by what the options say; what is no variable stays.
pub(crate) fn filled_in(text: &str, options: &Options) -> String {
    let variables = [
        ("{pronoun_subject}", &options.pronoun_subject),
        ("{pronoun_object}", &options.pronoun_object),
        ("{pronoun_possessive}", &options.pronoun_possessive),
    ];
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        // One time only: what a variable stands for is text.
        let length = if let Some((name, value)) = variables.iter().find(|(name, _)| rest.starts_with(name)) {
            filled.push_str(value);
            name.len()
        } else {
            filled.push('{');
            1
        };
        rest = &rest[length..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protection::Protection;

    const WORDS: [&str; 16] = [
        "een",
        "twee",
        "drie",
        "'t",
        "'k",
        "d'r",
        "één",
        "x",
        "niet",
        "a b",
        "&",
        "twee drie",
        "-",
        "- x",
        "x '",
        "een-twee",
    ];

    /// Words that no rule looks for.
    const OTHERS: [&str; 4] = ["mooi", "'s", "Ja", "zo"];

    fn word() -> impl Strategy<Value = Word> {
        let part = || prop::sample::select(&WORDS[..]);
        (part(), prop::collection::vec(part(), 0..3), any::<[bool; 3]>()).prop_map(|(from, to, flags)| {
            let [case_sensitive, preserve_case, only_in_questions] = flags;
            Word {
                from: from.to_owned(),
                literal: Literal::new(from, case_sensitive),
                to: to.join(if preserve_case { " " } else { ", " }),
                case_sensitive,
                preserve_case,
                only_in_questions,
            }
        })
    }

    fn text() -> impl Strategy<Value = String> {
        const REST: [&str; 14] = [" ", " ", " ", ", ", "? ", ". ", "!", "\n", "-", "'", "Een", "TWEE", "’t", "…"];
        let part = prop_oneof![
            2 => prop::sample::select(&WORDS[..]),
            2 => prop::sample::select(&REST[..]),
            1 => prop::sample::select(&OTHERS[..]),
        ];
        prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// What a group does in one go is what its rules do one after the other.
        #[test]
        fn a_group_does_what_its_rules_do(rules in prop::collection::vec(word(), 1..8), text in text()) {
            let kinds: Vec<Kind> = rules.into_iter().map(Kind::Word).collect();
            let options = Options::default();
            let state = State { held: Protection::new(std::iter::empty()).find(&text), text };
            let mut expected = state.clone();
            for kind in &kinds {
                let Kind::Word(word) = kind else { continue };
                expected = Step::new(word, &options).run(&expected).unwrap().unwrap_or(expected);
            }
            let program = Program::new(kinds.iter(), &options);
            prop_assert!(matches!(&program.0[..], [Phase::Group(_)]));
            prop_assert_eq!(program.run(state, 1 << 20).unwrap(), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Searching part by part finds what a search of the whole finds.
        #[test]
        fn parts_hold_all_matches(text in text(), number in 0..5usize) {
            let pattern = [r"\b(\w+)en\b", r"(?i)e+", r"\b[etd]\w*", r"(\w)\W*(\w)", r"\w+e|x"][number];
            let expression = Expression::new(pattern, false, false).unwrap();
            let step = PatternStep { expression, to: Template::parse(r"<\g<0>>", &[None]).unwrap(), preserve_case: false };
            let whole = PatternStep { expression: step.expression.in_one_part(), to: step.to.clone(), preserve_case: false };
            let state = State { held: Protection::new(std::iter::empty()).find(&text), text };
            prop_assert_eq!(step.run(&state, 1 << 20).unwrap(), whole.run(&state, 1 << 20).unwrap());
        }
    }

    #[test]
    fn an_owed_capital_passes_a_word_with_an_apostrophe_by() {
        let rule = |from: &str, to: &str| {
            let literal = Literal::new(from, false);
            let (from, to) = (from.to_owned(), to.to_owned());
            Kind::Word(Word { from, literal, to, case_sensitive: false, preserve_case: true, only_in_questions: false })
        };
        let program = Program::new([rule("het", "'t"), rule("is", "es")].iter(), &Options::default());
        for (text, expected) in [
            ("Het is. Het huis. Het", "'t Es. 't Huis. 't"),
            ("Het 's morgens is", "'t 's Morgens es"),
            ("Het, huis", "'t, huis"),
            ("HET IS", "'T ES"),
        ] {
            let state = State { text: text.to_owned(), held: Vec::new() };
            assert_eq!(program.run(state, 1 << 20).unwrap().text, expected);
        }
    }

    #[test]
    fn variables_are_filled_in_once() {
        let options = Options { pronoun_subject: "{pronoun_object}".to_owned(), ..Options::default() };
        assert_eq!(filled_in("{{pronoun_subject}} {pronoun_x} {", &options), "{{pronoun_object}} {pronoun_x} {");
    }
}
