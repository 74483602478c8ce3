//! What compilers say, taken apart.
//!
//! GCC and Clang print a complaint as `file:line:column: error: text`. Around it stands how they came there: through which
//! files it was included, and from where a template was asked for. GCC says both before the complaint and only when they
//! have changed, Clang includes before and templates after it, as notes. Here they belong to the complaint.

use std::collections::HashMap;

use crate::Severity;

/// The place that a message begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: Option<usize>,
    pub(crate) column: Option<usize>,
}

/// One complaint of a compiler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Complaint<'a> {
    pub(crate) severity: Severity,
    pub(crate) place: Place<'a>,
    pub(crate) message: &'a str,
    /// Where the template or the macro was asked for that it is about, the innermost first.
    pub(crate) asked: Vec<Place<'a>>,
    /// Where the file was included, the innermost first.
    pub(crate) included: Vec<Place<'a>>,
    /// What else was said about it.
    pub(crate) notes: Vec<(Place<'a>, &'a str)>,
}

/// What a line says.
enum Line<'a> {
    Complaint(Severity, Place<'a>, &'a str),
    Note(Place<'a>, &'a str),
    /// `In file included from`, or GCC's continuation of it.
    Included(Place<'a>, bool),
    /// `m.cpp: In function 'f':`, which ends what was said about templates.
    Context,
    /// `m.cpp:7:3:   required from here`
    Required(Place<'a>),
    /// A line of source, a caret, a sum.
    Other,
}

/// The complaints in what a compiler printed.
pub(crate) fn read(output: &str) -> Vec<Complaint<'_>> {
    let mut complaints: Vec<Complaint<'_>> = Vec::new();
    let mut ways_in: HashMap<&str, Vec<Place<'_>>> = HashMap::new();
    let (mut included, mut required) = (Vec::new(), Vec::new());
    let mut goes_on = false;
    // Clang says only once from where a template was asked for: this complaint goes on in the one before.
    let (mut inherits, mut by_note) = (Vec::new(), Vec::new());
    for text in output.lines() {
        let line = line(text);
        let continues = goes_on;
        goes_on = matches!(line, Line::Included(..));
        match line {
            Line::Included(place, begins) => {
                if !continues {
                    included.clear();
                }
                // Clang begins anew with each file, from the outside in; GCC goes on from the inside out.
                let at = if begins { 0 } else { included.len() };
                included.insert(at, place);
            }
            Line::Context => required.clear(),
            Line::Required(place) => required.push(place),
            Line::Note(place, message) => {
                if !included.is_empty() {
                    ways_in.insert(place.file, std::mem::take(&mut included));
                }
                let Some(complaint) = complaints.last_mut() else { continue };
                let is_request = message.ends_with("requested here");
                if is_request || message.starts_with("in expansion of macro") {
                    complaint.asked.push(place);
                    if let Some(last) = by_note.last_mut().filter(|_| is_request) {
                        *last = true;
                    }
                } else if !message.starts_with("each undeclared identifier") {
                    complaint.notes.push((place, message.trim()));
                }
            }
            Line::Complaint(severity, place, message) => {
                inherits.push(included.is_empty());
                if !included.is_empty() {
                    ways_in.insert(place.file, std::mem::take(&mut included));
                }
                let included = ways_in.get(place.file).cloned().unwrap_or_default();
                let asked = required.clone();
                by_note.push(false);
                complaints.push(Complaint { severity, place, message, asked, included, notes: vec![] });
            }
            Line::Other => {}
        }
    }
    for index in 1..complaints.len() {
        let before = &complaints[index - 1];
        let is_same =
            inherits[index] && complaints[index].asked.is_empty() && complaints[index].place.file == before.place.file;
        if is_same && by_note[index - 1] {
            let asked = before.asked.clone();
            complaints[index].asked = asked;
            by_note[index] = true;
        }
    }
    complaints
}

fn line(text: &str) -> Line<'_> {
    const MARKS: [(&str, Option<Severity>); 7] = [
        (": fatal error: ", Some(Severity::Error)),
        (": internal compiler error: ", Some(Severity::Error)),
        (": error: ", Some(Severity::Error)),
        // The assembler's.
        (": Error: ", Some(Severity::Error)),
        (": warning: ", Some(Severity::Warning)),
        (": Warning: ", Some(Severity::Warning)),
        (": note: ", None),
    ];
    let from = text.strip_prefix("In file included from ");
    let more = text.trim_start().strip_prefix("from ").filter(|_| text.starts_with("        "));
    if let Some(place) = from.or(more) {
        return Line::Included(Place::read(place.trim_end_matches([',', ':'])), from.is_some());
    }
    if text.starts_with(char::is_whitespace) {
        return Line::Other;
    }
    for mark in [":   required ", ":   recursively required "] {
        if let Some((before, _)) = text.split_once(mark) {
            return Line::Required(Place::read(before));
        }
    }
    let first = MARKS
        .iter()
        .filter_map(|(mark, severity)| Some((text.find(mark)?, *mark, *severity)))
        .min_by_key(|found| found.0);
    let Some((at, mark, severity)) = first else {
        let is_context = text.ends_with(':') && (text.contains(": In ") || text.contains(": At "));
        return if is_context { Line::Context } else { Line::Other };
    };
    let (place, message) = (Place::read(&text[..at]), &text[at + mark.len()..]);
    // A line of the source may have the same words in a string.
    if place.line.is_none() && place.file.contains([' ', '\t', '"', '(']) {
        return Line::Other;
    }
    match severity {
        Some(severity) => Line::Complaint(severity, place, message),
        None => Line::Note(place, message),
    }
}

