//! Python, one line per line.

use crate::{
    ast::{Binary, Expr, Head, Kind, Line, Program, Statement, Unary},
    literal::push_text,
    names::Name,
    resolve::Renamed,
    words::binding,
};

/// Writes a program that has no errors.
pub(crate) fn emit(program: &Program<'_>, renamed: &Renamed, length: usize) -> String {
    let mut writer = Writer { out: String::with_capacity(length + length / 8), renamed };
    for line in &program.lines {
        writer.line(line);
        writer.out.push('\n');
    }
    writer.out
}

struct Writer<'a> {
    out: String,
    renamed: &'a Renamed,
}

impl Writer<'_> {
    fn line(&mut self, line: &Line<'_>) {
        if matches!(line.statement, Statement::Nothing | Statement::End(_) | Statement::Head(Head::Plan, _)) {
            return;
        }
        for _ in 0..line.indent {
            self.out.push_str("    ");
        }
        match &line.statement {
            Statement::Nothing | Statement::End(_) => {}
            Statement::Print(value) => {
                self.out.push_str("print(");
                self.value_or_none(value.as_ref());
                self.out.push(')');
            }
            Statement::Set(target, value) => {
                self.value(target, binding::VALUE);
                self.out.push_str(" = ");
                self.value_or_none(value.as_ref());
            }
            Statement::Call(callee, arguments) => {
                self.value(callee, binding::VALUE);
                self.out.push('(');
                self.list(arguments);
                self.out.push(')');
            }
            Statement::Return(value) => {
                self.out.push_str("return ");
                self.value_or_none(value.as_ref());
            }
            Statement::Head(head, is_empty) => {
                self.head(head);
                if *is_empty {
                    self.out.push_str(" pass");
                }
            }
        }
    }

    fn head(&mut self, head: &Head<'_>) {
        match head {
            Head::Function(name, parameters) => {
                self.out.push_str("def ");
                self.name(name);
                self.out.push('(');
                for (place, parameter) in parameters.iter().enumerate() {
                    if place > 0 {
                        self.out.push_str(", ");
                    }
                    self.name(parameter);
                }
                self.out.push(')');
            }
            Head::If(condition) => self.condition("if ", condition),
            Head::ElseIf(condition) => self.condition("elif ", condition),
            Head::While(condition) => self.condition("while ", condition),
            Head::Else => self.out.push_str("else"),
            Head::Plan => return,
        }
        self.out.push(':');
    }

    fn condition(&mut self, word: &str, condition: &Expr<'_>) {
        self.out.push_str(word);
        self.value(condition, binding::ANYTHING);
    }

    fn value_or_none(&mut self, value: Option<&Expr<'_>>) {
        match value {
            Some(value) => self.value(value, binding::ANYTHING),
            None => self.out.push_str("None"),
        }
    }

    fn list(&mut self, all: &[Expr<'_>]) {
        for (place, value) in all.iter().enumerate() {
            if place > 0 {
                self.out.push_str(", ");
            }
            self.value(value, binding::ANYTHING);
        }
    }

    /// Writes a value, in brackets if it binds less tightly than what is around it.
    fn value(&mut self, value: &Expr<'_>, around: u8) {
        let own = match &value.kind {
            Kind::Binary(binary, ..) => tightness(*binary),
            Kind::Unary(Unary::Not, _) => binding::NOT,
            Kind::Unary(..) => binding::SIGN,
            Kind::Compare(..) => binding::COMPARE,
            // What is one text alone is the text itself.
            Kind::Glue(_) => binding::ADD,
            _ => binding::VALUE,
        };
        if own < around {
            self.out.push('(');
        }
        match &value.kind {
            Kind::Text(text) => push_text(&mut self.out, text),
            Kind::Quoted(literal) | Kind::Raw(literal) => self.out.push_str(literal),
            Kind::Number(number) => self.out.push_str(number),
            Kind::Constant(constant) => self.out.push_str(constant),
            Kind::Name(name) => self.name(name),
            Kind::Unary(Unary::Not, one) => {
                self.out.push_str("not ");
                self.value(one, binding::NOT);
            }
            Kind::Unary(unary, one) => {
                self.out.push(if *unary == Unary::Plus { '+' } else { '-' });
                self.value(one, binding::SIGN);
            }
            Kind::Binary(binary, one, other) => {
                let own = tightness(*binary);
                self.value(one, own);
                self.out.push_str(sign(*binary));
                self.value(other, own + 1);
            }
            Kind::Compare(first, rest) => {
                self.value(first, binding::COMPARE + 1);
                for (sign, value) in rest {
                    self.out.push(' ');
                    self.out.push_str(sign);
                    self.out.push(' ');
                    self.value(value, binding::COMPARE + 1);
                }
            }
            Kind::Glue(all) => self.glue(all),
            Kind::Call(callee, arguments) => {
                self.value(callee, binding::VALUE);
                self.out.push('(');
                self.list(arguments);
                self.out.push(')');
            }
            Kind::Index(one, place) => {
                self.value(one, binding::VALUE);
                self.out.push('[');
                self.value(place, binding::ANYTHING);
                self.out.push(']');
            }
            Kind::List(all) => {
                self.out.push('[');
                self.list(all);
                self.out.push(']');
            }
        }
        if own < around {
            self.out.push(')');
        }
    }

    /// Writes texts, and what becomes a text, with `+` between them.
    fn glue(&mut self, all: &[Expr<'_>]) {
        for (place, value) in all.iter().enumerate() {
            if place > 0 {
                self.out.push_str(" + ");
            }
            if value.is_text() {
                self.value(value, if place == 0 { binding::ADD } else { binding::ADD + 1 });
            } else {
                self.out.push_str("str(");
                self.value(value, binding::ANYTHING);
                self.out.push(')');
            }
        }
    }

    fn name(&mut self, name: &Name<'_>) {
        self.out.push_str(&name.python);
        if self.renamed.contains(name.at) {
            self.out.push('_');
        }
    }
}

fn tightness(binary: Binary) -> u8 {
    match binary {
        Binary::Or => binding::OR,
        Binary::And => binding::AND,
        Binary::Add | Binary::Subtract => binding::ADD,
        Binary::Multiply | Binary::Divide | Binary::Remainder => binding::MULTIPLY,
    }
}

fn sign(binary: Binary) -> &'static str {
    match binary {
        Binary::Or => " or ",
        Binary::And => " and ",
        Binary::Add => " + ",
        Binary::Subtract => " - ",
        Binary::Multiply => " * ",
        Binary::Divide => " / ",
        Binary::Remainder => " % ",
    }
}
