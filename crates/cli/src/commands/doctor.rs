//! `pyxide doctor`

use owo_colors::OwoColorize as _;
use pyxide::{Error, Prerequisite, Settings};
use serde_json::json;

use crate::{SUCCESS, TOOLS_MISSING, report::Report};

/// Says which tools are there. Looks for each one, whatever is missing before it.
pub(crate) fn doctor(report: &Report, settings: Result<Settings, Error>, cancelled: &dyn Fn() -> bool) -> u8 {
    let all = pyxide::prerequisites(settings, cancelled);
    for one in &all {
        show(report, one);
    }
    if all.iter().any(|one| one.needed && !one.ok) { TOOLS_MISSING } else { SUCCESS }
}

fn show(report: &Report, one: &Prerequisite) {
    let what = match one.name {
        "python_headers" => "headers",
        "cython" => "Cython",
        "compiler" => "C compiler",
        "cxx_compiler" => "C++ compiler",
        "numpy" => "NumPy",
        other => other,
    };
    let mark = match (one.ok, one.needed) {
        (true, _) => "ok     ".green().to_string(),
        (false, true) => "missing".red().bold().to_string(),
        (false, false) => "absent ".yellow().to_string(),
    };
    let text = match (&one.version, one.name) {
        (Some(version), "interpreter") => format!("CPython {version} ({})", one.detail),
        (Some(version), "cython") if one.detail.contains(' ') => format!("{version} {}", one.detail),
        (Some(version), _) => format!("{version} ({})", one.detail),
        (None, _) => one.detail.clone(),
    };
    report.line(&format!("{mark}  {what:<12}  {text}"));
    if let Some(remedy) = &one.remedy {
        report.line(&format!("{:>23}{remedy}", ""));
    }
    report.object(
        "finding",
        json!({
            "what": what,
            "ok": one.ok,
            "needed": one.needed,
            "version": one.version,
            "detail": text,
            "remedy": one.remedy,
        }),
    );
}
