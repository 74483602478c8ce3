//! What is wrong with startup files, before anybody has them.

use std::{collections::HashSet, path::Path};

use crate::{
    Error, audit,
    code::{self, Shown},
    encoding::{self, is_line_end, is_space},
    entry::{self, EntryPoint},
    environment::{Kind, Site, Subject},
    folder::{Content, SiteFile, is_pth, is_start},
    imports,
    marks::{Mark, marks},
    model::is_import,
    modules::Modules,
    paths,
    policy::{NEWEST_RELEASE, released},
    shown::{place, printable},
    step::Step,
    syntax,
    version::UTF8_ALONE,
    wheel::{Members, Wheel},
    write::LONGEST_LINE,
};

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// It costs, it will end, or it fails under some condition.
    Warning,
    /// It does not do what it says, or prints at each start.
    Error,
}

/// Something to say of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule it is: one of [`RULES`].
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The file, with control characters escaped.
    pub file: String,
    /// The line, from 1; 0 means the whole file.
    pub line: usize,
    /// What is so, with control characters escaped.
    pub message: String,
}

/// The rules, each with what it asks for.
pub const RULES: [(&str, &str); 18] = [
    ("hidden", "a file whose name begins with a dot is read by old versions alone"),
    ("unreadable", "a startup file is a file that everybody can read"),
    ("encoding", "a startup file is UTF-8 without a mark at its beginning"),
    ("line-ends", "lines end with newlines alone: versions differ in what else ends a line"),
    ("indented", "nothing stands before a line: up to 3.14 white space makes it a path"),
    ("no-folder", "a path leads to a folder: from 3.15 on each start prints an error otherwise"),
    ("one-line", "a hook is one line of code"),
    ("long-line", "a line of code can be read at a glance"),
    ("syntax", "a line of code is one that Python can read"),
    ("form", "a line imports a module and calls a function of it, as a `.start` could"),
    ("unguarded", "a line says nothing when its package is gone"),
    ("unresolved", "the module is in the same place, or in Python's library"),
    ("heavy-import", "a hook imports nothing that takes long"),
    ("risk", "a hook has nothing in it that hooks have no need of"),
    ("entry-point", "a line of a `.start` is an entry point, `module:function`"),
    ("pair", "a `.start` calls what the `.pth` of its name calls"),
    ("start-cost", "there is no `.start` before it is needed"),
    ("end-date", "there is a `.start` when it is needed"),
];

/// Judges the startup files of an environment, a folder or a wheel, or a single one.
///
/// No code is run. The findings are in the order of files and lines.
pub fn lint(path: &Path) -> Result<Vec<Finding>, Error> {
    Ok(judge(&Subject::open(path, None)?))
}

/// The same for a wheel that somebody has open and that lies, or will lie, at a path.
pub fn lint_wheel(path: &Path, members: Box<dyn Members>) -> Result<Vec<Finding>, Error> {
    Ok(judge(&Subject::wheel(Wheel::of(path, members)?)?))
}

fn judge(subject: &Subject) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = HashSet::new();
    let steps = audit::steps(subject, subject.seen_version());
    let modules = Modules::on_path(subject, &steps);
    let finder = steps.iter().find_map(finder);
    // One folder may have two names: `lib64` is `lib` in most environments.
    let is_new = |site: &&Site| seen.insert(fs_err::canonicalize(&site.folder.path).unwrap_or_default());
    for site in subject.sites.iter().filter(is_new) {
        for file in &site.folder.files {
            let mut judge = Judge {
                site,
                modules: &modules,
                finder: finder.as_deref(),
                kind: subject.kind,
                file,
                name: file.name.to_string_lossy().into_owned(),
                findings: Vec::new(),
            };
            judge.file();
            judge.findings.sort_by_key(|finding| finding.line);
            findings.append(&mut judge.findings);
        }
    }
    findings
}

/// The name of the file, if a step runs code of an editable installation, as backends call them.
fn finder(step: &Step) -> Option<String> {
    let Step::Run { place, .. } = step else { return None };
    let name = place.file.to_string_lossy();
    name.to_ascii_lowercase().contains("editable").then(|| name.into_owned())
}

struct Judge<'a> {
    site: &'a Site,
    modules: &'a Modules,
    /// The file of an editable installation whose code finds modules that show nowhere.
    finder: Option<&'a str>,
    kind: Kind,
    file: &'a SiteFile,
    name: String,
    findings: Vec<Finding>,
}

