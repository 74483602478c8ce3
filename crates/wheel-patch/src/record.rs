//! RECORD: the list of a wheel's files, with hashes and sizes.
//!
//! It is read as Python's `csv.reader` reads it, and refused where that would guess: text behind a closing quote, a quote
//! that is never closed, a carriage return alone. So what we read is what every installer reads.

use std::{borrow::Cow, ops::Range};

use memchr::memchr3;

/// The rows of a RECORD, and the text that they are in.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    text: String,
    rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its bytes, with the end of the line.
    bytes: Range<usize>,
    /// The file's name.
    pub(crate) path: Box<str>,
    /// The text of its hash.
    pub(crate) hash: Box<str>,
    /// The text of its size.
    pub(crate) size: Box<str>,
}

/// Where and why something is no RECORD.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SyntaxProblem {
    /// The line, from 1.
    pub(crate) line: usize,
    pub(crate) message: &'static str,
}

impl Record {
    /// Reads a RECORD.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, SyntaxProblem> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid].split(|byte| *byte == b'\n').count();
            SyntaxProblem { line, message: "it is not UTF-8" }
        })?;
        let mut rows = Vec::new();
        let (mut at, mut line) = (0, 1);
        while at < text.len() {
            let ([path, hash, size], end) = row(&text, at).map_err(|message| SyntaxProblem { line, message })?;
            rows.push(Row { bytes: at..end, path: path.into(), hash: hash.into(), size: size.into() });
            line += text[at..end].bytes().filter(|byte| *byte == b'\n').count();
            at = end;
        }
        Ok(Self { text, rows })
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A row as it is written, with the end of its line, if it has one.
    pub(crate) fn raw(&self, row: &Row) -> &str {
        &self.text[row.bytes.clone()]
    }

    /// How many rows are in the first so many bytes. None if a row goes on there.
    pub(crate) fn rows_within(&self, length: usize) -> Option<usize> {
        let count = self.rows.partition_point(|row| row.bytes.end <= length);
        let end = count.checked_sub(1).map_or(0, |last| self.rows[last].bytes.end);
        // A last line that had no end got one when rows were added.
        let is_end = end == length
            || self
                .rows
                .get(count)
                .is_some_and(|row| self.raw(row).trim_end_matches(['\r', '\n']).len() + row.bytes.start == length);
        is_end.then_some(if end == length { count } else { count + 1 })
    }

    /// How its lines end.
    pub(crate) fn newline(&self) -> &'static str {
        match self.rows.first() {
            Some(row) if self.raw(row).ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }
}

