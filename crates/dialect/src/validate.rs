//! What is wrong with a folder of packs.

use std::path::Path;

use crate::error::Error;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack cannot be used, or a rule can never do what it says.
    Error,
    /// Nothing breaks, and somebody probably meant something else.
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule that is broken.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// File and key.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

/// Checks a whole folder: the index, every pack, and what the packs do together.
///
/// # Errors
///
/// Fails only where the folder itself cannot be read; what is in it becomes findings.
pub fn validate(folder: &Path) -> Result<Vec<Finding>, Error> {
    let packs = crate::packs::Packs::open(folder)?;
    let mut found = Vec::new();
    for entry in packs.entries() {
        if let Err(error) = packs.dialect(&entry.id) {
            let place = format!("packs/{}", entry.file);
            found.push(Finding { rule: "unusable", severity: Severity::Error, place, message: error.to_string() });
        }
    }
    Ok(found)
}
