//! Values: what stands behind `klap`, `op`, `met`, `als` and the like.
//!
//! A [`Reader`] reads by binding: [`Reader::value`] takes a value and then operators for as long as they bind tightly enough. What ends a value depends on where it stands:
//!
//! | where | ends at |
//! |---|---|
//! | a statement | `amen` |
//! | the head of a block | `dan` or `doe` |
//! | behind `met` | `en` as well, and in a value also `plakt`, comparisons and logic |
//! | in brackets | the bracket, and a comma |

use std::ops::Range;

use crate::{
    Code,
    ast::{Binary, Expr, Kind, Unary},
    cursor::Cursor,
    limits::{CHAIN, NESTED},
    literal,
    names::{CONSTANTS, Name},
    report::{Report, insert, replace},
    words::{Operator, begins_value, binding, meant_operator, operator},
};

/// Something was wrong, and is in the report.
#[derive(Debug)]
pub(crate) struct Refused;

pub(crate) type Read<T> = Result<T, Refused>;

/// How much of the text a suggestion or a message repeats.
pub(crate) const REPEATED: usize = 200;

/// Reads the values of one line.
pub(crate) struct Reader<'s, 'r> {
    pub(crate) cursor: Cursor<'s>,
    pub(crate) report: &'r mut Report,
    pub(crate) quotes: &'r mut Vec<Range<usize>>,
    /// Whether Python passes through.
    pub(crate) raw: bool,
    /// Whether this is the head of a block, rather than a statement.
    pub(crate) in_head: bool,
    pub(crate) place: Place,
    nested: usize,
}

/// What is around a value within its line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    /// How many brackets are open.
    pub(crate) brackets: usize,
    /// Whether a comma means something in the innermost bracket.
    pub(crate) commas: bool,
    /// Whether `en` comes between arguments.
    pub(crate) separators: bool,
}

impl<'s, 'r> Reader<'s, 'r> {
    pub(crate) fn new(
        cursor: Cursor<'s>,
        report: &'r mut Report,
        quotes: &'r mut Vec<Range<usize>>,
        raw: bool,
        in_head: bool,
    ) -> Self {
        Self { cursor, report, quotes, raw, in_head, place: Place::default(), nested: 0 }
    }