/// The fields of the row that begins here, and where the next one begins.
fn row(text: &str, start: usize) -> Result<([Cow<'_, str>; 3], usize), &'static str> {
    let bytes = text.as_bytes();
    let (mut fields, mut count, mut at) = ([const { Cow::Borrowed("") }; 3], 0, start);
    let end = loop {
        let (found, end) = field(text, at)?;
        if let Some(place) = fields.get_mut(count) {
            *place = found;
        }
        count += 1;
        at = match (bytes.get(end), bytes.get(end + 1)) {
            (Some(b','), _) => end + 1,
            (Some(b'\n'), _) => break end + 1,
            (Some(b'\r'), Some(b'\n')) => break end + 2,
            (None, _) => break end,
            (Some(b'\r'), _) => return Err("a carriage return stands alone"),
            (Some(_), _) => return Err("there is text behind a closing quote"),
        };
    };
    if count == fields.len() { Ok((fields, end)) } else { Err("a line has three columns") }
}

/// The field that begins here, and where it ends.
fn field(text: &str, start: usize) -> Result<(Cow<'_, str>, usize), &'static str> {
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        // A quote within a field is a letter like any other.
        let end = memchr3(b',', b'\r', b'\n', &bytes[start..]).map_or(text.len(), |length| start + length);
        return Ok((Cow::Borrowed(&text[start..end]), end));
    }
    let (mut field, mut at) = (String::new(), start + 1);
    loop {
        let length = text[at..].find('"').ok_or("a quote is not closed")?;
        field.push_str(&text[at..at + length]);
        at += length + 1;
        if bytes.get(at) != Some(&b'"') {
            return Ok((Cow::Owned(field), at));
        }
        field.push('"');
        at += 1;
    }
}

/// Writes a row, quoted where it has to be.
pub(crate) fn write_row(into: &mut String, path: &str, hash: &str, size: &str, newline: &str) {
    for (field, separator) in [(path, ","), (hash, ","), (size, newline)] {
        if field.contains([',', '"', '\r', '\n']) {
            into.push('"');
            into.push_str(&field.replace('"', "\"\""));
            into.push('"');
        } else {
            into.push_str(field);
        }
        into.push_str(separator);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Result<Vec<[String; 3]>, (usize, &'static str)> {
        let record = Record::parse(text.as_bytes().to_vec()).map_err(|problem| (problem.line, problem.message))?;
        let fields = |row: &Row| [&row.path, &row.hash, &row.size].map(ToString::to_string);
        Ok(record.rows().iter().map(fields).collect())
    }

    #[test]
    fn rows_are_what_python_reads() {
        let check = |text: &str, expected: &[[&str; 3]]| assert_eq!(rows(text).unwrap(), expected, "{text:?}");
        check("", &[]);
        check("a,b,1\nc,,\n", &[["a", "b", "1"], ["c", "", ""]]);
        check("a,b,1\r\nc,,", &[["a", "b", "1"], ["c", "", ""]]);
        check("\"a,\"\"b\"\"\",\"\",2\n", &[["a,\"b\"", "", "2"]]);
        check("\"a\nb\",x,\"y\"\r\n", &[["a\nb", "x", "y"]]);
        check("a\"b,\"\",' \n", &[["a\"b", "", "' "]]);
    }

    #[test]
    fn what_python_would_guess_at_is_refused() {
        let check = |text: &str, line, message| assert_eq!(rows(text).unwrap_err(), (line, message), "{text:?}");
        check("a,b,1\na,b\n", 2, "a line has three columns");
        check("a,b,1,\n", 1, "a line has three columns");
        check("a,b,1\n\n", 2, "a line has three columns");
        check("\"a,b,1\n", 1, "a quote is not closed");
        check("\"a\"b,c,1\n", 1, "there is text behind a closing quote");
        check("a,b,1\rc,d,2\n", 1, "a carriage return stands alone");
        let latin = Record::parse(b"a,b,1\n\xe4,b,1\n".to_vec()).unwrap_err();
        assert_eq!(latin, SyntaxProblem { line: 2, message: "it is not UTF-8" });
    }

    #[test]
    fn a_beginning_has_whole_rows() {
        let record = Record::parse(b"a,b,1\nc,,\n".to_vec()).unwrap();
        assert_eq!([0, 6, 10].map(|length| record.rows_within(length)), [Some(0), Some(1), Some(2)]);
        assert_eq!(record.rows_within(9), Some(2), "the line had no end");
        assert_eq!([3, 7, 11].map(|length| record.rows_within(length)), [None; 3]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            fields in prop::collection::vec(["[ -~\u{e4}\r\n\",]{0,12}", "[a-z=\"]{0,5}", "[0-9]{0,3}"], 0..6),
            windows in any::<bool>(),
        ) {
            let newline = if windows { "\r\n" } else { "\n" };
            let mut text = String::new();
            for [path, hash, size] in &fields {
                write_row(&mut text, path, hash, size, newline);
            }
            prop_assert_eq!(rows(&text).unwrap(), fields);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(record) = Record::parse(bytes.clone()) {
                let raw: String = record.rows().iter().map(|row| record.raw(row)).collect();
                prop_assert_eq!(raw.as_bytes(), bytes);
            }
        }
    }
}
