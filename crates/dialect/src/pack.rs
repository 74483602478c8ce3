//! What a pack's file says.

use crate::error::Error;
use crate::expression::Expression;
use crate::json::Json;
use crate::literal::Literal;
use crate::reader::{Need, Object, Reader};
use crate::template::Template;

/// What a pack can say.
pub(crate) const KEYS: &[&str] = &["$schema", "id", "label", "inherits", "notes", "protected_terms", "rules"];
/// The kinds of rules.
pub(crate) const TYPES: &[&str] = &["replace_word", "replace_regex", "append_particle"];
/// What each kind of rule can say, in the order of [`TYPES`].
pub(crate) const RULE_KEYS: [&[&str]; 3] = [
    &["type", "notes", "from", "to", "case_sensitive", "preserve_case", "only_in_questions"],
    &["type", "notes", "pattern", "to", "flags", "preserve_case"],
    &["type", "notes", "particle", "probability", "positions"],
];
/// The flags of a pattern.
pub(crate) const FLAGS: &[&str] = &["IGNORECASE", "MULTILINE"];
/// Where a particle can stand.
pub(crate) const POSITIONS: &[&str] = &["end_of_sentence"];

/// One pack, as its file has it.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) id: String,
    pub(crate) label: Option<String>,
    pub(crate) inherits: Vec<String>,
    pub(crate) terms: Vec<String>,
    pub(crate) rules: Vec<Rule>,
}

/// One rule, and the key at which it stands.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) key: String,
    pub(crate) kind: Kind,
}

/// What a rule does.
#[derive(Debug)]
pub(crate) enum Kind {
    Word(Word),
    Pattern(Pattern),
    Particle(Particle),
}

/// A word or phrase that becomes another.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) from: String,
    pub(crate) literal: Literal,
    pub(crate) to: String,
    pub(crate) case_sensitive: bool,
    pub(crate) preserve_case: bool,
    pub(crate) only_in_questions: bool,
}

/// A pattern whose matches become something else.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) text: String,
    pub(crate) expression: Expression,
    pub(crate) to: String,
    pub(crate) template: Template,
    pub(crate) ignore_case: bool,
    pub(crate) preserve_case: bool,
}

/// A particle that ends some sentences.
#[derive(Debug)]
pub(crate) struct Particle {
    pub(crate) particle: String,
    pub(crate) probability: f64,
}

/// Reads a pack for which the index has an id. What is wrong is left in the reader; `need` is for what the engine can do without.
pub(crate) fn read(reader: &mut Reader, json: &Json, expected: &str, need: Need) -> Option<Pack> {
    let object = reader.object(json, "", KEYS)?;
    let id = reader.full_text(object, "id", Need::Required)?;
    if id != expected {
        let fault = Error::OtherId { place: reader.place("id"), expected: expected.to_owned(), found: id.to_owned() };
        // Another pack's keys are no help: this comes first.
        reader.faults.insert(0, fault);
        return None;
    }
    let label = reader.text(object, "label", need).map(str::to_owned);
    let _ = reader.text(object, "notes", Need::Optional);
    let _ = reader.text(object, "$schema", Need::Optional);
    let inherits = reader.texts(object, "inherits", true);
    for name in ["protected_terms", "rules"] {
        if need == Need::Required && object.get(name).is_none() {
            let place = reader.place(name);
            reader.faults.push(Error::MissingKey { place });
        }
    }
    let terms = reader.texts(object, "protected_terms", false);
    for (index, term) in terms.iter().enumerate() {
        if Literal::phrase(term).key.is_none() {
            reader.form(&format!("protected_terms[{index}]"), term, "there is no letter or digit in it");
        }
    }
    let list = object.get("rules").and_then(|rules| reader.list(rules, "rules")).unwrap_or_default();
    let mut rules = Vec::new();
    for (index, rule) in list.iter().enumerate() {
        let key = format!("rules[{index}]");
        if let Some(kind) = kind(reader, rule, &key) {
            rules.push(Rule { key, kind });
        }
    }
    Some(Pack { id: id.to_owned(), label, inherits, terms, rules })
}

