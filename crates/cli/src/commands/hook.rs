//! `pyxide hook`

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use owo_colors::OwoColorize as _;
use pth_hook::{Audit, Error, Finding, Measured, Plan, Request, Severity, Step, Version, check_stem, printable};
use serde_json::{Value, json};

use crate::{
    SUCCESS, UNSOUND, USAGE,
    args::{Hook, WriteOptions},
    exit,
    report::{Report, coloured, text},
};

/// Writes and judges startup hooks. `interpreter` finds the one to measure with when none is named.
pub(crate) fn hook(
    report: &Report,
    command: &Hook,
    interpreter: &dyn Fn() -> Result<PathBuf, pyxide::Error>,
    cancelled: &dyn Fn() -> bool,
) -> Result<u8, pyxide::Error> {
    let done = match command {
        Hook::Write(options) => write(report, options),
        Hook::Lint { paths, strict } => lint(report, paths, *strict),
        Hook::Audit { path, python_version, steps } => audit(report, path, *python_version, *steps),
        Hook::Measure { path, interpreter: named, rounds } => {
            let interpreters = if named.is_empty() { vec![interpreter()?] } else { named.clone() };
            measure(report, &Plan { hook: path.clone(), interpreters, rounds: *rounds }, cancelled)
        }
    };
    Ok(done.unwrap_or_else(|error| {
        let (status, kind) = exit::hook_code(&error);
        // What an interpreter said has several lines.
        let message: Vec<String> = pyxide::chain(&error).lines().map(printable).collect();
        report.failure(kind, &message.join("\n"), error.hint());
        status
    }))
}

fn write(report: &Report, options: &WriteOptions) -> Result<u8, Error> {
    let WriteOptions { name, entry, start, requires_python, shim, distribution, editable, to, overwrite, dry_run } =
        options;
    check_stem(name, distribution.as_deref().unwrap_or_default(), *editable)?;
    let written = pth_hook::write(&Request {
        name: name.clone(),
        entry: entry.clone(),
        policy: start.parse().expect("clap takes the names of policies only"),
        requires_python: requires_python.clone(),
        shim: shim.clone(),
    })?;
    let io = |action| move |source| Error::Io { action, source };
    let files: Vec<(PathBuf, &[u8])> =
        written.files.iter().map(|(name, bytes)| (to.join(name), bytes.as_slice())).collect();
    if !dry_run {
        if !to.is_dir() {
            let message = format!("there is no folder `{}`", to.display());
            report.failure("input", &message, Some("make it, or name one that is there with --to"));
            return Ok(USAGE);
        }
        // All or nothing: a hook of which one file is another's is worse than none.
        let is_other =
            |(path, bytes): &&(PathBuf, &[u8])| path.exists() && fs_err::read(path).is_ok_and(|there| there != *bytes);
        if let Some((path, _)) = files.iter().find(is_other).filter(|_| !overwrite) {
            let message = format!("there is another `{}`", path.display());
            report.failure("input", &message, Some("take another name, or write over it with --overwrite"));
            return Ok(USAGE);
        }
        for (path, bytes) in &files {
            replace(path, bytes).map_err(io("write the hook"))?;
        }
    }
    for (path, bytes) in &files {
        let content = String::from_utf8_lossy(bytes);
        if *dry_run {
            report.line(&format!("{}:\n{}", path.display(), content.trim_end()));
        } else {
            report.line(&path.display().to_string());
        }
        report.object("file", json!({ "path": text(path), "text": content, "written": !dry_run }));
    }
    for note in &written.notes {
        if report.is_json() { report.object("note", json!({ "text": note })) } else { report.note(note) }
    }
    Ok(SUCCESS)
}

/// Puts a whole file in the place of another, so that no interpreter that starts meanwhile reads half of it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let result = fs_err::File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs_err::rename(&temporary, path)
    });
    if result.is_err() {
        let _ = fs_err::remove_file(&temporary);
    }
    result
}

fn lint(report: &Report, paths: &[PathBuf], strict: bool) -> Result<u8, Error> {
    let least = if strict { Severity::Warning } else { Severity::Error };
    let (mut count, mut bad) = (0, 0);
    for path in paths {
        for finding in pth_hook::lint(path)? {
            count += 1;
            bad += usize::from(finding.severity >= least);
            show_finding(report, path, &finding);
        }
    }
    if count == 0 {
        report.note("nothing is wrong");
    }
    Ok(if bad == 0 { SUCCESS } else { UNSOUND })
}

fn show_finding(report: &Report, path: &Path, finding: &Finding) {
    let Finding { rule, severity, file, line, message } = finding;
    let shown = coloured(severity.name());
    let place = if *line == 0 { file.clone() } else { format!("{file}:{line}") };
    report.line(&format!("{shown}: {place}: {message} [{rule}]"));
    report.object(
        "finding",
        json!({ "path": text(path), "rule": rule, "severity": severity.name(), "file": file, "line": line, "message": message }),
    );
}

