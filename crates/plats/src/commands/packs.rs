//! `plats packs`

use dialect::Severity;
use serde_json::json;

use crate::{
    Error, FAILURE, SUCCESS, args::PacksCommand, commands::dialects::table, packs, report::Report, settings::Settings,
};

/// Looks after packs.
pub(crate) fn packs(command: &PacksCommand, report: &Report, settings: &Settings) -> Result<u8, Error> {
    match command {
        PacksCommand::List => {
            let folder = packs::folder(settings)?;
            report.tell(&folder.display().to_string());
            report.data(table(&dialect::Packs::open(&folder)?));
            Ok(SUCCESS)
        }
        PacksCommand::Validate { folder, json } => {
            report.speak_json(*json);
            let folder = match folder {
                Some(folder) if !folder.is_dir() => {
                    return Err(Error::Missing { file: folder.display().to_string() });
                }
                Some(folder) => folder.clone(),
                None => packs::folder(settings)?,
            };
            let found = dialect::validate(&folder)?;
            let severity = |one: Severity| match one {
                Severity::Error => ("error", report.word("fout", "error")),
                Severity::Warning => ("warning", report.word("let op", "warning")),
            };
            for one in &found {
                let (kind, word) = severity(one.severity);
                report.line(&format!("{word}: {}: {} [{}]", one.place, one.message, one.rule));
                report.object(
                    "finding",
                    json!({ "severity": kind, "place": one.place, "rule": one.rule, "message": one.message }),
                );
            }
            let errors = found.iter().filter(|one| one.severity == Severity::Error).count();
            let warnings = found.len() - errors;
            report.line(&if report.word("", "english").is_empty() {
                format!("`{}`: {errors} fouten, {warnings} waarschuwingen", folder.display())
            } else {
                format!("`{}`: {errors} errors, {warnings} warnings", folder.display())
            });
            Ok(if errors == 0 { SUCCESS } else { FAILURE })
        }
    }
}
