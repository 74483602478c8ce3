//! Points tools' complaints at the user's files.

use std::{collections::BTreeMap, path::Path};

use fingerprint::Family;

use crate::{
    Diagnostic, Job, Note, Severity,
    c_location::{self, Counting, Location, Named, Spot},
    complaints::{self, Complaint, Place},
    linker::{self, Kind, LinkError},
    plan::{self, Names},
};

/// So many notes of a complaint are kept.
const KEPT_NOTES: usize = 12;

/// Programs that speak of themselves where a file's name would stand.
const PROGRAMS: [&str; 9] = ["cc1", "cc1plus", "gcc", "g++", "cc", "c++", "clang", "clang++", "as"];

/// Reads tools' complaints and points them at the user's files.
pub(crate) struct Reader<'a> {
    pub(crate) job: &'a Job,
    pub(crate) names: &'a Names,
    pub(crate) work: &'a Path,
    pub(crate) family: Family,
    /// The Cython sources that were read besides the job's own: their names in the build, and their texts.
    pub(crate) included: Vec<(String, String)>,
}

/// Where one of the user's files is complained about.
struct Spotted {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    text: Option<String>,
}

/// Which of a build's sources an object was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin<'a> {
    Generated,
    Extra(&'a str),
}

impl Reader<'_> {
    /// A complaint of Cython's about a place in a file of the build.
    pub(crate) fn diagnostic(&self, severity: Severity, place: Option<Place<'_>>, message: &str) -> Diagnostic {
        let place = place.map(|place| self.at_the_end(place));
        let source_line = place.and_then(|place| self.line(place.file, place.line?));
        Diagnostic {
            severity,
            file: place.map(|place| self.users_name(place.file)),
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column),
            message: message.to_owned(),
            source_line,
            notes: vec![],
        }
    }

    /// A complaint about the line behind the last one is about the end of the last one, which can be shown.
    fn at_the_end<'p>(&self, place: Place<'p>) -> Place<'p> {
        let (Some(line), Some(text)) = (place.line, self.text(place.file)) else { return place };
        let Some((last, text)) = text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).last() else {
            return place;
        };
        if line <= last + 1 {
            return place;
        }
        Place { line: Some(last + 1), column: Some(text.trim_end().chars().count() + 1), ..place }
    }

    /// Cython's warnings, `warning: square.pyx:3:4: text`, and its hints about speed, which go on in further lines.
    pub(crate) fn cython_warnings(&self, output: &str) -> Vec<Diagnostic> {
        const HINT: &str = "performance hint: ";
        let mut warnings: Vec<Diagnostic> = Vec::new();
        let mut goes_on = false;
        for line in output.lines() {
            let is_more = line.starts_with('\t') || line == "Possible solutions:";
            if let Some(last) = warnings.last_mut().filter(|_| goes_on && is_more) {
                last.message.push('\n');
                last.message.push_str(&line.replace('\t', "  "));
                continue;
            }
            let kind = ["warning: ", HINT].into_iter().find(|kind| line.starts_with(kind));
            goes_on = kind.is_some();
            let Some(kind) = kind else { continue };
            let (text, said) = (&line[kind.len()..], if kind == HINT { HINT } else { "" });
            let warning = match text.split_once(": ") {
                None => self.diagnostic(Severity::Warning, None, text),
                Some((before, message)) => {
                    let place = Place::read(before);
                    // Cython counts columns from 0.
                    let place = Place { column: place.column.map(|column| column + 1), ..place };
                    self.diagnostic(Severity::Warning, Some(place), &format!("{said}{message}"))
                }
            };
            warnings.push(warning);
        }
        warnings
    }

    /// The warnings among a compiler's complaints that its user can do something about: those about lines that he wrote,
    /// and, if he asked for warnings, those about code that was made from his lines.
    pub(crate) fn remarks(&self, complaints: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let is_wish = |argument: &String| {
            argument.starts_with("-W")
                && !["-Wl,", "-Wa,", "-Wp,", "-Wno-"].iter().any(|other| argument.starts_with(other))
        };
        let asked = self.job.extra_compile_args.iter().any(is_wish);
        let generated = self.generated();
        let is_written = |text: &str| generated.lines().any(|line| line.trim() == text.trim());
        let matters = |one: &Diagnostic| {
            let is_cython = one.file.as_ref() == Some(&self.job.label);
            one.source_line.as_deref().is_some_and(|text| asked || !is_cython || is_written(text))
        };
        complaints.into_iter().filter(matters).collect()
    }

    /// The errors and warnings in what a compiler and its linker printed.
    pub(crate) fn compiler(&self, output: &str) -> Vec<Diagnostic> {
        let compiler = complaints::read(output).into_iter().filter_map(|complaint| self.complaint(&complaint));
        let mut all: Vec<Diagnostic> = compiler.collect();
        all.extend(self.linker(output));
        // One line may instantiate a template in many ways, all of which are wrong for one reason.
        let mut unique: Vec<Diagnostic> = Vec::new();
        for one in all {
            let same = |other: &&mut Diagnostic| {
                (other.severity, &other.file, other.line, &other.message)
                    == (one.severity, &one.file, one.line, &one.message)
            };
            match unique.iter_mut().find(same) {
                Some(other) if other.notes.is_empty() => other.notes = one.notes,
                Some(_) => {}
                None => unique.push(one),
            }
        }
        unique
    }

    fn complaint(&self, complaint: &Complaint<'_>) -> Option<Diagnostic> {
        let Complaint { severity, place, message, asked, included, notes } = complaint;
        let program = place.file.rsplit('/').next().unwrap_or_default();
        // They repeat what the linker said, which speaks for itself.
        if message.contains("ld returned") || message.contains("linker command failed") || is_linker(program) {
            return None;
        }
        let mut message = in_users_names(message);
        let is_program = place.line.is_none() && is_program(program);
        if is_program {
            message = format!("{program}: {message}");
        }
        let mut notes: Vec<Note> = notes.iter().filter_map(|(place, message)| self.note(*place, message)).collect();
        let others = || asked.iter().chain(included.iter().rev());
        let spotted = match self.own(*place, &message) {
            Some(spotted) => {
                // The user's line that asks for a template of his own.
                for (places, words) in [(included, "included here"), (asked, "asked for here")] {
                    let asking = places.iter().rev().find_map(|place| self.own(*place, ""));
                    if let Some(Spotted { file, line, column, .. }) =
                        asking.filter(|asking| asking.file != spotted.file)
                    {
                        notes.insert(0, Note { file: Some(file), line, column, message: words.into() });
                    }
                }
                spotted
            }
            None => match others().find_map(|place| self.own(*place, &message)) {
                Some(spotted) => {
                    if !is_program && !place.file.starts_with('<') {
                        notes.splice(0..0, self.note(*place, "found in this line"));
                    }
                    spotted
                }
                None if is_program => Spotted { file: String::new(), line: None, column: None, text: None },
                None if place.file == self.names.generated => {
                    let generated = self.generated();
                    let code =
                        place.line.and_then(|line| generated.lines().nth(line.checked_sub(1)?)).unwrap_or_default();
                    message = format!("{message} (in the generated code: `{}`)", code.trim());
                    Spotted { file: self.job.label.clone(), line: None, column: None, text: None }
                }
                None => self.as_it_is(*place),
            },
        };
        notes.dedup();
        if notes.len() > KEPT_NOTES {
            let left = notes.len() - KEPT_NOTES;
            notes.truncate(KEPT_NOTES);
            notes.push(Note {
                file: None,
                line: None,
                column: None,
                message: format!("{left} further notes are in the output"),
            });
        }
        Some(Diagnostic {
            severity: *severity,
            file: Some(spotted.file).filter(|file| !file.is_empty()),
            line: spotted.line,
            column: spotted.column,
            message,
            source_line: spotted.text,
            notes,
        })
    }

    /// What is said besides. A place that nobody but the compiler has seen says nothing.
    fn note(&self, place: Place<'_>, message: &str) -> Option<Note> {
        let Spotted { file, line, column, .. } = match self.own(place, message) {
            Some(spotted) => spotted,
            None if place.file == self.names.generated => return None,
            None => self.as_it_is(place),
        };
        Some(Note { file: Some(file), line, column, message: in_users_names(message.trim()) })
    }

    /// A place in what the user wrote: his sources, the files beside them, and those given with them.
    fn own(&self, place: Place<'_>, message: &str) -> Option<Spotted> {
        let file = place.file.trim_start_matches("./");
        if file == self.names.generated {
            let spot = Spot { line: place.line?, column: place.column, message, counting: self.counting() };
            let generated = self.generated();
            let sources = self.sources();
            return c_location::find(&sources, &generated, spot).map(|found| self.located(found));
        }
        let first = file.split('/').next().unwrap_or_default();
        let is_own = first == plan::PROJECT
            || first == plan::PACKAGE
            || first.starts_with("sources-")
            || self.names.extra_sources.iter().any(|name| name == file)
            || self.job.support_files.contains_key(file)
            || file == self.names.source;
        is_own.then(|| self.as_it_is(Place { file, ..place }))
    }

    /// The place that a compiler names, in the user's words.
    fn as_it_is(&self, place: Place<'_>) -> Spotted {
        let text = place.line.and_then(|line| self.line(place.file, line));
        let column = match (&text, place.column) {
            (Some(text), Some(column)) => Some(self.counting().characters(text, column)),
            (_, column) => column,
        };
        Spotted { file: self.users_name(place.file), line: place.line, column, text }
    }

    fn located(&self, found: Location<'_>) -> Spotted {
        Spotted {
            file: self.users_name(found.file),
            line: Some(found.line),
            column: Some(found.column),
            text: self.line(found.file, found.line),
        }
    }

    /// The linker's errors, with the lines that use, define and ask for what it names.
    fn linker(&self, output: &str) -> Vec<Diagnostic> {
        let errors = linker::read(output);
        let is_pythons = |error: &&LinkError| matches!(&error.kind, Kind::Undefined(name) if is_of_python(name));
        let mut diagnostics: Vec<Diagnostic> =
            errors.iter().filter(|error| !is_pythons(error)).map(|error| self.link_error(error)).collect();
        // A module has hundreds of them, and one reason.
        let pythons = errors.iter().filter(is_pythons).count();
        if let Some(first) = errors.iter().find(is_pythons) {
            let message = match pythons - 1 {
                0 => first.message.clone(),
                more => format!("{}, and {more} more to Python's own functions", first.message),
            };
            diagnostics.push(plain(message));
        }
        diagnostics
    }

    fn link_error(&self, error: &LinkError) -> Diagnostic {
        let origins = self.origins(&error.text);
        let mut places = match &error.kind {
            Kind::Undefined(symbol) => {
                let name = linker::plain_name(symbol);
                // Where nothing is said there was one source only.
                let origin = origins.first().copied().unwrap_or(Origin::Generated);
                vec![self.use_of(origin, name, error.function.as_deref())]
            }
            Kind::Multiple(symbol) => {
                let name = linker::plain_name(symbol);
                origins.iter().map(|origin| self.definition_of(*origin, name)).collect()
            }
            Kind::Library(name) => vec![c_location::library(&self.sources(), name).map(|found| self.located(found))],
            Kind::Other => vec![],
        }
        .into_iter()
        .flatten();
        let mut diagnostic = plain(error.message.clone());
        if let Some(Spotted { file, line, column, text }) = places.next() {
            diagnostic = Diagnostic { file: Some(file), line, column, source_line: text, ..diagnostic };
        }
        diagnostic.notes = places
            .map(|Spotted { file, line, column, .. }| Note {
                file: Some(file),
                line,
                column,
                message: "also defined here".into(),
            })
            .collect();
        diagnostic
    }

    /// Which sources a linker's words are about, in their order.
    fn origins(&self, text: &str) -> Vec<Origin<'_>> {
        let objects = (1..).zip(&self.names.extra_sources);
        let mut marks: Vec<(String, Origin<'_>)> = objects
            .flat_map(|(number, source)| {
                let file = source.rsplit('/').next().unwrap_or_default().to_owned();
                [plan::object(number), file].map(|mark| (mark, Origin::Extra(source)))
            })
            .collect();
        marks.extend([plan::object(0), self.names.generated.clone()].map(|mark| (mark, Origin::Generated)));
        let find = |mark: &str| {
            let mut found = text.match_indices(mark).map(|(at, _)| at);
            found.find(|at| !text[..*at].ends_with(|letter: char| letter.is_alphanumeric() || "_-.".contains(letter)))
        };
        let mut found: Vec<(usize, Origin<'_>)> =
            marks.iter().filter_map(|(mark, origin)| Some((find(mark)?, *origin))).collect();
        found.sort_by_key(|(at, _)| *at);
        let mut origins: Vec<Origin<'_>> = Vec::new();
        for (_, origin) in found {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        // The user's own source first.
        origins.sort_by_key(|origin| *origin != Origin::Generated);
        origins
    }

    /// Where a source uses a symbol, possibly in a function.
    fn use_of(&self, origin: Origin<'_>, name: &str, function: Option<&str>) -> Option<Spotted> {
        let Origin::Extra(source) = origin else {
            return c_location::used(&self.sources(), name).map(|found| self.located(found));
        };
        let text = self.text(source)?;
        let begins = function
            .and_then(|function| c_location::defined(&text, linker::plain_name(function)))
            .map_or(0, |(line, _)| line - 1);
        let mut lines = text.lines().enumerate();
        let found = lines.clone().skip(begins).find_map(|(index, line)| Some((index, c_location::word(line, name)?)));
        let (index, column) =
            found.or_else(|| lines.find_map(|(index, line)| Some((index, c_location::word(line, name)?))))?;
        self.spotted(source, index + 1, column)
    }

    /// Where a source defines a symbol.
    fn definition_of(&self, origin: Origin<'_>, name: &str) -> Option<Spotted> {
        let files: Vec<String> = match origin {
            Origin::Extra(source) => vec![source.to_owned()],
            Origin::Generated => self.sources().iter().map(|(file, _)| (*file).to_owned()).collect(),
        };
        files.iter().find_map(|file| {
            let (line, column) = c_location::defined(&self.text(file)?, name)?;
            self.spotted(file, line, column)
        })
    }

    fn spotted(&self, file: &str, line: usize, column: usize) -> Option<Spotted> {
        let text = self.line(file, line)?;
        Some(Spotted { file: self.users_name(file), line: Some(line), column: Some(column), text: Some(text) })
    }

    fn counting(&self) -> Counting {
        match self.family {
            Family::Gcc => Counting::Cells,
            Family::Clang => Counting::Bytes,
        }
    }

    /// The Cython sources, the job's own first.
    fn sources(&self) -> Vec<Named<'_>> {
        let included = self.included.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        std::iter::once((self.names.source.as_str(), self.job.source.text())).chain(included).collect()
    }

    fn generated(&self) -> String {
        fs_err::read_to_string(self.work.join(&self.names.generated)).unwrap_or_default()
    }

    /// The user's name for a file of the build.
    fn users_name(&self, file: &str) -> String {
        if file == self.names.source {
            return self.job.label.clone();
        }
        if let Some(path) = self.job.support_places.get(file.trim_start_matches("./")) {
            return path.display().to_string();
        }
        if let Some(inside) = file.strip_prefix(plan::PACKAGE).and_then(|inside| inside.strip_prefix('/')) {
            let place = self.job.package_files.places().get(inside);
            return place.map_or_else(|| inside.to_owned(), |path| path.display().to_string());
        }
        self.users_file(file)
            .map_or_else(|| file.trim_start_matches("./").to_owned(), |path| path.display().to_string())
    }

    fn users_file(&self, file: &str) -> Option<std::path::PathBuf> {
        let (first, rest) = file.split_once('/')?;
        Some(self.names.links.get(first)?.join(rest))
    }

    fn text(&self, file: &str) -> Option<String> {
        if file == self.names.source {
            return Some(self.job.source.text().to_owned());
        }
        let text = fs_err::read(self.work.join(file)).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn line(&self, file: &str, line: usize) -> Option<String> {
        if file == self.names.source {
            return self.job.source.line(line).map(str::to_owned);
        }
        self.text(file)?.lines().nth(line.checked_sub(1)?).map(str::to_owned)
    }

    /// The tools' words without the folder of the build, which is nobody's business and will be gone.
    pub(crate) fn cleaned(text: &str, workspace: &plan::Workspace) -> String {
        let folders: BTreeMap<_, _> = [(workspace.work(), "."), (workspace.temporary(), "tmp")].into();
        folders.iter().fold(text.to_owned(), |text, (folder, name)| {
            let folder = folder.display().to_string();
            text.replace(&format!("{folder}/"), if *name == "." { "" } else { "tmp/" }).replace(&folder, name)
        })
    }
}

/// A message with the names that variables have in the source, and without guesses at names that Cython made.
fn in_users_names(message: &str) -> String {
    let message = match message.split_once("; did you mean '__pyx_") {
        Some((before, _)) => before,
        None => message,
    };
    message.replace("'__pyx_v_", "'")
}

fn plain(message: String) -> Diagnostic {
    let severity = Severity::Error;
    Diagnostic { severity, file: None, line: None, column: None, message, source_line: None, notes: vec![] }
}

fn is_linker(program: &str) -> bool {
    program == "ld" || program.starts_with("ld.") || program == "mold" || program.ends_with("-ld")
}

/// Whether a name is a compiler's own: `cc1`, `clang-14`, `x86_64-linux-gnu-gcc-12`, `collect2`.
fn is_program(name: &str) -> bool {
    let plain = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.').trim_end_matches('-');
    let last = plain.rsplit('-').next().unwrap_or_default();
    PROGRAMS.contains(&name)
        || PROGRAMS.contains(&plain)
        || PROGRAMS.contains(&last)
        || name == "collect2"
        || name == "lto1"
}

/// Whether a symbol is of Python's C interface.
fn is_of_python(symbol: &str) -> bool {
    let rest = symbol.trim_start_matches('_');
    rest.strip_prefix("Py")
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_uppercase() || letter == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of a tool's words, a line for each complaint.
    fn read(generated: &str, complaints: fn(&Reader<'_>) -> Vec<Diagnostic>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("square.c"), generated).unwrap();
        let job = Job::example("cdef extern from \"k.h\":\n    int k(int)\ndef f(x):\n    return k(x)\n");
        let names = Names::new(&job).unwrap();
        let found = complaints(&Reader {
            job: &job,
            names: &names,
            work: folder.path(),
            family: Family::Gcc,
            included: vec![],
        });
        let number = |number: Option<usize>| number.map_or("-".to_owned(), |number| number.to_string());
        let shown = found.iter().map(|one| {
            let file = one.file.as_deref().unwrap_or("-");
            format!("{:?} {file}:{}:{} {}", one.severity, number(one.line), number(one.column), one.message)
        });
        shown.collect()
    }

    #[test]
    fn what_compilers_and_linkers_say() {
        let generated = "int a;\n/* \"square.pyx\":4\n */\nint b = k(x);\n";
        let found = read(generated, |reader| {
            reader.compiler(
                "square.c: In function 'f':\n\
                 square.c:4:9: error: implicit declaration of function 'k' [-Werror=implicit-function-declaration]\n    4 | int b = k(x);\n\
                 project-root/include/k.h:7:1: error: unknown type name 'in'\n\
                 square.c:1:5: warning: 'a' defined but not used [-Wunused-variable]\n\
                 /usr/include/z.h:3: fatal error: too deep\n\
                 cc1: error: unrecognised option\n\
                 /usr/bin/ld: cannot find -lnope: No such file or directory\n\
                 collect2: error: ld returned 1 exit status\n",
            )
        });
        assert_eq!(
            found,
            [
                "Error src/square.pyx:4:12 implicit declaration of function 'k' [-Werror=implicit-function-declaration]",
                "Error /project/include/k.h:7:1 unknown type name 'in'",
                "Warning src/square.pyx:-:- 'a' defined but not used [-Wunused-variable] (in the generated code: `int a;`)",
                "Error /usr/include/z.h:3:- too deep",
                "Error -:-:- cc1: unrecognised option",
                "Error -:-:- cannot find -lnope: No such file or directory",
            ]
        );
    }

    #[test]
    fn what_cython_warns_of() {
        let found = read("", |reader| {
            reader.cython_warnings(
                "warning: square.pyx:4:11: Obsolete: something\nnoise\nwarning: project-root/src/a.pxi:2:0: old\nwarning: without a place\n\
                 performance hint: square.pyx:4:0: Exception check needs the GIL.\nPossible solutions:\n\t1. Declare it.\nnoise\n",
            )
        });
        assert_eq!(
            found,
            [
                "Warning src/square.pyx:4:12 Obsolete: something",
                "Warning /project/src/a.pxi:2:1 old",
                "Warning -:-:- without a place",
                "Warning src/square.pyx:4:1 performance hint: Exception check needs the GIL.\nPossible solutions:\n  1. Declare it.",
            ]
        );
    }
}
