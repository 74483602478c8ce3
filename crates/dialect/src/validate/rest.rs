//! Whether the rules of a dialect come to rest: what they made once, they leave alone.
//!
//! Each rule's words are put into sentences of their own, as are a few that people say. A text in which nothing of this moves may still have words
//! that do: this is a test, no proof.

use crate::dialect::Dialect;
use crate::error::{Error, Place};
use crate::options::Options;
use crate::pack::{Kind, Rule};
use crate::program::filled_in;

use super::Findings;

/// Sentences with what packs like to change: pronouns, small words, endings and apostrophes.
const SENTENCES: &str = include_str!("sentences.txt");

/// A sentence, and the rule that it is made for.
type Line<'d> = (String, Option<&'d Rule>);

pub(super) fn check(dialect: &Dialect, file: &str, findings: &mut Findings) -> Result<(), Error> {
    let options = Options::default();
    let lines = lines(dialect, &options);
    let all: String = lines.iter().map(|(line, _)| line.as_str()).collect();
    if moved(dialect, &all, &options)?.is_none() {
        return Ok(());
    }
    // The rules of parents are looked at with the parents, unless they move only here.
    let own = dialect.packs().last();
    for (line, rule) in lines {
        let Some((once, twice)) = moved(dialect, &line, &options)? else { continue };
        let is_own = rule.is_some_and(|rule| own.is_some_and(|own| own.rules.iter().any(|it| std::ptr::eq(it, rule))));
        let key = rule.filter(|_| is_own).map_or("rules", |rule| &rule.key).to_owned();
        let message = format!(
            "`{}` becomes `{}`, and that becomes `{}` when it is put through again",
            line.trim(),
            once.trim(),
            twice.trim()
        );
        findings.error("no-rest", &Place { file: file.to_owned(), key }, message);
    }
    Ok(())
}

/// What a text becomes once and twice, if the two differ.
fn moved(dialect: &Dialect, text: &str, options: &Options) -> Result<Option<(String, String)>, Error> {
    let once = match dialect.transform(text, options) {
        Ok(once) => once,
        Err(Error::Growth { limit, .. }) => {
            return Ok(Some((format!("more than {limit} bytes"), "more still".to_owned())));
        }
        Err(error) => return Err(error),
    };
    let twice = dialect.transform(&once, options)?;
    Ok((once != twice).then_some((once, twice)))
}

fn lines<'d>(dialect: &'d Dialect, options: &Options) -> Vec<Line<'d>> {
    let mut lines: Vec<Line<'d>> = SENTENCES.split_inclusive('\n').map(|line| (line.to_owned(), None)).collect();
    for rule in dialect.packs().iter().flat_map(|pack| &pack.rules) {
        let (from, to) = match &rule.kind {
            Kind::Word(word) => (word.from.clone(), &word.to),
            Kind::Pattern(pattern) => match pattern.as_word() {
                Some(word) => (word.from, &pattern.to),
                None => continue,
            },
            Kind::Particle(_) => continue,
        };
        for text in [from, filled_in(to, options)] {
            lines.push((format!("Zeg {text}.\n"), Some(rule)));
            lines.push((format!("{text}?\n"), Some(rule)));
        }
    }
    lines
}
