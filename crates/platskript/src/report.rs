//! What was found while a text was read.

use std::ops::Range;

use crate::{Code, Diagnostic, Suggestion, diagnostic::SHOWN, position::positions};

/// How many errors are noted, and how many warnings: a file that is something else entirely has one for each of its lines.
const MOST: usize = 1000;

/// Findings in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    errors: usize,
}

/// A diagnostic before its lines were counted.
#[derive(Debug)]
struct Finding {
    code: Code,
    span: Range<usize>,
    arguments: Vec<String>,
    suggestion: Option<Suggestion>,
}

impl Report {
    /// Notes something, with what the message names.
    pub(crate) fn add(&mut self, code: Code, span: Range<usize>, arguments: &[&str], suggestion: Option<Suggestion>) {
        let count = if code.is_error() { self.errors } else { self.findings.len() - self.errors };
        if count == MOST {
            return;
        }
        self.errors += usize::from(code.is_error());
        let arguments = arguments.iter().map(|argument| shortened(argument)).collect();
        self.findings.push(Finding { code, span, arguments, suggestion });
    }

    /// Whether anything found so far is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many findings there are, to go back to.
    pub(crate) fn mark(&self) -> usize {
        self.findings.len()
    }

    /// Forgets what was found between two marks.
    pub(crate) fn forget_between(&mut self, from: usize, to: usize) {
        self.errors -= self.findings.drain(from..to).filter(|finding| finding.code.is_error()).count();
    }

    /// All findings with their places, in the order of the text.
    pub(crate) fn finish(mut self, source: &str) -> Vec<Diagnostic> {
        self.findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
        let mut offsets: Vec<usize> =
            self.findings.iter().flat_map(|finding| [finding.span.start, finding.span.end]).collect();
        offsets.sort_unstable();
        offsets.dedup();
        let positions = positions(source, &offsets);
        let position = |offset: usize| {
            let place = offsets.binary_search(&offset).expect("every offset was asked for");
            positions[place]
        };
        let diagnostic = |finding: Finding| Diagnostic {
            code: finding.code,
            severity: finding.code.severity(),
            start: position(finding.span.start),
            end: position(finding.span.end),
            span: finding.span,
            suggestion: finding.suggestion,
            arguments: finding.arguments,
        };
        self.findings.into_iter().map(diagnostic).collect()
    }
}

/// A suggestion that replaces something.
#[expect(clippy::unnecessary_wraps, reason = "what is suggested is optional wherever this is used")]
pub(crate) fn replace(span: Range<usize>, replacement: impl Into<String>) -> Option<Suggestion> {
    Some(Suggestion { span, replacement: replacement.into() })
}

/// A suggestion that inserts something.
pub(crate) fn insert(at: usize, text: impl Into<String>) -> Option<Suggestion> {
    replace(at..at, text)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