impl Judge<'_> {
    fn say(&mut self, rule: &'static str, severity: Severity, line: usize, message: impl Into<String>) {
        debug_assert!(RULES.iter().any(|(name, _)| *name == rule), "{rule} is listed");
        self.findings.push(Finding {
            rule,
            severity,
            file: place(&self.name),
            line,
            message: printable(&message.into()),
        });
    }

    fn file(&mut self) {
        if self.file.is_hidden() {
            self.say(
                "hidden",
                Severity::Warning,
                0,
                "only versions before 3.10.14, 3.11.8 and 3.12.2 read a file whose name begins with a dot",
            );
        }
        let Content::Bytes(bytes) = &self.file.content else {
            return self.say(
                "unreadable",
                Severity::Error,
                0,
                "it cannot be read as a file, and interpreters pass it by",
            );
        };
        let Ok(text) = str::from_utf8(bytes) else {
            let what = if is_start(&self.file.name) {
                "it is not UTF-8, and interpreters pass it by".to_owned()
            } else {
                format!("it is not UTF-8: up to 3.{} no interpreter starts with it in a UTF-8 locale", UTF8_ALONE - 1)
            };
            return self.say("encoding", Severity::Error, 0, what);
        };
        let unmarked = text.strip_prefix('\u{feff}');
        if unmarked.is_some() && is_pth(&self.file.name) {
            self.say(
                "encoding",
                Severity::Error,
                1,
                "it begins with a byte order mark, which makes the first line a path up to 3.12",
            );
        }
        let text = unmarked.unwrap_or(text);
        if is_pth(&self.file.name) && !text.is_ascii() {
            self.say("encoding", Severity::Note, 0, "it is not ASCII: up to 3.12 its meaning depends on the locale");
        }
        if text.contains(|letter: char| is_line_end(letter) && !matches!(letter, '\n' | '\r')) {
            self.say(
                "line-ends",
                Severity::Error,
                0,
                "it has control characters in it that end a line from 3.13 on, and do not before",
            );
        }
        if text.replace("\r\n", "\n").contains('\r') {
            self.say(
                "line-ends",
                Severity::Error,
                0,
                "it has carriage returns without newlines: each ends a line, and editors and terminals may hide what stands behind it",
            );
        }
        let lines = encoding::start(bytes).map(|lines| lines.lines).unwrap_or_default();
        if is_start(&self.file.name) { self.start(&lines) } else { self.pth(&lines) }
    }

    fn pth(&mut self, lines: &[String]) {
        let mut code_lines = Vec::new();
        for (number, line) in (1..).zip(lines) {
            let bare = line.trim_matches(is_space);
            if bare.is_empty() {
                continue;
            }
            let is_indented = line.starts_with(is_space);
            if is_indented && (bare.starts_with('#') || is_import(bare)) {
                let what = if is_import(bare) { "code" } else { "a comment" };
                self.say(
                    "indented",
                    Severity::Error,
                    number,
                    format!("this is a path up to 3.14, and {what} from 3.15 on"),
                );
            }
            if is_import(bare) {
                code_lines.push((number, bare));
            } else if !bare.starts_with('#') {
                self.path(number, bare);
            }
        }
        for (number, line) in &code_lines {
            self.code(*number, line);
        }
        if let [_, (second, _), ..] = code_lines[..] {
            self.say(
                "one-line",
                Severity::Warning,
                second,
                "a hook is one line: up to 3.14 an error in a line keeps all lines after it from running",
            );
        }
        self.pair(&code_lines);
    }

    fn path(&mut self, number: usize, path: &str) {
        let is_absolute = path.starts_with('/') || path.contains(":\\");
        if is_absolute && self.kind != Kind::Environment {
            self.say("no-folder", Severity::Warning, number, format!("`{path}` is a place on one machine"));
        }
        let exists = if is_absolute { Path::new(path).exists() } else { self.leads_somewhere(path) };
        // What is installed elsewhere cannot be seen from a wheel.
        if !exists && (!is_absolute || self.kind == Kind::Environment) {
            let message = format!(
                "there is no `{path}`: up to 3.14 nothing happens, and from 3.15 on each start of an interpreter prints an error"
            );
            self.say("no-folder", Severity::Error, number, message);
        }
    }

    /// Whether there is what a relative path leads to, as far as it can be seen: what will be around a wheel or a loose folder cannot.
    fn leads_somewhere(&self, path: &str) -> bool {
        let folder = &self.site.folder.path;
        let path = paths::make(&folder.to_string_lossy(), path);
        let path = Path::new(&path);
        match path.strip_prefix(folder) {
            Ok(below) => {
                below.as_os_str().is_empty() || below.to_str().is_some_and(|below| self.site.tree.exists(below))
            }
            Err(_) => self.kind != Kind::Environment || path.exists(),
        }
    }

    fn code(&mut self, number: usize, line: &str) {
        let shown = code::read(line);
        let found = marks(&code::plain(line), LONGEST_LINE);
        if found.contains(&Mark::LongLine) {
            // Those of old namespace packages are long and do no harm.
            let hides = [Mark::Exec, Mark::Encoded, Mark::Process].iter().any(|mark| found.contains(mark));
            self.say(
                "long-line",
                if hides { Severity::Error } else { Severity::Warning },
                number,
                format!("the line has {} bytes, and more than {LONGEST_LINE} cannot be read at a glance", line.len()),
            );
        }
        let risks: Vec<String> =
            found.iter().filter(|mark| **mark != Mark::LongLine).map(|mark| mark.meaning().to_owned()).collect();
        if !risks.is_empty() {
            self.say("risk", Severity::Warning, number, format!("the line {}", risks.join(", ")));
        }
        if let Some(reason) = syntax::wrong(line) {
            let message = format!("Python cannot read it, and each start of an interpreter prints an error: {reason}");
            return self.say("syntax", Severity::Error, number, message);
        }
        if shown.calls.is_none() {
            self.say(
                "form",
                Severity::Warning,
                number,
                "it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18",
            );
        }
        if !shown.is_guarded && !self.bears_absence(&shown) {
            let message = "when its package is gone and this file is not, each start of an interpreter prints an error";
            self.say("unguarded", Severity::Warning, number, message);
        }
        self.modules(number, &shown.modules, shown.calls.as_ref());
    }

    /// Whether the module lies beside the file, and is so small that it is there when the file is: it is installed with it.
    fn bears_absence(&self, shown: &Shown) -> bool {
        let standard = |module: &String| imports::is_standard(module.split('.').next().unwrap_or_default());
        shown
            .modules
            .iter()
            .filter(|module| !standard(module))
            .all(|module| !module.contains('.') && self.site.tree.exists(&format!("{module}.py")))
    }

    fn modules(&mut self, number: usize, modules: &[String], called: Option<&EntryPoint>) {
        for module in modules {
            let first = module.split('.').next().unwrap_or_default();
            if imports::is_standard(first) || self.modules.has(module) {
                continue;
            }
            let finder = self.finder.filter(|_| !self.modules.has(first));
            // A wheel may count on what it requires.
            let severity = if finder.is_some() || (self.kind == Kind::Wheel && !self.modules.has(first)) {
                Severity::Warning
            } else {
                Severity::Error
            };
            let unless = finder.map(|file| format!(", unless code of `{file}` finds it")).unwrap_or_default();
            self.say("unresolved", severity, number, format!("there is no module `{module}` here{unless}"));
        }
        if let Some(entry) = called
            && let Some(false) = audit::defines(self.modules, entry)
        {
            self.say("unresolved", Severity::Error, number, format!("`{}` has no `{}`", entry.module, entry.function));
        }
        let loads = imports::loads(self.modules, modules, called);
        let heavy = loads.heavy();
        let heavy: Vec<&str> = heavy
            .into_iter()
            .filter(|module| !modules.iter().any(|own| own == module && !imports::is_standard(own)))
            .collect();
        if !heavy.is_empty() {
            let message = format!(
                "each start of an interpreter imports {}; `pyxide hook measure` tells what that costs",
                list(&heavy)
            );
            self.say("heavy-import", Severity::Warning, number, message);
        }
    }

    fn start(&mut self, lines: &[String]) {
        for (number, line) in (1..).zip(lines) {
            let line = line.trim_matches(is_space);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if !entry::is_resolvable(line) {
                self.say(
                    "entry-point",
                    Severity::Error,
                    number,
                    format!("`{line}` is no entry point: each start of an interpreter prints a traceback"),
                );
                continue;
            }
            match line.parse::<EntryPoint>() {
                Ok(entry) => self.modules(number, std::slice::from_ref(&entry.module), Some(&entry)),
                Err(error) => self.say("entry-point", Severity::Error, number, error.to_string()),
            }
        }
        if NEWEST_RELEASE < 18 {
            let message = format!(
                "the first .start makes `site` import pkgutil and re, so that each start of 3.15 takes about 1.8 times as long; no .start is needed before 3.18 ({})",
                released(18)
            );
            self.say("start-cost", Severity::Warning, 0, message);
        }
    }

    /// What a `.pth` says of itself and of the `.start` that replaces it.
    fn pair(&mut self, code_lines: &[(usize, &str)]) {
        let Some((first, _)) = code_lines.first() else { return };
        let Some(start) = self.partner() else {
            let message = format!(
                "import lines end: 3.18 ({}) ignores them, and 3.20 ({}) warns of them; there is no .start of the same name",
                released(18),
                released(20)
            );
            return self.say("end-date", Severity::Warning, *first, message);
        };
        let wanted: Option<Vec<String>> =
            code_lines.iter().map(|(_, line)| code::read(line).calls.map(|entry| entry.to_string())).collect();
        if wanted.as_ref() != Some(&start) {
            let calls = wanted.map_or_else(
                || "something else".to_owned(),
                |wanted| list(&wanted.iter().map(String::as_str).collect::<Vec<_>>()),
            );
            let other = if start.is_empty() {
                "nothing".to_owned()
            } else {
                list(&start.iter().map(String::as_str).collect::<Vec<_>>())
            };
            self.say(
                "pair",
                Severity::Error,
                *first,
                format!("from 3.15 on the .start of the same name calls {other}, and before this line calls {calls}"),
            );
        }
    }

    /// The entry points of the `.start` of the same name.
    fn partner(&self) -> Option<Vec<String>> {
        let name = format!("{}.start", self.name.strip_suffix(".pth")?);
        let file = self.site.folder.files.iter().find(|file| file.name.to_str() == Some(&name))?;
        let Content::Bytes(bytes) = &file.content else { return None };
        let lines = encoding::start(bytes)?.lines;
        let lines = lines.iter().map(|line| line.trim_matches(is_space));
        Some(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
    }
}

fn list(names: &[&str]) -> String {
    const MOST: usize = 6;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}
