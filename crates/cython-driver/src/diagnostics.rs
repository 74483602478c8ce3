//! What a tool complained about, as data that points at the user's own file.

use std::{fmt, path::Path};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::{Job, c_location, plan::Names};

/// Which step of a build spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Cython.
    Cython,
    /// The C or C++ compiler, and the linker that it starts.
    Compiler,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// There is no module because of it.
    Error,
    /// There is a module all the same.
    Warning,
}

/// One complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The user's file, or what stands for a source without one.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// The column, counted from 1, in characters.
    pub column: Option<usize>,
    /// The tool's words.
    pub message: String,
    /// The text of the line.
    pub source_line: Option<String>,
}

/// A step of a build that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The step.
    pub phase: Phase,
    /// Its complaints, in the tool's order; errors are never left out.
    pub diagnostics: Vec<Diagnostic>,
    /// The program and its arguments, where one was started.
    pub command: Vec<String>,
    /// How the program ended.
    pub status: String,
    /// All that it printed, shortened in the middle when very long.
    pub output: String,
    /// What the user could do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// The complaint with its place, source line and a caret, in colour or not.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Tools end some messages with a newline and give some several lines.
        let message = self.message.trim();
        let (Some(file), Some(line), Some(text)) = (&self.file, self.line, &self.source_line) else {
            let place = match (&self.file, self.line) {
                (Some(file), Some(line)) => format!("{file}:{line}: "),
                (Some(file), None) => format!("{file}: "),
                (None, _) => String::new(),
            };
            return renderer.render(&[Group::with_title(level.primary_title(format!("{place}{message}")))]);
        };
        let snippet = Snippet::source(text.as_str()).line_start(line).path(file.as_str());
        let snippet = snippet.annotation(AnnotationKind::Primary.span(span(text, self.column.unwrap_or(1))));
        renderer.render(&[level.primary_title(message).element(snippet)])
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = || self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
        if errors().next().is_none() {
            let tool = match self.phase {
                Phase::Cython => "Cython",
                Phase::Compiler => "the compiler",
            };
            let last: Vec<&str> = self.output.trim_end().lines().rev().take(20).collect();
            write!(f, "{tool} {}", self.status)?;
            return last.iter().rev().try_for_each(|line| write!(f, "\n{line}"));
        }
        for (index, error) in errors().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", error.render(false))?;
        }
        Ok(())
    }
}

/// The bytes of the word that begins at a column, or of the one character there.
fn span(text: &str, column: usize) -> std::ops::Range<usize> {
    let start = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(index, _)| index);
    let rest = &text[start..];
    let word: usize =
        rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').map(char::len_utf8).sum();
    start..start + if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) }
}

/// Reads tools' complaints and points them at the user's files.
pub(crate) struct Reader<'a> {
    pub(crate) job: &'a Job,
    pub(crate) names: &'a Names,
    pub(crate) work: &'a Path,
    /// The Cython sources that were read besides the job's own: their names in the build, and their texts.
    pub(crate) included: Vec<(String, String)>,
}

impl Reader<'_> {
    /// A complaint about a place in a file of the build.
    pub(crate) fn diagnostic(
        &self,
        severity: Severity,
        file: Option<&str>,
        line: Option<usize>,
        column: Option<usize>,
        message: &str,
    ) -> Diagnostic {
        let source_line = file.zip(line).and_then(|(file, line)| self.line(file, line));
        let file = file.map(|file| self.users_name(file));
        Diagnostic { severity, file, line, column, message: message.to_owned(), source_line }
    }

    /// Cython's warnings: `warning: square.pyx:3:4: text`.
    pub(crate) fn cython_warnings(&self, output: &str) -> Vec<Diagnostic> {
        let warnings = output.lines().filter_map(|line| line.strip_prefix("warning: ")).map(|text| {
            let Some((before, message)) = text.split_once(": ") else {
                return self.diagnostic(Severity::Warning, None, None, None, text);
            };
            let Place { file, line, column } = Place::read(before);
            // Cython counts columns from 0.
            self.diagnostic(Severity::Warning, Some(file), line, column.map(|column| column + 1), message)
        });
        warnings.collect()
    }

    /// The errors and warnings in what a compiler and its linker printed.
    pub(crate) fn compiler(&self, output: &str) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = output.lines().filter_map(|line| self.compiler_line(line)).collect();
        all.dedup();
        all
    }

    fn compiler_line(&self, text: &str) -> Option<Diagnostic> {
        const MARKS: [(&str, Severity); 3] =
            [(": fatal error: ", Severity::Error), (": error: ", Severity::Error), (": warning: ", Severity::Warning)];
        let found = MARKS.iter().find_map(|(mark, severity)| Some((text.split_once(mark)?, *severity)));
        let Some(((before, message), severity)) = found else {
            // `/usr/bin/ld: cannot find -lnope: No such file or directory`
            let (program, message) = text.split_once(": ")?;
            let linker = program.rsplit('/').next().is_some_and(|name| name == "ld" || name.starts_with("ld."));
            let complains =
                message.contains("cannot find") || message.contains("undefined reference") || message.contains("error");
            return (linker && complains).then(|| self.diagnostic(Severity::Error, None, None, None, message));
        };
        // `collect2: error: ld returned 1 exit status` repeats what the linker said.
        if before == "collect2" || before.ends_with("clang") {
            return None;
        }
        let Place { file, line, column } = Place::read(before);
        if file != self.names.generated {
            return Some(self.diagnostic(severity, Some(file), line, column, message));
        }
        let included = self.included.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let source = self.names.source.as_str();
        let sources: Vec<_> = std::iter::once((source, self.job.source.text())).chain(included).collect();
        let generated = fs_err::read_to_string(self.work.join(&self.names.generated)).unwrap_or_default();
        let found = line.and_then(|line| c_location::find(&sources, &generated, line, message));
        if let Some(found) = found {
            return Some(self.diagnostic(severity, Some(found.file), Some(found.line), Some(found.column), message));
        }
        let code = line.and_then(|line| generated.lines().nth(line.checked_sub(1)?)).unwrap_or_default().trim();
        let message = format!("{message} (in the generated code: `{code}`)");
        Some(self.diagnostic(severity, Some(source), None, None, &message))
    }

    /// The user's name for a file of the build.
    fn users_name(&self, file: &str) -> String {
        if file == self.names.source {
            return self.job.label.clone();
        }
        self.users_file(file).map_or_else(|| file.to_owned(), |path| path.display().to_string())
    }

    fn users_file(&self, file: &str) -> Option<std::path::PathBuf> {
        let (first, rest) = file.split_once('/')?;
        Some(self.names.links.get(first)?.join(rest))
    }

    fn line(&self, file: &str, line: usize) -> Option<String> {
        if file == self.names.source {
            return self.job.source.line(line).map(str::to_owned);
        }
        let text = fs_err::read(self.work.join(file)).ok()?;
        String::from_utf8_lossy(&text).lines().nth(line.checked_sub(1)?).map(str::to_owned)
    }
}

