//! The one place that prints.

use std::fmt::Arguments;
use std::io::Write as _;

/// Writes one line for people.
///
/// A closed pipe is not an error: whoever closed it has read enough.
pub(crate) fn say(line: Arguments<'_>) {
    let mut stdout = anstream::stdout().lock();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// Writes one line for people who watch, which is no result: to standard error.
pub(crate) fn note(line: Arguments<'_>) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{line}");
}