impl<'a> Place<'a> {
    /// `file:line:column`, `file:line` or `file`, taken apart.
    pub(crate) fn read(text: &'a str) -> Self {
        let number =
            |text: &'a str| text.rsplit_once(':').and_then(|(rest, digits)| Some((rest, digits.parse().ok()?)));
        match number(text).map(|(rest, last)| (rest, last, number(rest))) {
            Some((_, column, Some((file, line)))) => Self { file, line: Some(line), column: Some(column) },
            Some((file, line, None)) => Self { file, line: Some(line), column: None },
            None => Self { file: text, line: None, column: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_apart() {
        let check = |text, file, line, column| assert_eq!(Place::read(text), Place { file, line, column }, "{text}");
        check("a.pyx:1:2", "a.pyx", Some(1), Some(2));
        check("a.pyx:1", "a.pyx", Some(1), None);
        check("a.pyx", "a.pyx", None, None);
        check("odd:name.pyx:3:4", "odd:name.pyx", Some(3), Some(4));
        check("odd:name.pyx", "odd:name.pyx", None, None);
    }

    /// The places of a complaint: its own, those that asked for it, and those that included it.
    fn ways(output: &str) -> Vec<String> {
        let shown = |places: &[Place<'_>]| {
            let all = places.iter().map(|place| format!("{}:{}", place.file, place.line.unwrap_or(0)));
            all.collect::<Vec<_>>().join(" ")
        };
        let complaints = read(output);
        let ways = complaints.iter().map(|one| {
            format!(
                "{} < {} < {} ({} notes)",
                shown(&[one.place]),
                shown(&one.asked),
                shown(&one.included),
                one.notes.len()
            )
        });
        ways.collect()
    }

    #[test]
    fn gcc_says_before_a_complaint_how_it_came_there_and_only_when_that_changes() {
        let found = ways(
            "In file included from /usr/include/b.h:3,\n                 from m.cpp:9:\n\
             /usr/include/t.h: In instantiation of 'bool less<T>()':\n\
             /usr/include/u.h:5:32:   required from 'void g()'\n\
             m.cpp:77:29:   required from here\n\
             /usr/include/t.h:40:20: error: no match for 'operator<'\n  408 |       { return x < y; }\n\
             /usr/include/v.h:1:5: note: candidate: 'one'\n\
             /usr/include/t.h:41:20: error: another in the same\n\
             m.cpp: In function 'f':\n\
             m.cpp:80:1: error: 'y' undeclared\n\
             m.cpp:80:1: note: each undeclared identifier is reported only once\n\
             /usr/include/t.h:50:1: error: outside\n",
        );
        assert_eq!(
            found,
            [
                "/usr/include/t.h:40 < /usr/include/u.h:5 m.cpp:77 < /usr/include/b.h:3 m.cpp:9 (1 notes)",
                "/usr/include/t.h:41 < /usr/include/u.h:5 m.cpp:77 < /usr/include/b.h:3 m.cpp:9 (0 notes)",
                "m.cpp:80 <  <  (0 notes)",
                "/usr/include/t.h:50 <  < /usr/include/b.h:3 m.cpp:9 (0 notes)",
            ]
        );
    }

    #[test]
    fn clang_says_it_from_the_outside_in_and_after_a_complaint() {
        let found = ways(
            "In file included from m.cpp:9:\nIn file included from /usr/include/b.h:3:\n\
             /usr/include/t.h:40:20: error: invalid operands\n      { return x < y; }\n               ~ ^ ~\n\
             /usr/include/u.h:5:32: note: in instantiation of member function 'g' requested here\n\
             m.cpp:77:17: note: in instantiation of member function 'h' requested here\n\
             /usr/include/v.h:1:5: note: candidate ignored\n\
             /usr/include/t.h:41:20: error: another in the same\n\
             In file included from m.cpp:9:\n/usr/include/b.h:7:1: error: outside\n3 errors generated.\n",
        );
        assert_eq!(
            found,
            [
                "/usr/include/t.h:40 < /usr/include/u.h:5 m.cpp:77 < /usr/include/b.h:3 m.cpp:9 (1 notes)",
                "/usr/include/t.h:41 < /usr/include/u.h:5 m.cpp:77 < /usr/include/b.h:3 m.cpp:9 (0 notes)",
                "/usr/include/b.h:7 <  < m.cpp:9 (0 notes)",
            ]
        );
    }

    #[test]
    fn lines_of_source_are_no_complaints() {
        assert_eq!(ways("  12 | x(\"a.c:1:2: error: no\");\nstatic char *s = \"m: error: x\";\n"), [""; 0]);
    }
}