/// The place that a message begins with.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    file: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> Place<'a> {
    /// `file:line:column`, `file:line` or `file`, taken apart.
    fn read(text: &'a str) -> Self {
        let number =
            |text: &'a str| text.rsplit_once(':').and_then(|(rest, digits)| Some((rest, digits.parse().ok()?)));
        match number(text).map(|(rest, last)| (rest, last, number(rest))) {
            Some((_, column, Some((file, line)))) => Self { file, line: Some(line), column: Some(column) },
            Some((file, line, None)) => Self { file, line: Some(line), column: None },
            None => Self { file: text, line: None, column: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn diagnostic(line: &str, column: usize) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            file: Some("größe.pyx".into()),
            line: Some(3),
            column: Some(column),
            message: "undeclared name not builtin: undefined_thing\n".into(),
            source_line: Some(line.into()),
        }
    }

    #[test]
    fn file_line_column_source_and_caret() {
        assert_snapshot!(diagnostic("    return undefined_thing(", 12).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:12
          |
        3 |     return undefined_thing(
          |            ^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(diagnostic("é = ß + \tundefined_thing", 10).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:10
          |
        3 | é = ß +     undefined_thing
          |             ^^^^^^^^^^^^^^^
        ");
        assert_snapshot!(diagnostic("short", 99).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:6
          |
        3 | short
          |      ^
        ");
        assert_snapshot!(diagnostic("", 1).render(false), @"
        error: undeclared name not builtin: undefined_thing
         --> größe.pyx:3:1
          |
        3 |
          | ^
        ");
    }

    #[test]
    fn without_a_place_the_message_stands_alone() {
        let mut diagnostic = diagnostic("", 1);
        diagnostic.source_line = None;
        assert_snapshot!(diagnostic.render(false), @"error: größe.pyx:3: undeclared name not builtin: undefined_thing");
        diagnostic.file = None;
        assert_snapshot!(diagnostic.render(false), @"error: undeclared name not builtin: undefined_thing");
    }

    /// What is made of a tool's words, a line for each complaint.
    fn read(generated: &str, complaints: fn(&Reader<'_>) -> Vec<Diagnostic>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("square.c"), generated).unwrap();
        let job = Job::example("cdef extern from \"k.h\":\n    int k(int)\ndef f(x):\n    return k(x)\n");
        let names = Names::new(&job).unwrap();
        let found = complaints(&Reader { job: &job, names: &names, work: folder.path(), included: vec![] });
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
                "Error cc1:-:- unrecognised option",
                "Error -:-:- cannot find -lnope: No such file or directory",
            ]
        );
    }

    #[test]
    fn what_cython_warns_of() {
        let found = read("", |reader| {
            reader.cython_warnings(
                "warning: square.pyx:4:11: Obsolete: something\nnoise\nwarning: project-root/src/a.pxi:2:0: old\nwarning: without a place\n",
            )
        });
        assert_eq!(
            found,
            [
                "Warning src/square.pyx:4:12 Obsolete: something",
                "Warning /project/src/a.pxi:2:1 old",
                "Warning -:-:- without a place",
            ]
        );
    }

    #[test]
    fn places_are_taken_apart() {
        let check = |text, file, line, column| assert_eq!(Place::read(text), Place { file, line, column }, "{text}");
        check("m.pyx:3:4", "m.pyx", Some(3), Some(4));
        check("m.c:3", "m.c", Some(3), None);
        check("a:b.c:3", "a:b.c", Some(3), None);
        check("a b.c:3:4", "a b.c", Some(3), Some(4));
        check("cc1", "cc1", None, None);
    }
}
