//! The layout of a text.

use crate::Diagnostic;

/// Lays a text out.
///
/// # Errors
///
/// What is wrong with the text.
pub fn format(source: &str) -> Result<String, Vec<Diagnostic>> {
    Ok(source.to_owned())
}
