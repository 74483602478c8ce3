//! `pyxide wheel diff`, `normalise` and `repair`

use std::path::Path;

use serde_json::json;
use wheel_patch::{Difference, Limits, NormaliseOptions, RepairOptions, Severity, printable, shown};

use crate::{
    SUCCESS,
    report::{Report, text},
};

use super::object;

/// The exit code when wheels differ, as `diff` has it.
const DIFFERENT: u8 = 1;

pub(super) fn diff(report: &Report, first: &Path, second: &Path, limits: &Limits) -> Result<u8, wheel_patch::Error> {
    let found = wheel_patch::diff(first, second, limits)?;
    let Difference { added, removed, moved, changed, executable, fields, archive, .. } = &found;
    for (what, names) in [("removed", removed), ("added", added)] {
        report.lines(names.iter().map(|name| format!("{what:<10} {}", shown(name))));
    }
    report.lines(moved.iter().map(|(from, to)| format!("{:<10} {} -> {}", "moved", shown(from), shown(to))));
    for file in changed {
        let (before, after) = file.sizes;
        report.line(&format!("{:<10} {} ({before} -> {after} bytes)", "changed", shown(&file.name)));
    }
    for file in executable {
        let what = if file.is_now { "now executable" } else { "no longer executable" };
        report.line(&format!("{:<10} {} ({what})", "mode", shown(&file.name)));
    }
    for field in fields {
        for (sign, values) in [("-", &field.before), ("+", &field.after)] {
            for value in values {
                report.line(&format!("{:<10} {sign} {}: {}", field.file, shown(&field.name), shown(value)));
            }
        }
    }
    for mark in archive {
        let members = if mark.members == 1 { "member" } else { "members" };
        report.line(&format!("{:<10} {} of {} {members}", "archive", mark.what, mark.members));
    }
    if found.is_same() {
        report.note("the same is installed from both");
    }
    let moved: Vec<_> = moved.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    let changed: Vec<_> = changed
        .iter()
        .map(|file| json!({ "name": file.name, "size_before": file.sizes.0, "size_after": file.sizes.1 }))
        .collect();
    let executable: Vec<_> =
        executable.iter().map(|file| json!({ "name": file.name, "executable": file.is_now })).collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|field| json!({ "file": field.file, "name": field.name, "before": field.before, "after": field.after }))
        .collect();
    let archive: Vec<_> = archive.iter().map(|mark| json!({ "what": mark.what, "members": mark.members })).collect();
    report.object(
        "difference",
        json!({
            "first": text(first),
            "second": text(second),
            "same": found.is_same(),
            "removed": removed,
            "added": added,
            "moved": moved,
            "changed": changed,
            "modes": executable,
            "fields": fields,
            "archive": archive,
        }),
    );
    Ok(if found.is_same() { SUCCESS } else { DIFFERENT })
}

pub(super) fn normalise(report: &Report, wheel: &Path, options: &NormaliseOptions) -> Result<u8, wheel_patch::Error> {
    let done = wheel_patch::normalise(wheel, options)?;
    for finding in done.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
        report.warning(&format!("{finding} [{}]", finding.rule));
    }
    for decision in &done.decisions {
        report.line(&format!("{:>7}  {}", decision.members, decision.what));
    }
    if done.decisions.is_empty() {
        report.note("it is normal already");
    }
    let decisions: Vec<_> =
        done.decisions.iter().map(|decision| json!({ "what": decision.what, "members": decision.members })).collect();
    let findings: Vec<_> = done.findings.iter().map(|finding| object(wheel, finding)).collect();
    report.object(
        "normalised",
        json!({
            "wheel": text(options.output.as_deref().unwrap_or(wheel)),
            "changed": !done.decisions.is_empty(),
            "decisions": decisions,
            "findings": findings,
        }),
    );
    Ok(SUCCESS)
}

pub(super) fn repair(report: &Report, wheel: &Path, options: &RepairOptions) -> Result<u8, wheel_patch::Error> {
    let done = wheel_patch::repair(wheel, options)?;
    for repair in &done.repairs {
        let place = repair.place.as_deref().map(|place| format!("`{place}`: ")).unwrap_or_default();
        report.line(&printable(&format!("{place}{} [{}]", repair.message, repair.rule)));
    }
    if done.repairs.is_empty() {
        report.note("there is nothing to repair");
    }
    let repairs: Vec<_> = done
        .repairs
        .iter()
        .map(|repair| json!({ "rule": repair.rule, "place": repair.place, "message": repair.message }))
        .collect();
    report.object(
        "repaired",
        json!({
            "wheel": text(options.output.as_deref().unwrap_or(wheel)),
            "changed": !done.repairs.is_empty(),
            "repairs": repairs,
        }),
    );
    Ok(SUCCESS)
}
