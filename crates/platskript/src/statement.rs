//! One line that is neither blank nor a comment.

use std::ops::Range;

use crate::{
    Code,
    ast::{Block, Expr, Head, Kind, Statement},
    cursor::Cursor,
    names::Name,
    parser::{Parser, is_constant, is_target, meant_block, terminator},
    raw::is_whole,
    report::{insert, replace},
    value::{Read, Reader, Refused},
};

/// A line while it is read.
pub(crate) struct Lines<'p, 's, 'r> {
    pub(crate) parser: &'p mut Parser<'s, 'r>,
    /// Behind the first word.
    pub(crate) cursor: Cursor<'s>,
    /// The first word.
    pub(crate) word: Range<usize>,
    /// Where its comment begins.
    pub(crate) comment: Option<usize>,
}

impl<'s> Lines<'_, 's, '_> {
    /// Reads it. What was refused is in the report.
    pub(crate) fn statement(&mut self) -> Option<Statement<'s>> {
        let word = self.word.clone();
        match self.cursor.text(&word) {
            "plan" => Some(self.plan()),
            "gedaan" => self.end(),
            "maak" => self.make(),
            "als" => self.conditional(Block::If),
            "zolang" => self.conditional(Block::While),
            "anders" => self.otherwise(),
            "amen" => {
                self.over();
                Some(Statement::Nothing)
            }
            "klap" => self.sentence(|line| line.value().map(Statement::Print)),
            "zet" => self.sentence(Self::set),
            "roep" => self.sentence(Self::call),
            "geeftterug" => self.sentence(|line| {
                let value = line.value()?;
                line.parser.end_function(&line.word);
                Ok(Statement::Return(value))
            }),
            _ => {
                let line = word.start..self.cursor.end;
                self.parser.unknown(word, &line);
                None
            }
        }
    }

    /// A statement that ends with `amen`.
    fn sentence(&mut self, read: fn(&mut Self) -> Read<Statement<'s>>) -> Option<Statement<'s>> {
        let word = self.word.clone();
        self.parser.use_block(&word);
        let statement = read(self).ok();
        if statement.is_some() && self.cursor.is_word("amen") {
            self.cursor.at += "amen".len();
            self.over();
        } else {
            self.want("amen", Code::MissingAmen, statement.is_some());
        }
        statement
    }

    /// `zet … op …`, behind `zet`.
    fn set(&mut self) -> Read<Statement<'s>> {
        let target = self.target()?;
        if !self.cursor.is_word("op") {
            return Err(self.refuse_without_op());
        }
        self.cursor.at += "op".len();
        let value = self.value()?;
        Ok(Statement::Set(target, value))
    }

    /// What `zet` gives a value: a name, or a place in something.
    fn target(&mut self) -> Read<Expr<'s>> {
        let written = self.cursor.peek();
        let at = self.cursor.at;
        let is_alone = written.is_empty() || self.cursor.ends_with("amen");
        let is_missing = written == "op" && {
            let mut behind = self.cursor.clone();
            behind.next();
            !behind.is_word("op")
        };
        if is_alone || is_missing {
            let word = self.word.clone();
            return Err(self.refuse(Code::MissingName, word, &["zet"]));
        }
        if let Some(name) = Name::read(written, at) {
            let span = self.cursor.next();
            self.cursor.skip_blanks();
            if !self.cursor.rest().starts_with('[') {
                if is_constant(&name) {
                    return Err(self.refuse(Code::ConstantSet, span, &[written]));
                }
                return Ok(Expr::new(Kind::Name(name), span));
            }
            self.cursor.at = at;
        }
        if written.contains('[') || Name::read(written, at).is_some() {
            let target = self.read(false, |reader| reader.value(crate::words::binding::VALUE));
            if let Ok(target) = target
                && is_target(&target)
            {
                return Ok(target);
            }
        } else if self.parser.raw && is_whole(written) {
            let span = self.cursor.next();
            return Ok(Expr::new(Kind::Raw(written.to_owned()), span));
        }
        Err(self.refuse(Code::BadName, at..at + written.len(), &[written]))
    }

    /// Says what is wrong where `op` should stand.
    fn refuse_without_op(&mut self) -> Refused {
        self.cursor.skip_blanks();
        let at = self.cursor.at;
        let mut behind = self.cursor.clone();
        while !behind.is_over() {
            if behind.is_word("op") {
                let end = behind.end_of_last(at);
                let extra = self.cursor.text(&(at..end));
                self.parser.report.add(Code::TrailingWords, at..end, &[extra], replace(at..behind.at, ""));
                return Refused;
            }
            behind.next();
        }
        let word = self.word.clone();
        self.parser.report.add(Code::MissingOp, word, &[], insert(at, "op "));
        Refused
    }

    /// `roep … met …`, behind `roep`.
    fn call(&mut self) -> Read<Statement<'s>> {
        let word = self.word.clone();
        let written = self.cursor.peek();
        let at = self.cursor.at;
        let is_dotted = self.parser.raw && Name::read(written, at).is_none() && is_whole(written);
        let callee = if is_dotted {
            let span = self.cursor.next();
            Expr::new(Kind::Raw(written.to_owned()), span)
        } else {
            let name = self.read(false, |reader| reader.name(word))?;
            if is_constant(&name) {
                let span = at..self.cursor.at;
                return Err(self.refuse(Code::BadName, span, &[written]));
            }
            let span = at..self.cursor.at;
            Expr::new(Kind::Name(name), span)
        };
        let mut arguments = Vec::new();
        if self.cursor.is_word("met") {
            self.cursor.at += "met".len();
            arguments = self.read(false, |reader| reader.arguments(true))?;
        } else if !self.cursor.is_word("amen") && !self.cursor.is_over() {
            let at = self.cursor.at;
            let end = at + self.cursor.peek().len();
            let extra = self.cursor.text(&(at..end));
            self.parser.report.add(Code::TrailingWords, at..end, &[extra], insert(at, "met "));
            return Err(Refused);
        }
        Ok(Statement::Call(callee, arguments))
    }

    fn plan(&mut self) -> Statement<'s> {
        let word = self.word.clone();
        if self.cursor.is_word("doe") {
            self.cursor.at += "doe".len();
            self.over();
        } else {
            let line = word.start..self.cursor.end;
            self.parser.miss(Code::MissingDoe, &line);
        }
        self.parser.open(Block::Plan, word);
        Statement::Head(Head::Plan, false)
    }

    fn end(&mut self) -> Option<Statement<'s>> {
        self.over();
        let word = self.word.clone();
        let ended = self.parser.close();
        if ended.is_none() {
            self.parser.report.add(Code::GedaanWithoutBlock, word, &[], None);
        }
        ended.map(Statement::End)
    }

    fn make(&mut self) -> Option<Statement<'s>> {
        let second = self.cursor.next();
        self.word.end = second.end.max(self.word.end);
        match self.cursor.text(&second) {
            "funksie" => {
                let read = self.function(second);
                self.head(Block::Function, read)
            }
            "als" => self.conditional(Block::If),
            "zolang" => self.conditional(Block::While),
            other => {
                let line = self.word.start..self.cursor.end;
                let suggestion = meant_block(other).and_then(|meant| replace(second.clone(), meant));
                let span = if second.is_empty() { self.word.clone() } else { second };
                let shown = self.cursor.text(&span);
                self.parser.report.add(Code::UnknownInstruction, span, &[shown], suggestion);
                match terminator(self.cursor.text(&line)) {
                    "doe" => self.parser.open(Block::Unknown, line),
                    "amen" => {}
                    _ => self.parser.miss(Code::MissingAmen, &line),
                }
                None
            }
        }
    }

    /// The name of a function and its parameters.
    fn function(&mut self, word: Range<usize>) -> Read<Head<'s>> {
        let name = self.read(true, |reader| reader.name(word))?;
        if is_constant(&name) {
            let span = name.at..self.cursor.at;
            return Err(self.refuse(Code::ConstantSet, span, &[&name.written]));
        }
        let mut parameters: Vec<Name<'s>> = Vec::new();
        let has_met = self.cursor.is_word("met");
        let at = self.cursor.at;
        if has_met {
            self.cursor.at += "met".len();
        } else if !self.cursor.ends_with("doe") && !self.cursor.is_over() {
            // What stands here may be parameters, or too much.
            let mut behind = self.cursor.clone();
            behind.next();
            let end = behind.end_of_last(at);
            let extra = self.cursor.text(&(at..end));
            let is_too_much = behind.is_word("met");
            let (code, suggestion) = if is_too_much {
                (Code::TrailingWords, replace(at..behind.at, ""))
            } else {
                (Code::MissingMet, insert(at, "met "))
            };
            self.parser.report.add(code, at..end, &[extra], suggestion);
            return Err(Refused);
        }
        let mut names = std::collections::HashSet::new();
        while !self.cursor.is_over() && !self.cursor.ends_with("doe") {
            let span = self.cursor.next();
            let written = self.cursor.text(&span);
            if written == "en" {
                continue;
            }
            let Some(name) = Name::read(written, span.start) else {
                let plain = written.trim_matches([',', '(', ')']);
                let suggestion = Name::read(plain, 0).and_then(|_| replace(span.clone(), plain));
                self.parser.report.add(Code::BadName, span, &[written], suggestion);
                return Err(Refused);
            };
            if is_constant(&name) {
                return Err(self.refuse(Code::ConstantSet, span, &[written]));
            }
            if !names.insert(name.python.clone()) {
                return Err(self.refuse(Code::DuplicateParameter, span, &[written]));
            }
            parameters.push(name);
        }
        Ok(Head::Function(name, parameters))
    }

    fn conditional(&mut self, block: Block) -> Option<Statement<'s>> {
        let read = self.condition().map(if block == Block::If { Head::If } else { Head::While });
        self.head(block, read)
    }

    fn condition(&mut self) -> Read<Expr<'s>> {
        let word = self.word.clone();
        let condition = self.whole(true)?;
        if self.cursor.is_word("dan") {
            self.cursor.at += "dan".len();
        }
        condition.ok_or_else(|| self.refuse(Code::MissingValue, word, &[]))
    }

    /// The end of a head, and the block that it opens even if it was refused.
    fn head(&mut self, block: Block, read: Read<Head<'s>>) -> Option<Statement<'s>> {
        self.end_head(read.is_ok());
        let word = self.word.clone();
        self.parser.open(block, word);
        read.ok().map(|head| Statement::Head(head, false))
    }

    fn end_head(&mut self, is_read: bool) {
        if is_read && self.cursor.is_word("doe") {
            self.cursor.at += "doe".len();
            self.over();
        } else {
            self.want("doe", Code::MissingDoe, is_read);
        }
    }

    fn otherwise(&mut self) -> Option<Statement<'s>> {
        if self.cursor.is_word("als") {
            self.word.end = self.cursor.next().end;
            let read = self.condition();
            self.end_head(read.is_ok());
            let is_branch = self.parser.branch(Block::If, self.word.clone());
            let condition = read.ok()?;
            return is_branch.then_some(Statement::Head(Head::ElseIf(condition), false));
        }
        if self.cursor.is_word("doe") {
            self.cursor.at += "doe".len();
        }
        self.over();
        self.parser.branch(Block::Else, self.word.clone()).then_some(Statement::Head(Head::Else, false))
    }

    fn value(&mut self) -> Read<Option<Expr<'s>>> {
        self.whole(false)
    }

    /// Reads one value up to where it has to end.
    fn whole(&mut self, in_head: bool) -> Read<Option<Expr<'s>>> {
        self.read(in_head, |reader: &mut Reader<'s, '_>| reader.whole())
    }

    /// Reads values here, and goes on behind them.
    fn read<T>(&mut self, in_head: bool, read: impl FnOnce(&mut Reader<'s, '_>) -> T) -> T {
        let quotes = &mut self.parser.program.quotes;
        let mut reader = Reader::new(self.cursor.clone(), self.parser.report, quotes, self.parser.raw, in_head);
        let result = read(&mut reader);
        self.cursor = reader.cursor;
        result
    }

    fn refuse(&mut self, code: Code, span: Range<usize>, arguments: &[&str]) -> Refused {
        self.parser.report.add(code, span, arguments, None);
        Refused
    }

    /// Notes a comment here, and refuses whatever else there is.
    fn over(&mut self) {
        if self.cursor.is_over() {
            self.comment = (self.cursor.at < self.cursor.end).then_some(self.cursor.at);
            return;
        }
        let at = self.cursor.at;
        let rest = self.cursor.rest();
        let end = at + rest.trim_end_matches(crate::lines::is_space).len();
        let extra = self.cursor.text(&(at..end));
        self.parser.report.add(Code::TrailingWords, at..end, &[extra], None);
    }

    /// Notes that the last word of the line is missing, if it is: of a line that was read up to here it is, of another one nobody knows where it went on.
    fn want(&mut self, last: &str, code: Code, is_read: bool) {
        let line = self.word.start..self.cursor.end;
        if !is_read && terminator(self.cursor.text(&line)) == last {
            return;
        }
        // What stands in front of a comment is the end of the sentence.
        self.cursor.skip_blanks();
        let is_comment = self.cursor.rest().starts_with('#');
        let end = if is_comment { self.cursor.end_of_last(line.start) } else { line.end };
        self.parser.miss(code, &(line.start..end));
    }
}
