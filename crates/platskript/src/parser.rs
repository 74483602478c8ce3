//! From lines to a [`Program`]: what each line is, and which blocks are open.
//!
//! A line that cannot be read is noted and left out, and reading goes on with the next: one run finds what is wrong with each line. The head of a block opens it also where the head is
//! wrong, so that its `gedaan` is not wrong as well.

use std::ops::Range;

use crate::{
    Code,
    ast::{Block, Expr, Head, Kind, Line, Program, Statement},
    cursor::Cursor,
    limits::{BLOCKS, BRANCHES, LOOPS},
    lines::{is_space, lines},
    names::{CONSTANTS, Name},
    report::{Report, insert, replace},
    statement::Lines,
    words::{meant_starter, near},
};

/// Reads a text.
pub(crate) fn parse<'s>(source: &'s str, raw: bool, report: &mut Report) -> Program<'s> {
    let mut parser = Parser {
        source,
        raw,
        report,
        program: Program::default(),
        open: Vec::new(),
        indenting: Vec::new(),
        functions: 0,
        loops: 0,
    };
    // A mark of the byte order says nothing to a reader of text.
    let skipped = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for line in lines(source) {
        parser.line(line.start.max(skipped)..line.end.max(skipped));
    }
    parser.finish()
}

/// A block that is open.
struct Open {
    block: Block,
    /// The line of the head of the branch that is open.
    line: usize,
    /// Where its head stands.
    span: Range<usize>,
    /// Whether anything happens in it.
    is_used: bool,
    /// Whether what follows in it is never reached, and whether that was said.
    has_returned: bool,
    /// How many branches came before.
    branches: usize,
    /// How many loops were open in the function around it.
    loops: usize,
}

/// What is known while lines are read.
pub(crate) struct Parser<'s, 'r> {
    pub(crate) source: &'s str,
    pub(crate) raw: bool,
    pub(crate) report: &'r mut Report,
    pub(crate) program: Program<'s>,
    open: Vec<Open>,
    /// Which of the open blocks indent Python.
    indenting: Vec<usize>,
    functions: usize,
    loops: usize,
}

