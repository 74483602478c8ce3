//! Both output streams: who writes what, in which form.
//!
//! Standard output is data, everything else goes to standard error. A stream that is closed at the other end is no error:
//! whoever closed it has seen enough.

use std::{
    borrow::Cow,
    io::{IsTerminal as _, Write as _},
    path::Path,
    sync::OnceLock,
};

use anstream::ColorChoice;
use owo_colors::OwoColorize as _;
use pyxide::{Built, Event, Settings, Severity, chain};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    args::{Color, Global},
    progress::Progress,
    signals::Signals,
};

/// The version of the JSON objects.
const FORMAT: u32 = 1;

/// Where output goes.
#[derive(Debug)]
pub(crate) struct Report {
    json: bool,
    quiet: bool,
    verbose: bool,
    progress: Progress,
    /// The first error of writing to standard output.
    lost: OnceLock<std::io::Error>,
}

/// A path as text, since JSON has no other bytes.
pub(crate) fn text(path: &Path) -> Cow<'_, str> {
    path.to_string_lossy()
}

impl Report {
    pub(crate) fn new(global: &Global) -> Self {
        match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let shows_progress = !global.json
            && !global.quiet
            && !global.no_progress
            && Settings::may_show_progress()
            && std::io::stderr().is_terminal();
        let progress = Progress::new(shows_progress);
        Self { json: global.json, quiet: global.quiet, verbose: global.verbose, progress, lost: OnceLock::new() }
    }

    /// Whether data is wanted as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line of data for people; nothing in JSON mode.
    pub(crate) fn line(&self, text: &str) {
        if !self.json {
            self.write(text);
        }
    }

    /// Writes lines for people, all at once, since there may be thousands; nothing with `--json`.
    pub(crate) fn lines(&self, lines: impl IntoIterator<Item = String>) {
        let all = lines.into_iter().collect::<Vec<_>>().join("\n");
        if !all.is_empty() {
            self.line(&all);
        }
    }

    /// Writes an object for programs; nothing otherwise.
    pub(crate) fn object(&self, kind: &str, mut fields: Value) {
        if self.json {
            fields["format"] = json!(FORMAT);
            fields["type"] = json!(kind);
            self.write(&fields.to_string());
        }
    }

