//! The layout of a text.

use crate::{Diagnostic, ast::Line, cookie::cookie, cursor::Cursor, lines::is_space, parser::parse, report::Report};

/// Beyond this depth a layout indents no further.
const DEEPEST: usize = 100;

/// Lays a text out: two blanks per block, one blank between words, one empty line at most, and lines that end with a newline.
///
/// Comments and what is quoted stay as they are, and so does what the text means: formatted, it compiles to the same Python, but for empty lines. The first two lines keep their places, in
/// which Python looks for the encoding.
///
/// # Errors
///
/// What is wrong with the text.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    let mut report = Report::default();
    let program = parse(source, true, &mut report);
    if report.has_errors() {
        return Err(report.finish(source));
    }
    let mut out = String::with_capacity(source.len());
    let mut quotes = program.quotes.as_slice();
    let (mut count, mut was_empty) = (0, false);
    for line in &program.lines {
        let begin = out.len();
        push_line(&mut out, source, line, &mut quotes);
        let is_empty = out.len() == begin;
        if is_empty && was_empty && count > 2 {
            continue;
        }
        out.push('\n');
        count += 1;
        was_empty = is_empty;
    }
    let kept = out.trim_end_matches('\n').len();
    out.truncate(kept);
    if !out.is_empty() {
        out.push('\n');
    }
    if cookie(&out) != cookie(source) {
        // A line that Python took as part of another one stands alone now; where it stands then it says nothing about the encoding.
        out.insert_str(0, "\n\n");
    }
    Ok(out)
}

fn push_line(out: &mut String, source: &str, line: &Line<'_>, quotes: &mut &[std::ops::Range<usize>]) {
    let skipped = if line.span.start == 0 && source.starts_with('\u{feff}') { 3 } else { 0 };
    let words = line.span.start.max(skipped)..line.comment.unwrap_or(line.span.end);
    let mut cursor = Cursor { source, at: words.start, end: words.end };
    let mut is_first = true;
    loop {
        cursor.skip_blanks();
        if cursor.at == cursor.end {
            break;
        }
        push_gap(out, line, &mut is_first, " ");
        // A word may hold quoted texts, and blanks in them.
        loop {
            while quotes.first().is_some_and(|quote| quote.end <= cursor.at) {
                *quotes = &quotes[1..];
            }
            let quote = quotes.first().filter(|quote| quote.start < cursor.end);
            if let Some(quote) = quote.filter(|quote| quote.start == cursor.at) {
                out.push_str(&source[quote.clone()]);
                cursor.at = quote.end;
                continue;
            }
            let rest = cursor.rest();
            let mut length = crate::lines::word(rest);
            if let Some(quote) = quote {
                length = length.min(quote.start - cursor.at);
            }
            if length == 0 {
                break;
            }
            out.push_str(&rest[..length]);
            cursor.at += length;
        }
    }
    if let Some(comment) = line.comment {
        push_gap(out, line, &mut is_first, "  ");
        out.push_str(source[comment..line.span.end].trim_end_matches(is_space));
    }
}

/// What comes before a word: the indentation of its line, or blanks.
fn push_gap(out: &mut String, line: &Line<'_>, is_first: &mut bool, between: &str) {
    if std::mem::take(is_first) {
        for _ in 0..line.level.min(DEEPEST) {
            out.push_str("  ");
        }
    } else {
        out.push_str(between);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let formatted = format(source).unwrap();
        assert_eq!(formatted, expected);
        assert_eq!(format(&formatted).unwrap(), formatted, "twice");
    }

    #[test]
    fn blocks_are_indented() {
        check(
            "plan doe\nals  waar dan doe\r\nklap tekst  a\u{a0}b amen\nanders als onwaar doe\nanders\n   amen\ngedaan\n gedaan",
            "plan doe\n  als waar dan doe\n    klap tekst a b amen\n  anders als onwaar doe\n  anders\n    amen\n  gedaan\ngedaan\n",
        );
    }

    #[test]
    fn comments_and_quotes_stay() {
        check(
            "klap  \"a  b\"   plakt 'c\td'  amen   # e   f  \n    #  g  h\nroep print met \"a \"  en f(\" b\",  \"  \") amen",
            "klap \"a  b\" plakt 'c\td' amen  # e   f\n#  g  h\nroep print met \"a \" en f(\" b\", \"  \") amen\n",
        );
    }

    #[test]
    fn empty_lines_are_few() {
        check("klap 1 amen\namen\n\n\n\nklap 2 amen\n\n\n", "klap 1 amen\namen\n\nklap 2 amen\n");
        check("\n\n\n\n\n", "");
        check("", "");
    }

    #[test]
    fn a_comment_never_becomes_a_cookie() {
        check("\n\n\n# coding: latin-1\n", "\n\n\n# coding: latin-1\n");
        check("\n\n\n\n\n# coding: latin-1\n", "\n\n\n# coding: latin-1\n");
        check("\u{2028}# coding: latin-1\n", "\n\n\n# coding: latin-1\n");
        check("  # coding: vlaamsplats\n", "# coding: vlaamsplats\n");
    }

    #[test]
    fn raw_python_is_laid_out() {
        check("klap  x . y   +  1 amen", "klap x . y + 1 amen\n");
    }
}