impl<'s> Parser<'s, '_> {
    fn line(&mut self, span: Range<usize>) {
        let mut cursor = Cursor { source: self.source, at: span.start, end: span.end };
        let (level, indent) = (self.open.len(), self.indenting.len());
        let word = cursor.next();
        let mut line = Line { span, comment: None, level, indent, statement: Statement::Nothing };
        let first = cursor.text(&word);
        if first.starts_with('#') {
            line.comment = Some(word.start);
        } else if !first.is_empty() {
            let mut lines = Lines { parser: self, cursor, word, comment: None };
            line.statement = lines.statement().unwrap_or(Statement::Nothing);
            line.comment = lines.comment;
            let is_branch = matches!(line.statement, Statement::Head(Head::Else | Head::ElseIf(_), _));
            if is_branch || matches!(line.statement, Statement::End(_)) {
                line.level = level.saturating_sub(1);
            }
            if is_branch {
                line.indent = indent.saturating_sub(1);
            }
        }
        self.program.lines.push(line);
    }

    /// Notes that something happens here.
    pub(crate) fn use_block(&mut self, span: &Range<usize>) {
        if let Some(place) = self.indenting.last() {
            self.open[*place].is_used = true;
        }
        if let Some(open) = self.open.last_mut()
            && std::mem::take(&mut open.has_returned)
        {
            self.report.add(Code::Unreachable, span.clone(), &[], None);
        }
    }

    /// Notes that nothing behind this is reached.
    pub(crate) fn end_function(&mut self, span: &Range<usize>) {
        if self.functions == 0 {
            self.report.add(Code::ReturnOutsideFunction, span.clone(), &[], None);
        } else if let Some(open) = self.open.last_mut() {
            open.has_returned = true;
        }
    }

    /// Opens a block at this line.
    pub(crate) fn open(&mut self, block: Block, span: Range<usize>) {
        if block.indents() {
            self.use_block(&span);
        }
        let loops = self.loops;
        match block {
            Block::Function => {
                self.functions += 1;
                self.loops = 0;
            }
            Block::While => self.loops += 1,
            _ => {}
        }
        if block.indents() {
            self.indenting.push(self.open.len());
            let is_too_deep = self.indenting.len() == BLOCKS + 1 || block == Block::While && self.loops == LOOPS + 1;
            if is_too_deep {
                self.report.add(Code::TooDeep, span.clone(), &[], None);
            }
        }
        let line = self.program.lines.len();
        self.open.push(Open { block, line, span, is_used: false, has_returned: false, branches: 0, loops });
    }

    /// Ends the innermost block.
    pub(crate) fn close(&mut self) -> Option<Block> {
        let open = self.open.pop()?;
        self.settle(&open);
        if open.block.indents() {
            self.indenting.pop();
        }
        if open.block == Block::Function {
            self.functions -= 1;
        }
        self.loops = open.loops;
        Some(open.block)
    }

    /// Goes on with another branch of an `als`.
    pub(crate) fn branch(&mut self, block: Block, span: Range<usize>) -> bool {
        let line = self.program.lines.len();
        let last = self.open.last().map(|open| open.block);
        if last != Some(Block::If) {
            let code = if last == Some(Block::Else) { Code::SecondAnders } else { Code::AndersWithoutAls };
            self.report.add(code, span, &[], None);
            return false;
        }
        let Some(mut open) = self.open.pop() else { return false };
        self.settle(&open);
        open.branches += 1;
        if open.branches == BRANCHES {
            self.report.add(Code::TooDeep, span.clone(), &[], None);
        }
        self.open.push(Open { block, line, span, is_used: false, has_returned: false, ..open });
        true
    }

    /// Tells the head of a branch that ends whether anything happened in it.
    fn settle(&mut self, open: &Open) {
        if let Some(Statement::Head(_, is_empty)) =
            self.program.lines.get_mut(open.line).map(|line| &mut line.statement)
        {
            *is_empty = !open.is_used;
        }
    }

    fn finish(mut self) -> Program<'s> {
        self.program.open = self.open.len();
        if let Some(innermost) = self.open.last() {
            const NAMED: usize = 20;
            let names: Vec<String> =
                self.open.iter().take(NAMED).map(|open| format!("'{}'", open.block.name())).collect();
            let more = if self.open.len() > NAMED { ", …" } else { "" };
            let end = self.source.len();
            let newline = if self.source.ends_with(['\n', '\r']) { "" } else { "\n" };
            let ends = if self.open.len() > NAMED {
                None
            } else {
                insert(end, format!("{newline}{}", "gedaan\n".repeat(self.open.len())))
            };
            let names = format!("[{}{more}]", names.join(", "));
            self.report.add(Code::UnclosedBlocks, innermost.span.clone(), &[&names], ends);
        }
        self.program
    }

    /// Refuses a line that begins with no word of the language, and guesses what it opens or ends.
    pub(crate) fn unknown(&mut self, word: Range<usize>, line: &Range<usize>) {
        let written = &self.source[word.clone()];
        let meant = meant_starter(written);
        let suggestion = meant.and_then(|meant| replace(word.clone(), meant));
        self.report.add(Code::UnknownInstruction, word.clone(), &[written], suggestion);
        let last = terminator(&self.source[word.start..line.end]);
        if last == "doe" {
            self.open(Block::Unknown, word);
        } else if meant == Some("gedaan") && last == written {
            self.close();
        } else if last != "amen" && !matches!(meant, Some("anders" | "plan" | "maak" | "als" | "zolang")) {
            self.miss(Code::MissingAmen, line);
        }
    }

    /// Notes that a line lacks its last word.
    pub(crate) fn miss(&mut self, code: Code, line: &Range<usize>) {
        let end = line.start + self.source[line.clone()].trim_end_matches(is_space).len();
        let word = if code == Code::MissingAmen { " amen" } else { " doe" };
        let begin = line.start
            + self.source[line.start..end]
                .rfind(is_space)
                .map_or(0, |at| at + self.source[line.start + at..].chars().next().map_or(0, char::len_utf8));
        self.report.add(code, begin..end, &[], insert(end, word));
    }
}

/// The last word of a line, without its comment.
pub(crate) fn terminator(line: &str) -> &str {
    let mut last = "";
    for word in line.split(is_space).filter(|word| !word.is_empty()) {
        if word.starts_with('#') && matches!(last, "amen" | "doe" | "gedaan" | "anders") {
            break;
        }
        last = word;
    }
    last
}

/// Whether a name is a constant of Python, which cannot be set.
pub(crate) fn is_constant(name: &Name<'_>) -> bool {
    CONSTANTS.contains(&&*name.python)
}

/// The block that somebody means behind `maak`.
pub(crate) fn meant_block(word: &str) -> Option<&'static str> {
    match word {
        "functie" | "function" | "fonksie" | "funkse" | "funktie" => Some("funksie"),
        other => near(other, &["funksie", "zolang", "als"]),
    }
}

/// What can be given a value by `zet`.
pub(crate) fn is_target(value: &Expr<'_>) -> bool {
    matches!(value.kind, Kind::Name(_) | Kind::Index(..) | Kind::Raw(_))
}