    /// Writes an object for programs that may be large, and is made for them alone; nothing otherwise.
    pub(crate) fn document<T: Serialize>(&self, kind: &str, fields: impl FnOnce() -> T) {
        #[derive(Serialize)]
        struct Document<'a, T> {
            format: u32,
            #[serde(rename = "type")]
            kind: &'a str,
            #[serde(flatten)]
            fields: T,
        }
        if self.json
            && let Ok(text) = serde_json::to_string(&Document { format: FORMAT, kind, fields: fields() })
        {
            self.write(&text);
        }
    }

    /// Writes objects for programs, all at once, since there may be thousands; nothing otherwise.
    pub(crate) fn objects(&self, objects: impl IntoIterator<Item = (&'static str, Value)>) {
        if self.json {
            let text = |(kind, mut fields): (&str, Value)| {
                fields["format"] = json!(FORMAT);
                fields["type"] = json!(kind);
                fields.to_string()
            };
            let all = objects.into_iter().map(text).collect::<Vec<_>>().join("\n");
            if !all.is_empty() {
                self.write(&all);
            }
        }
    }

    /// Tells people something that does not matter to the result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.progress.pause(|| {
                let _ = writeln!(anstream::stderr(), "{} {text}", "note:".cyan().bold());
            });
        }
    }

    /// What tells people that a wheel is waited for, which another process has locked.
    pub(crate) fn tells_of_waiting(&self) -> fn(&Path, Option<u32>) {
        if self.quiet {
            return |_, _| {};
        }
        |wheel, owner| {
            let who = owner.map_or_else(|| "another process".to_owned(), |owner| format!("process {owner}"));
            let wheel = wheel_patch::shown(&wheel.to_string_lossy());
            let _ =
                writeln!(anstream::stderr(), "{} waiting for {who}, which has locked `{wheel}`", "note:".cyan().bold());
        }
    }

    /// Warns.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.progress.pause(|| {
                let _ = writeln!(anstream::stderr(), "{} {text}", "warning:".yellow().bold());
            });
        }
    }

    /// Tells what the tools remarked when it was built: now, or, if that is asked for, at any time; and what lies beside the module.
    pub(crate) fn remarks(&self, built: &Built, always: bool) {
        if always || !built.used_cache {
            for warning in &built.meta.warnings {
                self.warning(warning.trim_start_matches("warning: "));
            }
        }
        let beside = [("what each line costs", built.annotation()), ("the generated code", built.generated())];
        for (what, path) in beside.into_iter().filter(|_| !self.json) {
            if let Some(path) = path {
                self.note(&format!("{what} is in `{}`", path.display()));
            }
        }
    }

    /// What to say when standard output could not be written, other than because nobody reads it.
    pub(crate) fn lost(&self) -> Option<String> {
        self.lost.get().map(|error| format!("cannot write to standard output: {error}"))
    }

    fn write(&self, text: &str) {
        match self.progress.pause(|| writeln!(anstream::stdout(), "{text}")) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                let _ = self.lost.set(error);
            }
            _ => {}
        }
    }

    /// Says how many requests there will be, for the progress of all.
    pub(crate) fn expect(&self, requests: usize) {
        self.progress.expect(requests);
    }

    /// Whether a signal asks for the end, and, since this is asked all the time, the time to show progress.
    pub(crate) fn is_cancelled(&self, signals: &Signals) -> bool {
        self.progress.tick();
        signals.received().is_some()
    }

    /// Takes progress from the terminal, before somebody else writes there.
    pub(crate) fn end_progress(&self) {
        self.progress.end();
    }

    /// Tells what happens during a build.
    pub(crate) fn event(&self, event: Event) {
        self.progress.observe(&event);
        match event {
            Event::InstallingCython { version } => {
                self.note(&format!("the interpreter has no Cython; installing Cython {version} into the cache folder"));
            }
            // One of several files that come to the same.
            Event::Waiting { owner: Some(owner), .. } if owner.pid == std::process::id() => {}
            Event::Waiting { owner, .. } => {
                let who = owner.map_or_else(String::new, |owner| format!(" (process {})", owner.pid));
                self.note(&format!("waiting for another process that builds the same{who}"));
            }
            Event::Damaged { key, reason } => {
                self.warning(&format!("the cache entry `{key}` is damaged and was moved to quarantine: {reason}"));
            }
            Event::Degraded { what } => self.warning(&what),
            Event::Told { log } if self.verbose => {
                self.progress.pause(|| {
                    let _ = write!(anstream::stderr(), "{log}");
                });
            }
            Event::OtherToolchain { made_by } => {
                self.note(&format!(
                    "tools are missing here; using the newest build of the same source, made by {made_by}"
                ));
            }
            // Progress belongs on terminals.
            _ => {}
        }
    }

    /// Tells why a command failed, or one of its files: the error, what caused it, and the next step.
    pub(crate) fn error(&self, kind: &str, error: &pyxide::Error, file: Option<&Path>) {
        let message = chain(error);
        let hint = error.hint();
        if self.json {
            let mut fields = json!({ "kind": kind, "message": message, "hint": hint });
            if let Some(file) = file {
                fields["file"] = json!(text(file));
            }
            if let Some(Value::Object(all)) = error.failure().map(|failure| json!(failure)) {
                all.into_iter().for_each(|(name, value)| fields[name] = value);
            }
            self.object("error", fields);
            return;
        }
        self.progress.pause(|| Self::write_error(error, &message, hint.as_deref()));
        if let Some(log) = error.failure().and_then(|failure| failure.log_path.as_ref()) {
            self.note(&format!("all that the tools were told and said is in `{}`", log.display()));
        }
    }

    fn write_error(error: &pyxide::Error, message: &str, hint: Option<&str>) {
        let mut stderr = anstream::stderr();
        let errors = error.failure().into_iter().flat_map(|failure| &failure.diagnostics);
        let errors: Vec<_> = errors.filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
        if errors.is_empty() {
            let _ = writeln!(stderr, "{} {message}", "error:".red().bold());
        }
        for diagnostic in errors {
            let _ = writeln!(stderr, "{}", diagnostic.render(true));
        }
        if let Some(hint) = hint {
            let _ = writeln!(stderr, "{} {hint}", "hint:".cyan().bold());
        }
    }

    /// Tells of a failure that is not the library's.
    pub(crate) fn failure(&self, kind: &str, message: &str, hint: Option<&str>) {
        if self.json {
            self.object("error", json!({ "kind": kind, "message": message, "hint": hint }));
            return;
        }
        let mut stderr = anstream::stderr();
        let _ = writeln!(stderr, "{} {message}", "error:".red().bold());
        if let Some(hint) = hint {
            let _ = writeln!(stderr, "{} {hint}", "hint:".cyan().bold());
        }
    }
}

/// The name of a severity in its colour.
pub(crate) fn coloured(severity: &str) -> String {
    match severity {
        "error" => severity.red().bold().to_string(),
        "warning" => severity.yellow().bold().to_string(),
        _ => severity.cyan().bold().to_string(),
    }
}
