//! A diagnostic as Python.

use crate::{Diagnostic, Voice};

/// Python that raises a `SyntaxError` for a diagnostic, at its line: what a codec answers, since Python loses what a codec raises.
pub fn python_error(_source: &str, diagnostic: &Diagnostic, voice: Voice) -> String {
    let blank = "\n".repeat(diagnostic.start.line - 1);
    format!("{blank}raise SyntaxError({:?})\n", diagnostic.message(voice))
}
