//! What a text says, line by line.
//!
//! There is one [`Line`] per line of the text, and blocks are heads and ends among them: what comes out has a line for each, and no walk through a program goes deeper than one value.

use std::{borrow::Cow, ops::Range};

use crate::names::Name;

/// All lines of a text.
#[derive(Debug, Default)]
pub(crate) struct Program<'s> {
    pub(crate) lines: Vec<Line<'s>>,
    /// Blocks that are open at the end, outermost first.
    pub(crate) open: usize,
    /// Quoted texts in the order of the text: what is between blanks in them is not for a layout to touch.
    pub(crate) quotes: Vec<Range<usize>>,
}

/// A line.
#[derive(Debug)]
pub(crate) struct Line<'s> {
    /// Where it stands, without what ends it.
    pub(crate) span: Range<usize>,
    /// Where its comment begins, if it has one.
    pub(crate) comment: Option<usize>,
    /// How many blocks are around it, for the layout.
    pub(crate) level: usize,
    /// How many of them indent Python.
    pub(crate) indent: usize,
    pub(crate) statement: Statement<'s>,
}

/// What a line does.
#[derive(Debug)]
pub(crate) enum Statement<'s> {
    /// Nothing: a blank line, a comment, `amen`, or what could not be read.
    Nothing,
    /// `klap`.
    Print(Option<Expr<'s>>),
    /// `zet … op`.
    Set(Expr<'s>, Option<Expr<'s>>),
    /// `roep`.
    Call(Expr<'s>, Vec<Expr<'s>>),
    /// `geeftterug`.
    Return(Option<Expr<'s>>),
    /// The head of a block, and whether nothing happens in it.
    Head(Head<'s>, bool),
    /// `gedaan`, and what it ends.
    End(Block),
}

/// The first line of a block.
#[derive(Debug)]
pub(crate) enum Head<'s> {
    Plan,
    Function(Name<'s>, Vec<Name<'s>>),
    If(Expr<'s>),
    ElseIf(Expr<'s>),
    Else,
    While(Expr<'s>),
}

/// What kind of block a `gedaan` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    Plan,
    Function,
    If,
    Else,
    While,
    /// What could not be read, kept so that its `gedaan` has something to end.
    Unknown,
}

impl Block {
    /// How messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Function => "funksie",
            Self::If => "als",
            Self::Else => "anders",
            Self::While => "zolang",
            Self::Unknown => "?",
        }
    }

    /// Whether Python has a block for it.
    pub(crate) fn indents(self) -> bool {
        !matches!(self, Self::Plan | Self::Unknown)
    }
}

/// A value.
#[derive(Debug)]
pub(crate) struct Expr<'s> {
    pub(crate) kind: Kind<'s>,
    pub(crate) span: Range<usize>,
    /// How many values lie below each other in it.
    pub(crate) height: u32,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Kind<'s> {
    /// `tekst …`, words with one blank between them.
    Text(String),
    /// A text as a literal of Python.
    Quoted(String),
    /// A number as Python takes it.
    Number(Cow<'s, str>),
    /// `True`, `False` or `None`.
    Constant(&'static str),
    Name(Name<'s>),
    Unary(Unary, Box<Expr<'s>>),
    Binary(Binary, Box<Expr<'s>>, Box<Expr<'s>>),
    /// Comparisons, which chain as in Python.
    Compare(Box<Expr<'s>>, Vec<(&'static str, Expr<'s>)>),
    /// What `plakt` makes one text of.
    Glue(Vec<Expr<'s>>),
    Call(Box<Expr<'s>>, Vec<Expr<'s>>),
    Index(Box<Expr<'s>>, Box<Expr<'s>>),
    List(Vec<Expr<'s>>),
    /// Python that passes through.
    Raw(String),
}

/// An operator with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unary {
    Not,
    Plus,
    Minus,
}

/// An operator with two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl<'s> Expr<'s> {
    /// A value over others.
    pub(crate) fn new(kind: Kind<'s>, span: Range<usize>) -> Self {
        let below = match &kind {
            Kind::Unary(_, one) => one.height,
            Kind::Binary(_, one, other) | Kind::Index(one, other) => one.height.max(other.height),
            Kind::Compare(first, rest) => rest.iter().fold(first.height, |height, (_, it)| height.max(it.height)),
            Kind::Glue(all) | Kind::List(all) => highest(all),
            Kind::Call(callee, all) => callee.height.max(highest(all)),
            _ => 0,
        };
        // Python nests what is glued to the left.
        let own = if let Kind::Glue(all) = &kind { u32::try_from(all.len()).unwrap_or(u32::MAX) } else { 1 };
        Self { kind, span, height: below.saturating_add(own) }
    }

    /// Whether it is a text, whatever happens.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text(_) | Kind::Quoted(_) | Kind::Glue(_))
    }
}

fn highest(all: &[Expr<'_>]) -> u32 {
    all.iter().map(|it| it.height).max().unwrap_or_default()
}
