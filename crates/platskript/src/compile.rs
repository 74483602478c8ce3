//! From Platskript to Python.

use crate::{
    Diagnostic,
    emit::emit,
    parser::parse,
    report::Report,
    resolve::{Renamed, resolve},
};

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether words of Python that are not part of the language pass through as they are. Of such a text nobody promises that Python compiles it.
    pub raw_python: bool,
}

/// Python, and what is doubtful about where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// One line per line of the source, each ended by a newline.
    pub python: String,
    /// What somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Turns a text into Python.
///
/// # Errors
///
/// All that is wrong or doubtful, in the order of the text, if anything is wrong.
pub fn compile(source: &str, options: &Options) -> Result<Compiled, Vec<Diagnostic>> {
    let mut report = Report::default();
    let program = parse(source, options.raw_python, &mut report);
    // What is missing in lines that could not be read would be missed everywhere.
    let renamed = if report.has_errors() { Renamed::default() } else { resolve(&program, &mut report) };
    if report.has_errors() {
        return Err(report.finish(source));
    }
    Ok(Compiled { python: emit(&program, &renamed, source.len()), warnings: report.finish(source) })
}

/// All that is wrong or doubtful about a text, in the order of the places.
pub fn check(source: &str, options: &Options) -> Vec<Diagnostic> {
    let mut report = Report::default();
    let program = parse(source, options.raw_python, &mut report);
    if !report.has_errors() {
        resolve(&program, &mut report);
    }
    report.finish(source)
}

/// Whether no block is open at the end of a text.
pub fn is_complete(source: &str) -> bool {
    parse(source, true, &mut Report::default()).open == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_waits_for_open_blocks() {
        for complete in
            ["", "klap tekst a amen", "klap tekst a", "plan doe\ngedaan", "gedaan", "klap tekst plan doe amen"]
        {
            assert!(is_complete(complete), "{complete}");
        }
        for open in [
            "plan doe",
            "als waar doe\nanders",
            "zolang waar doe # x",
            "maak funksie f doe",
            "als ) doe",
            "anders\nplan doe",
        ] {
            assert!(!is_complete(open), "{open}");
        }
    }
}