fn audit(report: &Report, path: &Path, version: Option<Version>, steps: bool) -> Result<u8, Error> {
    let Audit { version, steps: all, hooks, user_site } = pth_hook::audit(path, version)?;
    let number = hooks.len();
    if number == 0 {
        report.note(&format!("nothing runs when Python {version} starts"));
    }
    for (place, hook) in (1..).zip(&hooks) {
        let file = if hook.line == 0 {
            hook.file.display().to_string()
        } else {
            format!("{}:{}", hook.file.display(), hook.line)
        };
        let package = hook.package.as_deref().unwrap_or("of no package");
        let times = if hook.times > 1 { format!(", {} times", hook.times) } else { String::new() };
        report.line(&printable(&format!("{place:>2}  {file}  ({package}{times})")));
        report.line(&format!("    {}", shortened(&hook.code)));
        let about = [
            ("imports", hook.imports.join(", ")),
            ("takes long", hook.heavy.join(", ")),
            ("the line", meanings(&hook.marks)),
            ("its modules", meanings(&hook.module_marks)),
        ];
        for (what, text) in about.iter().filter(|(_, text)| !text.is_empty()) {
            let what = if matches!(*what, "the line" | "its modules") {
                what.yellow().to_string()
            } else {
                (*what).to_owned()
            };
            report.line(&format!("      {what}: {}", printable(text)));
        }
        report.object(
            "hook",
            json!({
                "order": place,
                "python": version.to_string(),
                "file": text(&hook.file),
                "line": hook.line,
                "package": hook.package,
                "times": hook.times,
                "code": hook.code,
                "length": hook.length,
                "imports": hook.imports,
                "heavy": hook.heavy,
                "marks": hook.marks.iter().map(|mark| mark.name()).collect::<Vec<_>>(),
                "module_marks": hook.module_marks.iter().map(|mark| mark.name()).collect::<Vec<_>>(),
            }),
        );
    }
    for step in all.iter().filter(|_| steps) {
        show_step(report, step);
    }
    if let Some(folder) = user_site {
        let text = format!(
            "the user site folder was not looked at: where there is one, `pyxide hook audit ~/{}` reads it",
            folder.display()
        );
        if report.is_json() { report.object("note", json!({ "text": text })) } else { report.note(&text) }
    }
    // That an interpreter does not start, or complains each time, is told whether it is asked for or not.
    for step in all.iter().filter(|_| !steps) {
        if let Step::Fail { place } = step {
            let message = format!("Python {version} does not start: it cannot read `{}`", place.path().display());
            report.warning(&printable(&message));
        }
        if let Step::Print { place, complaint } = step {
            let said = complaint.lines(place).join("; ");
            report.warning(&printable(&format!("Python {version} prints at each start: {said}")));
        }
    }
    Ok(SUCCESS)
}

fn show_step(report: &Report, step: &Step) {
    let (kind, place, text) = match step {
        Step::Append { path, place } => ("path", place.as_ref(), path.display().to_string()),
        Step::Run { place, code: pth_hook::Code::Line(code) | pth_hook::Code::EntryPoint(code), .. } => {
            ("run", Some(place), shortened(code))
        }
        Step::Print { place, complaint } => ("print", Some(place), complaint.lines(place).join("; ")),
        Step::Skip { place, why } => ("skip", Some(place), why.reason().to_owned()),
        Step::Fail { place } => ("fail", Some(place), "the interpreter does not start".to_owned()),
        Step::End { place } => ("end", Some(place), "the interpreter ends".to_owned()),
    };
    let at = place.map_or_else(String::new, |place| format!(" [{place}]"));
    report.line(&printable(&format!("{kind:<5} {text}{at}")));
    let file = place.map(pth_hook::Place::path);
    report.object("step", json!({ "kind": kind, "file": file, "line": place.map(|place| place.line), "text": text }));
}

fn measure(report: &Report, plan: &Plan, cancelled: &dyn Fn() -> bool) -> Result<u8, Error> {
    for measured in pth_hook::measure(plan, cancelled)? {
        let Measured { interpreter, version, with, without, ratio, rounds } = &measured;
        let milliseconds = |time: &std::time::Duration| time.as_secs_f64() * 1000.0;
        report.line(&format!(
            "{:<8} {:.2} times as long ({:.2} to {:.2})  {:.1} ms with, {:.1} ms without  {}",
            version.to_string(),
            ratio.median,
            ratio.low,
            ratio.high,
            milliseconds(with),
            milliseconds(without),
            interpreter.display()
        ));
        report.object(
            "measured",
            json!({
                "interpreter": text(interpreter),
                "python": version.to_string(),
                "rounds": rounds,
                "ratio": rounded(ratio.median),
                "low": rounded(ratio.low),
                "high": rounded(ratio.high),
                "with_ms": rounded(milliseconds(with)),
                "without_ms": rounded(milliseconds(without)),
            }),
        );
    }
    Ok(SUCCESS)
}

fn rounded(number: f64) -> Value {
    json!((number * 10_000.0).round() / 10_000.0)
}

fn meanings(marks: &[pth_hook::Mark]) -> String {
    marks.iter().map(|mark| mark.meaning()).collect::<Vec<_>>().join("; ")
}

/// A line as it fits on a screen, without what a terminal would take for orders.
fn shortened(code: &str) -> String {
    const MOST: usize = 120;
    let plain = printable(code);
    match plain.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}... ({} bytes)", &plain[..end], code.len()),
        None => plain,
    }
}
