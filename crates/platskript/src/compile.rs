//! From Platskript to Python.

use crate::{Diagnostic, lines::lines};

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether words of Python that are not part of the language pass through as they are.
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
pub fn compile(source: &str, _options: &Options) -> Result<Compiled, Vec<Diagnostic>> {
    let mut python = String::new();
    for line in lines(source) {
        let words: Vec<&str> = source[line].split_whitespace().collect();
        if let ["klap", "tekst", text @ .., "amen"] = words.as_slice() {
            python.push_str(&format!("print({:?})", text.join(" ")));
        }
        python.push('\n');
    }
    Ok(Compiled { python, warnings: Vec::new() })
}

/// All that is wrong or doubtful about a text, in the order of the places.
pub fn check(source: &str, options: &Options) -> Vec<Diagnostic> {
    match compile(source, options) {
        Ok(compiled) => compiled.warnings,
        Err(diagnostics) => diagnostics,
    }
}

/// Whether no block is open at the end of a text.
pub fn is_complete(source: &str) -> bool {
    let words = |line: std::ops::Range<usize>| source[line].split_whitespace().collect::<Vec<_>>();
    let count = |wanted: fn(&[&str]) -> bool| lines(source).filter(|line| wanted(&words(line.clone()))).count();
    count(|words| words.last() == Some(&"doe")) <= count(|words| words.first() == Some(&"gedaan"))
}
