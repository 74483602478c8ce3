//! Who is called what, and which names nobody gave a value.
//!
//! Names work as in Python: what a function gives a value anywhere is its own everywhere, all else is looked up around it, and then among what Python brings along. Nothing here is known for
//! certain but that two names must not become one; the rest is said as a warning.

use std::collections::{HashMap, HashSet};

use crate::{
    Code,
    ast::{Block, Expr, Head, Kind, Program, Statement},
    builtins::BUILTINS,
    names::Name,
    report::{Report, replace},
    words::near,
};

/// The names that are called otherwise in Python because the program itself needs them, by where they stand.
#[derive(Debug, Default)]
pub(crate) struct Renamed(HashSet<usize>);

impl Renamed {
    pub(crate) fn contains(&self, at: usize) -> bool {
        !self.0.is_empty() && self.0.contains(&at)
    }
}

/// What emitted Python calls itself.
const TAKEN: [&str; 2] = ["print", "str"];

/// What names of a program are called that are called so.
const TAKEN_AS: [&str; 2] = ["print_", "str_"];

/// How many names without a value get a suggestion; each looks through all that there are.
const SUGGESTED: usize = 20;

/// What is known of a name in one scope.
#[derive(Debug)]
struct Bound {
    /// The first line that gives it a value.
    line: usize,
    /// How many parameters it has, if it is one function and nothing else.
    parameters: Option<usize>,
}

/// A function, or the whole text.
#[derive(Debug, Default)]
struct Scope<'p> {
    around: Option<usize>,
    names: HashMap<&'p str, Bound>,
}

/// Looks up all names of a program without errors.
pub(crate) fn resolve(program: &Program<'_>, report: &mut Report) -> Renamed {
    let mut resolver = Resolver {
        report,
        scopes: vec![Scope::default()],
        written: HashMap::new(),
        clashed: HashSet::new(),
        missing: HashSet::new(),
        renamed: Renamed::default(),
        line: 0,
        loops: 0,
    };
    resolver.bind(program);
    resolver.look_up(program);
    resolver.renamed
}

struct Resolver<'p, 'r> {
    report: &'r mut Report,
    scopes: Vec<Scope<'p>>,
    /// How each name of Python is written, as far as the two may differ.
    written: HashMap<&'p str, &'p str>,
    clashed: HashSet<&'p str>,
    missing: HashSet<&'p str>,
    renamed: Renamed,
    line: usize,
    loops: usize,
}