    /// A whole value up to where it has to end; nothing if there is none.
    pub(crate) fn whole(&mut self) -> Read<Option<Expr<'s>>> {
        if self.is_stop() {
            return Ok(None);
        }
        let (begin, place) = (self.cursor.clone(), self.place);
        let (mark, quotes) = (self.report.mark(), self.quotes.len());
        let read = self.value(binding::ANYTHING).and_then(|value| {
            self.expect_stop(&value)?;
            Ok(Some(value))
        });
        if read.is_err() && self.raw {
            let end = std::mem::replace(&mut self.cursor, begin);
            self.place = place;
            self.nested = 0;
            self.quotes.truncate(quotes);
            if let Some(value) = self.raw_value(mark) {
                return Ok(Some(value));
            }
            self.cursor = end;
        }
        read
    }

    /// The arguments behind `met`, which was taken.
    pub(crate) fn arguments(&mut self, is_statement: bool) -> Read<Vec<Expr<'s>>> {
        let before = std::mem::replace(&mut self.place.separators, true);
        let mut arguments = Vec::new();
        let mut wants = None;
        while !self.is_stop() {
            self.cursor.skip_blanks();
            let at = self.cursor.at;
            if self.cursor.is_word("en") {
                self.cursor.at += 2;
                if arguments.is_empty() || wants.is_some() {
                    self.report.add(Code::EmptyArgument, at..at + 2, &[], replace(at..at + 2, ""));
                }
                wants = Some(at);
                continue;
            }
            let argument = if is_statement { self.whole()? } else { Some(self.value(binding::ADD)?) };
            arguments.extend(argument);
            wants = None;
            if !self.cursor.is_word("en") {
                break;
            }
        }
        if let Some(at) = wants {
            self.report.add(Code::EmptyArgument, at..at + 2, &[], replace(at..at + 2, ""));
        }
        self.place.separators = before;
        Ok(arguments)
    }

    /// A value, with the operators behind it that bind at least this tightly.
    pub(crate) fn value(&mut self, loosest: u8) -> Read<Expr<'s>> {
        self.nested += 1;
        if self.nested > NESTED {
            return Err(self.refuse_depth(self.cursor.at..self.cursor.at));
        }
        let mut left = self.operand(loosest)?;
        while let Some((operator, length)) = self.operator()
            && operator.binding() >= loosest
        {
            let begin = left.span.start;
            let kind = match operator {
                Operator::Binary(binary) => {
                    self.cursor.at += length;
                    if binary == Binary::Divide && self.cursor.is_word("door") {
                        self.cursor.at += "door".len();
                    }
                    let right = self.value(operator.binding() + 1)?;
                    Kind::Binary(binary, Box::new(left), Box::new(right))
                }
                Operator::Compare(_) => {
                    let mut rest = Vec::new();
                    while let Some((Operator::Compare(sign), length)) = self.operator() {
                        self.cursor.at += length;
                        rest.push((sign, self.value(binding::COMPARE + 1)?));
                    }
                    Kind::Compare(Box::new(left), rest)
                }
                Operator::Glue => {
                    let mut all = vec![left];
                    while let Some((Operator::Glue, length)) = self.operator() {
                        self.cursor.at += length;
                        all.push(self.value(binding::GLUE + 1)?);
                    }
                    Kind::Glue(all)
                }
            };
            left = Expr::new(kind, begin..self.cursor.at);
            if left.height > CHAIN {
                return Err(self.refuse_depth(begin..self.cursor.at));
            }
        }
        self.nested -= 1;
        Ok(left)
    }

    /// Whether no value and no operator can stand here.
    pub(crate) fn is_stop(&mut self) -> bool {
        self.cursor.is_over()
            || self.cursor.is_word("amen")
            || self.in_head && (self.cursor.is_word("doe") || self.cursor.is_word("dan"))
            || self.place.brackets > 0 && self.cursor.rest().starts_with([')', ']', ','])
    }

    /// Whether a whole value can end here.
    pub(crate) fn is_end(&mut self) -> bool {
        self.is_stop() || self.place.separators && self.cursor.is_word("en")
    }

    /// Refuses what stands behind a value where nothing may.
    pub(crate) fn expect_stop(&mut self, before: &Expr<'s>) -> Read<()> {
        if self.is_end() {
            return Ok(());
        }
        let at = self.cursor.at;
        let run = self.cursor.run();
        let span = at..at + run.len().max(self.cursor.rest().chars().next().map_or(0, char::len_utf8));
        if self.cursor.rest().starts_with([')', ']']) {
            return Err(self.refuse(Code::LoneBracket, span.clone(), &[self.cursor.text(&span)]));
        }
        if matches!(run, "dan" | "doe") {
            return Err(self.refuse(Code::TrailingWords, span, &[run]));
        }
        let is_value = begins_value(run) || self.cursor.rest().starts_with(['"', '\'', '(', '[']);
        let meant = meant_operator(run).filter(|_| !is_value);
        if let Some(meant) = meant {
            let code = if Name::read(run, at).is_some() { Code::AdjacentValues } else { Code::RawPython };
            self.report.add(code, span.clone(), &[run], replace(span, meant));
            return Err(Refused);
        }
        if !is_value && !run.is_empty() && is_python(run) {
            return Err(self.refuse(Code::RawPython, span, &[run]));
        }
        if run.is_empty() && self.cursor.rest().starts_with(',') {
            return Err(self.refuse(Code::RawPython, span, &[","]));
        }
        // Texts are glued more often than anything else.
        let glued = before.is_text() || matches!(run, "tekst" | "spatie") || self.cursor.rest().starts_with('"');
        let suggestion = if glued { insert(at, "plakt ") } else { None };
        let shown = self.cursor.text(&span);
        self.report.add(Code::AdjacentValues, span, &[shown], suggestion);
        Err(Refused)
    }

    /// Notes an error.
    pub(crate) fn refuse(&mut self, code: Code, span: Range<usize>, arguments: &[&str]) -> Refused {
        self.report.add(code, span, arguments, None);
        Refused
    }

    fn refuse_depth(&mut self, span: Range<usize>) -> Refused {
        self.refuse(Code::TooDeep, span, &[])
    }

    /// The operator here, and its length.
    fn operator(&mut self) -> Option<(Operator, usize)> {
        if self.is_stop() {
            return None;
        }
        let run = self.cursor.run();
        if self.place.separators && run == "en" {
            return None;
        }
        operator(run).map(|operator| (operator, run.len()))
    }

    /// A value without operators behind it.
    fn operand(&mut self, loosest: u8) -> Read<Expr<'s>> {
        if self.is_stop() {
            let at = self.cursor.end_of_last(0);
            return Err(self.refuse(Code::MissingValue, at..at, &[]));
        }
        let begin = self.cursor.at;
        let rest = self.cursor.rest();
        let second_is_digit = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        let value = match rest.as_bytes()[0] {
            b'(' => self.group()?,
            b'[' => {
                let all = self.bracketed(']')?;
                Expr::new(Kind::List(all), begin..self.cursor.at)
            }
            b'"' | b'\'' => self.quoted()?,
            b'0'..=b'9' => self.bare_number()?,
            b'-' if second_is_digit => self.bare_number()?,
            _ => self.worded(loosest)?,
        };
        self.behind(value)
    }

    /// A value that begins with a word.
    fn worded(&mut self, loosest: u8) -> Read<Expr<'s>> {
        let begin = self.cursor.at;
        let run = self.cursor.run();
        let span = begin..begin + run.len();
        self.cursor.at = span.end;
        let kind = match run {
            "tekst" => return Ok(self.text(begin)),
            "getal" => return self.number(span),
            "da" => {
                let name = self.name(span)?;
                return Ok(self.named(name, begin));
            }
            "spatie" => Kind::Text(" ".to_owned()),
            "waar" => Kind::Constant("True"),
            "onwaar" => Kind::Constant("False"),
            "roep" => return self.call(span),
            "nie" | "niet" => {
                let value = self.value(loosest.max(binding::NOT))?;
                Kind::Unary(Unary::Not, Box::new(value))
            }
            "derbij" | "deraf" => {
                let sign = if run == "derbij" { Unary::Plus } else { Unary::Minus };
                let value = self.value(binding::SIGN)?;
                Kind::Unary(sign, Box::new(value))
            }
            "plakt" | "keer" | "gedeeld" | "isgelijk" | "isniegelijk" | "isgroterdan" | "iskleinerdan" | "enook"
            | "en" | "ofwel" | "of" => {
                self.cursor.at = begin;
                return Err(self.refuse(Code::MissingValue, span, &[]));
            }
            "dan" | "doe" => return Err(self.refuse(Code::TrailingWords, span, &[run])),
            "" => {
                let bracket = begin..begin + self.cursor.rest().chars().next().map_or(0, char::len_utf8);
                let code = if self.cursor.rest().starts_with(',') { Code::RawPython } else { Code::LoneBracket };
                let shown = self.cursor.text(&bracket);
                return Err(self.refuse(code, bracket, &[shown]));
            }
            _ => {
                if let Some(name) = Name::read(run, begin) {
                    return Ok(self.named(name, begin));
                }
                let code = if is_python(run) { Code::RawPython } else { Code::BadName };
                return Err(self.refuse(code, span, &[run]));
            }
        };
        Ok(Expr::new(kind, begin..self.cursor.at))
    }

    /// Calls and places behind a value.
    fn behind(&mut self, mut value: Expr<'s>) -> Read<Expr<'s>> {
        let begin = value.span.start;
        loop {
            let can_call = matches!(value.kind, Kind::Name(_) | Kind::Call(..) | Kind::Index(..));
            let can_index = can_call || matches!(value.kind, Kind::Quoted(_) | Kind::List(_));
            self.cursor.skip_blanks();
            let rest = self.cursor.rest();
            let kind = if can_call && rest.starts_with('(') {
                let all = self.bracketed(')')?;
                Kind::Call(Box::new(value), all)
            } else if can_index && rest.starts_with('[') {
                let at = self.cursor.at;
                let mut all = self.bracketed(']')?;
                match (all.pop(), all.is_empty()) {
                    (Some(index), true) => Kind::Index(Box::new(value), Box::new(index)),
                    (None, _) => return Err(self.refuse(Code::MissingValue, at..self.cursor.at, &[])),
                    (Some(_), false) => return Err(self.refuse(Code::RawPython, at..self.cursor.at, &[","])),
                }
            } else {
                return Ok(value);
            };
            value = Expr::new(kind, begin..self.cursor.at);
            if value.height > CHAIN {
                return Err(self.refuse_depth(begin..self.cursor.at));
            }
        }
    }

    /// `( … )`.
    fn group(&mut self) -> Read<Expr<'s>> {
        let open = self.cursor.at;
        let place = self.enter(false);
        let mut value = self.value(binding::ANYTHING)?;
        self.close(open, ')', &value)?;
        self.place = place;
        value.span = open..self.cursor.at;
        Ok(value)
    }

    /// Values with commas between them, in brackets.
    fn bracketed(&mut self, closing: char) -> Read<Vec<Expr<'s>>> {
        let open = self.cursor.at;
        let place = self.enter(true);
        let mut all = Vec::new();
        loop {
            self.cursor.skip_blanks();
            if self.cursor.rest().starts_with(closing) {
                self.cursor.at += 1;
                break;
            }
            let value = self.value(binding::ANYTHING)?;
            self.cursor.skip_blanks();
            if self.cursor.rest().starts_with(',') {
                self.cursor.at += 1;
                all.push(value);
                continue;
            }
            self.close(open, closing, &value)?;
            all.push(value);
            break;
        }
        self.place = place;
        Ok(all)
    }

    /// Takes an opening bracket, and returns what was around it.
    fn enter(&mut self, commas: bool) -> Place {
        self.cursor.at += 1;
        let brackets = self.place.brackets + 1;
        std::mem::replace(&mut self.place, Place { brackets, commas, separators: false })
    }

    /// Takes a closing bracket.
    fn close(&mut self, open: usize, closing: char, before: &Expr<'s>) -> Read<()> {
        self.cursor.skip_blanks();
        let rest = self.cursor.rest();
        if rest.starts_with(closing) {
            self.cursor.at += 1;
            return Ok(());
        }
        let at = self.cursor.at;
        if rest.starts_with(',') {
            return Err(self.refuse(Code::RawPython, at..at + 1, &[","]));
        }
        if rest.starts_with([')', ']']) {
            return Err(self.refuse(Code::LoneBracket, at..at + 1, &[&rest[..1]]));
        }
        self.expect_stop(before)?;
        let shown = self.cursor.text(&(open..open + 1));
        Err(self.refuse(Code::LoneBracket, open..open + 1, &[shown]))
    }

    fn quoted(&mut self) -> Read<Expr<'s>> {
        let begin = self.cursor.at;
        match literal::quoted(self.cursor.rest()) {
            Ok((text, length)) => {
                self.cursor.at += length;
                self.quotes.push(begin..self.cursor.at);
                Ok(Expr::new(Kind::Quoted(text), begin..self.cursor.at))
            }
            Err(bad) => {
                let span = begin + bad.from..begin + bad.to;
                let shown = self.cursor.text(&span);
                Err(self.refuse(bad.code, span, &[shown]))
            }
        }
    }

    fn bare_number(&mut self) -> Read<Expr<'s>> {
        let begin = self.cursor.at;
        let run = self.cursor.run();
        self.cursor.at += run.len();
        let span = begin..self.cursor.at;
        match literal::number(run) {
            Some(number) => Ok(Expr::new(Kind::Number(number), span)),
            None if is_python(run) && !run.contains(',') => Err(self.refuse(Code::RawPython, span, &[run])),
            None => Err(self.refuse(Code::BadNumber, span, &[run])),
        }
    }

    /// What `getal` is followed by.
    fn number(&mut self, word: Range<usize>) -> Read<Expr<'s>> {
        if self.is_stop() {
            return Err(self.refuse(Code::MissingNumber, word, &[]));
        }
        let at = self.cursor.at;
        // A comma is part of what was meant as a number, unless it comes between values.
        let written = if self.place.brackets > 0 {
            self.cursor.run()
        } else {
            let word = self.cursor.peek();
            &word[..word.find(['(', ')', '[', ']', '"']).unwrap_or(word.len())]
        };
        let span = at..at + written.len();
        if let Some(number) = literal::number(written) {
            self.cursor.at = span.end;
            return Ok(Expr::new(Kind::Number(number), word.start..span.end));
        }
        let with_point = written.replacen(',', ".", 1);
        let suggestion = literal::number(&with_point).and_then(|number| replace(span.clone(), number));
        self.report.add(Code::BadNumber, span, &[written], suggestion);
        Err(Refused)
    }

    /// The name behind a word that wants one.
    pub(crate) fn name(&mut self, word: Range<usize>) -> Read<Name<'s>> {
        let is_last = self.cursor.ends_with("amen") || self.in_head && self.cursor.ends_with("doe");
        let run = self.cursor.run();
        let at = self.cursor.at;
        if is_last || run.is_empty() || run.starts_with('#') {
            let wanting = self.cursor.text(&word);
            return Err(self.refuse(Code::MissingName, word, &[wanting]));
        }
        self.cursor.at += run.len();
        match Name::read(run, at) {
            Some(name) => Ok(name),
            None => Err(self.refuse(Code::BadName, at..self.cursor.at, &[run])),
        }
    }

    /// A name, or a constant that looks like one.
    fn named(&self, name: Name<'s>, begin: usize) -> Expr<'s> {
        let constant = CONSTANTS.iter().find(|constant| **constant == name.python);
        let kind = constant.map_or_else(|| Kind::Name(name), |constant| Kind::Constant(constant));
        Expr::new(kind, begin..self.cursor.at)
    }

    /// `roep … met …` as a value.
    fn call(&mut self, word: Range<usize>) -> Read<Expr<'s>> {
        let begin = word.start;
        let name = self.name(word)?;
        let callee = self.named(name, begin);
        let is_nested = self.place.separators;
        let mut arguments = Vec::new();
        if self.cursor.is_word("met") {
            self.cursor.at += "met".len();
            arguments = self.arguments(false)?;
            if is_nested {
                // Nobody could tell whose the arguments behind the first are.
                let span = begin..self.cursor.end_of_last(0);
                let written = self.cursor.text(&span);
                let suggestion =
                    if written.len() <= REPEATED { replace(span.clone(), format!("( {written} )")) } else { None };
                self.report.add(Code::NestedCall, span, &[], suggestion);
                return Err(Refused);
            }
        }
        Ok(Expr::new(Kind::Call(Box::new(callee), arguments), begin..self.cursor.at))
    }
}

/// Whether a word has a character that means something in Python and nothing here.
pub(crate) fn is_python(word: &str) -> bool {
    word.contains(['.', '+', '*', '/', '%', '=', '<', '>', '!', '{', '}', ':', ';', '&', '|', '^', '~', '@', '\\', '`'])
        || word == "-"
}
