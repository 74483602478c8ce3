//! A diagnostic as Python.

use std::fmt::Write as _;

use crate::{Diagnostic, Voice, diagnostic::line_at, lines::lines, literal::push_text};

/// Python that raises a `SyntaxError` for a diagnostic, at its line: what a codec answers, since Python loses what a codec raises.
///
/// It has as many lines as the text. File and line are those of the frame that raises it: where a cookie is on the second line, Python gives a codec
/// one line less than the file has.
pub fn python_error(source: &str, diagnostic: &Diagnostic, voice: Voice) -> String {
    let (number, column) = (diagnostic.start.line, diagnostic.start.column);
    let (line, column, width) = line_at(source, diagnostic.span.start).window(column, SHOWN);
    let mut python = "\n".repeat(number - 1);
    python.push_str("raise SyntaxError(");
    push_text(&mut python, &format!("{} [{}]", diagnostic.message(voice), diagnostic.code.as_str()));
    python.push_str(", (lambda f: (f.f_code.co_filename, f.f_lineno, ");
    write!(python, "{column}, ").expect("a String takes everything");
    push_text(&mut python, &line);
    let is_one_line = diagnostic.end.line == number;
    let end = if is_one_line { column + diagnostic.end.column - diagnostic.start.column } else { width + 1 };
    let end = end.clamp(column + 1, width.max(column) + 1);
    writeln!(python, ", f.f_lineno, {end}))(__import__('sys')._getframe()))").expect("a String takes everything");
    let more = lines(source).count().saturating_sub(number);
    python.push_str(&"\n".repeat(more));
    python
}

/// How much of a line is shown.
const SHOWN: usize = 400;
