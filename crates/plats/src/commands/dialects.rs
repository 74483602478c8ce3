//! `plats dialecten`

use dialect::Packs;

use crate::{Error, SUCCESS, packs, report::Report, settings::Settings};

/// Lists the dialects.
pub(crate) fn dialects(report: &Report, settings: &Settings) -> Result<u8, Error> {
    report.data(table(&packs::open(settings)?));
    Ok(SUCCESS)
}

/// One line per dialect, sorted: id, label, and what it builds on.
pub(crate) fn table(packs: &Packs) -> String {
    let mut entries: Vec<_> = packs.entries().iter().collect();
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    let line = |entry: &&dialect::Entry| match entry.inherits.as_slice() {
        [] => format!("{}\t{}\n", entry.id, entry.label),
        parents => format!("{}\t{} <- {}\n", entry.id, entry.label, parents.join(", ")),
    };
    entries.iter().map(line).collect()
}