impl<'p> Resolver<'p, '_> {
    /// Collects what has a value where.
    fn bind(&mut self, program: &'p Program<'_>) {
        let mut scope = 0;
        for (number, line) in program.lines.iter().enumerate() {
            self.line = number;
            match &line.statement {
                Statement::Set(target, _) => {
                    if let Kind::Name(name) = &target.kind {
                        self.give(scope, name, None);
                    }
                }
                Statement::Head(Head::Function(name, parameters), _) => {
                    self.give(scope, name, Some(parameters.len()));
                    self.scopes.push(Scope { around: Some(scope), names: HashMap::new() });
                    scope = self.scopes.len() - 1;
                    for parameter in parameters {
                        self.give(scope, parameter, None);
                    }
                }
                Statement::End(Block::Function) => scope = self.scopes[scope].around.unwrap_or_default(),
                _ => {}
            }
        }
    }

    fn give(&mut self, scope: usize, name: &'p Name<'_>, parameters: Option<usize>) {
        let python: &str = &name.python;
        if TAKEN.contains(&python) {
            self.renamed.0.insert(name.at);
            let span = name.at..name.at + name.length;
            let taken = TAKEN.iter().zip(TAKEN_AS).find(|(taken, _)| **taken == python);
            if let Some((taken, other)) = taken {
                self.written.insert(other, taken);
            }
            if self.missing.insert(python) {
                self.report.add(Code::TakenName, span, &[python, &format!("{python}_")], None);
            }
        }
        let line = self.line;
        let bound = self.scopes[scope].names.entry(python);
        bound.and_modify(|bound| bound.parameters = None).or_insert(Bound { line, parameters });
    }

    /// Looks up what is used.
    fn look_up(&mut self, program: &'p Program<'_>) {
        self.missing.clear();
        let (mut scope, mut entered) = (0, 0);
        let mut loops = Vec::new();
        for (number, line) in program.lines.iter().enumerate() {
            self.line = number;
            match &line.statement {
                Statement::Print(value) | Statement::Return(value) => self.values(scope, value),
                Statement::Set(target, value) => {
                    self.values(scope, value);
                    match &target.kind {
                        Kind::Name(name) => self.spell(name),
                        _ => self.value(scope, target),
                    }
                }
                Statement::Call(callee, arguments) => {
                    self.values(scope, arguments);
                    self.value(scope, callee);
                    self.count(scope, callee, arguments.len());
                }
                Statement::Head(head, _) => match head {
                    Head::Function(name, parameters) => {
                        self.spell(name);
                        for parameter in parameters {
                            self.spell(parameter);
                        }
                        entered += 1;
                        scope = entered;
                        loops.push(std::mem::take(&mut self.loops));
                    }
                    Head::If(condition) | Head::ElseIf(condition) => self.value(scope, condition),
                    Head::While(condition) => {
                        self.loops += 1;
                        self.value(scope, condition);
                    }
                    Head::Plan | Head::Else => {}
                },
                Statement::End(Block::Function) => {
                    scope = self.scopes[scope].around.unwrap_or_default();
                    self.loops = loops.pop().unwrap_or_default();
                }
                Statement::End(Block::While) => self.loops -= 1,
                Statement::Nothing | Statement::End(_) => {}
            }
        }
    }

    fn values(&mut self, scope: usize, all: impl IntoIterator<Item = &'p Expr<'p>>) {
        for value in all {
            self.value(scope, value);
        }
    }

    fn value(&mut self, scope: usize, value: &'p Expr<'_>) {
        match &value.kind {
            Kind::Text(_) | Kind::Quoted(_) | Kind::Number(_) | Kind::Constant(_) | Kind::Raw(_) => {}
            Kind::Name(name) => self.name(scope, name),
            Kind::Unary(_, one) => self.value(scope, one),
            Kind::Binary(_, one, other) | Kind::Index(one, other) => {
                self.value(scope, one);
                self.value(scope, other);
            }
            Kind::Compare(first, rest) => {
                self.value(scope, first);
                for (_, value) in rest {
                    self.value(scope, value);
                }
            }
            Kind::Glue(all) | Kind::List(all) => self.values(scope, all),
            Kind::Call(callee, arguments) => {
                self.value(scope, callee);
                self.values(scope, arguments);
                self.count(scope, callee, arguments.len());
            }
        }
    }

    /// A name that is used.
    fn name(&mut self, scope: usize, name: &'p Name<'_>) {
        self.spell(name);
        let python: &str = &name.python;
        let span = name.at..name.at + name.length;
        let Some((home, line)) = self.find(scope, python).map(|(home, bound)| (home, bound.line)) else {
            if BUILTINS.binary_search(&python).is_err() && self.missing.insert(python) {
                let near = if self.missing.len() <= SUGGESTED { self.nearest(scope, python) } else { None };
                let suggestion = near.and_then(|near| replace(span.clone(), near));
                self.report.add(Code::UndefinedName, span, &[&name.written], suggestion);
            }
            return;
        };
        if TAKEN.contains(&python) {
            self.renamed.0.insert(name.at);
        }
        // In a loop, what comes later may have come before.
        if home == scope && self.loops == 0 && line >= self.line && self.missing.insert(python) {
            self.report.add(Code::UsedBeforeSet, span, &[&name.written], None);
        }
    }

    /// The scope that gives a name its value.
    fn find(&self, scope: usize, python: &str) -> Option<(usize, &Bound)> {
        let mut next = Some(scope);
        while let Some(scope) = next {
            if let Some(bound) = self.scopes[scope].names.get(python) {
                return Some((scope, bound));
            }
            next = self.scopes[scope].around;
        }
        None
    }

    fn nearest(&self, scope: usize, python: &str) -> Option<&'p str> {
        let mut known = Vec::new();
        let mut next = Some(scope);
        while let Some(scope) = next {
            known.extend(self.scopes[scope].names.keys().copied());
            next = self.scopes[scope].around;
        }
        known.sort_unstable();
        near(python, &known).or_else(|| near(python, BUILTINS))
    }

    /// Compares how many values a function gets with how many it wants.
    fn count(&mut self, scope: usize, callee: &'p Expr<'_>, given: usize) {
        let Kind::Name(name) = &callee.kind else { return };
        let wanted = self.find(scope, &name.python).and_then(|(_, bound)| bound.parameters);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != given) {
            let (wanted, given) = (wanted.to_string(), given.to_string());
            let span = name.at..name.at + name.length;
            self.report.add(Code::ArgumentCount, span, &[&name.written, &wanted, &given], None);
        }
    }

    /// Refuses a name that is another one in Python.
    fn spell(&mut self, name: &'p Name<'_>) {
        let written: &'p str = &name.written;
        let other = *self.written.entry(&name.python).or_insert(written);
        if other != written && self.clashed.insert(written) {
            let span = name.at..name.at + name.length;
            self.report.add(Code::NameClash, span, &[written, other, &name.python], None);
        }
    }
}
