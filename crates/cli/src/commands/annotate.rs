//! `pyxide annotate`

use std::{path::Path, process::Command};

use pyxide::{Error, LineCost, Patience, Session};
use serde_json::json;

use crate::{
    SUCCESS,
    args::BuildOptions,
    commands::build::request,
    report::{Report, text},
    signals::Signals,
};

/// Python knows how each platform opens a page.
const OPEN: &str = "import pathlib, sys, webbrowser; sys.exit(not webbrowser.open(pathlib.Path(sys.argv[1]).as_uri()))";

/// What to do with the page.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Whether to open it.
    pub(crate) open: bool,
    /// From which score on to print lines.
    pub(crate) min_score: Option<u64>,
}

/// Builds with the page, and shows where it is or what is in it.
pub(crate) fn annotate(
    session: &Session,
    report: &Report,
    signals: &Signals,
    file: &Path,
    wanted: &Wanted,
    options: &BuildOptions,
) -> Result<u8, Error> {
    let mut request = request(file, options)?;
    request.annotate = Some(true);
    let (observe, cancelled) = (|event| report.event(event), || report.is_cancelled(signals));
    let built = session.build(&request, &Patience { observe: &observe, cancelled: &cancelled });
    report.end_progress();
    let built = built?;
    let Some(page) = built.annotation() else { return Ok(SUCCESS) };
    let mut costs = built.costs()?;
    costs.retain(|cost| cost.score >= wanted.min_score.unwrap_or(1));
    match wanted.min_score {
        None => report.line(&page.display().to_string()),
        Some(least) if costs.is_empty() => report.note(&format!("no line has a score of {least} or more")),
        Some(_) => report.lines(table(&costs)),
    }
    report.object(
        "annotation",
        json!({
            "file": text(file),
            "module": built.verified.module(),
            "key": built.verified.key(),
            "page": text(&page),
            "used_cache": built.used_cache,
            "lines": costs,
        }),
    );
    if wanted.open {
        let opened =
            Command::new(&session.settings().interpreter.executable).args(["-I", "-c", OPEN]).arg(&page).status();
        if !opened.is_ok_and(|status| status.success()) {
            report.warning(&format!("there is no browser that shows `{}`", page.display()));
        }
    }
    Ok(SUCCESS)
}

/// The lines below each other: number, score, text.
fn table(costs: &[LineCost]) -> Vec<String> {
    let width = |number: fn(&LineCost) -> u64| costs.iter().map(number).max().unwrap_or(0).to_string().len();
    let (line, score) = (width(|cost| cost.line as u64), width(|cost| cost.score));
    costs.iter().map(|cost| format!("{:>line$}  {:>score$}  {}", cost.line, cost.score, cost.text)).collect()
}