fn kind(reader: &mut Reader, json: &Json, key: &str) -> Option<Kind> {
    let Json::Object(entries) = json else {
        return reader.object(json, key, &[]).and(None);
    };
    // The kind decides which keys there are, so it is looked at first.
    let Some((_, Json::Text(name))) = entries.iter().find(|(name, _)| name == "type") else {
        let object = reader.object(json, key, RULE_KEYS[0])?;
        return reader.text(object, "type", Need::Required).and(None);
    };
    let Some(index) = TYPES.iter().position(|known| known == name) else {
        reader.choice(&format!("{key}.type"), name, TYPES);
        return None;
    };
    let object = reader.object(json, key, RULE_KEYS[index])?;
    let _ = reader.text(object, "notes", Need::Optional);
    match index {
        0 => word(reader, object).map(Kind::Word),
        1 => pattern(reader, object).map(Kind::Pattern),
        _ => particle(reader, object).map(Kind::Particle),
    }
}

fn word(reader: &mut Reader, object: Object<'_>) -> Option<Word> {
    let from = reader.full_text(object, "from", Need::Required);
    let to = reader.text(object, "to", Need::Required);
    let case_sensitive = reader.truth(object, "case_sensitive", false);
    let preserve_case = reader.truth(object, "preserve_case", true);
    let only_in_questions = reader.truth(object, "only_in_questions", false);
    let (from, to) = (from?.to_owned(), to?.to_owned());
    let literal = Literal::new(&from, case_sensitive);
    Some(Word { from, literal, to, case_sensitive, preserve_case, only_in_questions })
}

fn pattern(reader: &mut Reader, object: Object<'_>) -> Option<Pattern> {
    let pattern = reader.text(object, "pattern", Need::Required);
    // A blank is a pattern, and nothing is none.
    if pattern == Some("") {
        reader.form(&object.key_of("pattern"), "", "it is empty");
        return None;
    }
    let to = reader.text(object, "to", Need::Required);
    let flags = reader.texts(object, "flags", false);
    let preserve_case = reader.truth(object, "preserve_case", false);
    for (index, flag) in flags.iter().enumerate() {
        if !FLAGS.contains(&flag.as_str()) {
            reader.choice(&format!("{}[{index}]", object.key_of("flags")), flag, FLAGS);
        }
    }
    let (pattern, to) = (pattern?.to_owned(), to?.to_owned());
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let ignore_case = has("IGNORECASE");
    let expression = match Expression::new(&pattern, ignore_case, has("MULTILINE")) {
        Ok(expression) => expression,
        Err(source) => {
            let place = reader.place(&object.key_of("pattern"));
            reader.faults.push(Error::Pattern { place, pattern, source });
            return None;
        }
    };
    match Template::parse(&to, &expression.group_names()) {
        // A template's matches have no case of their own, and neither has a sum of money.
        Ok(template) => {
            let preserve_case = preserve_case && !to.contains(['\\', '$']);
            Some(Pattern { text: pattern, expression, to, template, ignore_case, preserve_case })
        }
        Err(reason) => {
            reader.form(&object.key_of("to"), &to, &reason);
            None
        }
    }
}

fn particle(reader: &mut Reader, object: Object<'_>) -> Option<Particle> {
    let particle = reader.full_text(object, "particle", Need::Required);
    let probability = reader.number(object, "probability");
    let positions = reader.texts(object, "positions", false);
    let key = object.key_of("positions");
    if object.get("positions").is_some_and(|value| *value == Json::List(Vec::new())) {
        reader.form(&key, "[]", "a particle needs a place");
    }
    for (index, position) in positions.iter().enumerate() {
        if !POSITIONS.contains(&position.as_str()) {
            reader.choice(&format!("{key}[{index}]"), position, POSITIONS);
        }
    }
    let probability = probability?;
    if !(0.0..=1.0).contains(&probability) {
        reader.form(&object.key_of("probability"), &probability.to_string(), "it should lie between 0 and 1");
    }
    Some(Particle { particle: particle?.trim().to_owned(), probability })
}

impl Pattern {
    /// The word that the pattern is, where it is nothing but a word or phrase with its bounds.
    ///
    /// A word is found by its hash, for which a search through the whole text is a long way round.
    pub(crate) fn as_word(&self) -> Option<Word> {
        let from = self.text.strip_prefix(r"\b")?.strip_suffix(r"\b")?;
        let is_edge = |it: Option<char>| it.is_some_and(crate::words::is_word);
        let plain = from.chars().all(|it| crate::words::is_word(it) || it == ' ' || it == '\'' || it == '’');
        if !plain || !is_edge(from.chars().next()) || !is_edge(from.chars().next_back()) || self.to.contains('\\') {
            return None;
        }
        Some(Word {
            from: from.to_owned(),
            literal: Literal::new(from, !self.ignore_case),
            to: self.to.clone(),
            case_sensitive: !self.ignore_case,
            preserve_case: self.preserve_case,
            only_in_questions: false,
        })
    }
}
