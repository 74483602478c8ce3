//! Whether startup hooks do what they say, as far as can be seen without running them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pth_hook::{EntryPoint, Severity};
use wheel_patch::Target;

use crate::changes::Wanted;
use crate::error::Error;
use crate::finished::Finished;
use crate::path::{RelativePath, has_end};
use crate::payload::{Item, Kind, Payload};
use crate::place::Place;
use crate::places::area;

/// Rules that a file breaks by its text alone, wherever it lies.
const OF_TEXT: [&str; 6] = ["encoding", "line-ends", "indented", "long-line", "syntax", "entry-point"];
/// Rules of which is spoken already when a hook is written, and which only the one who writes it can follow.
const OF_WRITING: [&str; 2] = ["end-date", "start-cost"];

impl Payload {
    /// Judges the startup files of ours in a finished wheel as `pyxide hook lint` does, and returns what their author should know.
    ///
    /// What an editable wheel's hooks call lies where its path lines lead. If code of the backend finds the modules, there is nothing
    /// to see.
    ///
    /// # Errors
    /// A hook that would fail.
    pub fn lint(&self, wheel: &Path) -> Result<Vec<String>, Error> {
        let mut ours: BTreeMap<String, (&Place, bool)> = BTreeMap::new();
        for item in self.items.iter().filter(|item| is_startup(item.target, item.path.as_str())) {
            ours.insert(item.path.as_str().to_owned(), (&item.place, false));
        }
        for (place, request) in &self.hooks {
            ours.extend([".pth", ".start"].map(|end| (format!("{}{end}", request.name), (place, true))));
        }
        let Some((place, _)) = ours.values().next() else { return Ok(Vec::new()) };
        let unread = |source| Error::Hook { place: Place::clone(place), source: Box::new(source) };
        if self.kind == Kind::Editable {
            let is_ours = |file: &Path| {
                file.file_name().and_then(|name| name.to_str()).is_some_and(|name| ours.contains_key(name))
            };
            let audit = pth_hook::audit(wheel, None).map_err(unread)?;
            if !audit.hooks.iter().all(|hook| is_ours(&hook.file)) {
                return Ok(Vec::new());
            }
        }
        let mut notes = Vec::new();
        for finding in pth_hook::lint(wheel).map_err(unread)? {
            let Some((place, is_written)) = ours.get(&finding.file) else { continue };
            match finding.severity {
                Severity::Error => return Err(refused(place, finding)),
                Severity::Warning
                    if self.kind == Kind::Regular && !(*is_written && OF_WRITING.contains(&finding.rule)) =>
                {
                    notes.push(format!("`{}`{}: {}", finding.file, in_line(finding.line), finding.message));
                }
                Severity::Warning | Severity::Note => {}
            }
        }
        Ok(notes)
    }
}

/// Refuses a startup file whose name belongs to others, which would overwrite or remove it.
pub(crate) fn check_name(item: &Item) -> Result<(), Error> {
    let path = item.path.as_str();
    let stem = [".pth", ".start"].iter().find_map(|end| path.strip_suffix(end));
    let Some(stem) = stem.filter(|_| is_startup(item.target, path)) else { return Ok(()) };
    pth_hook::check_stem(stem, "", false)
        .map_err(|source| Error::Hook { place: item.place.clone(), source: Box::new(source) })
}

/// Refuses a startup file of the project whose text alone is wrong.
pub(crate) fn check_text(item: &Item) -> Result<(), Error> {
    if !is_startup(item.target, item.path.as_str()) {
        return Ok(());
    }
    // One that has another name in the project is judged in the wheel.
    let Ok(findings) = pth_hook::lint(&item.file) else { return Ok(()) };
    let name = item.file.file_name().and_then(|name| name.to_str());
    let is_wrong = |finding: &pth_hook::Finding| {
        finding.severity == Severity::Error && OF_TEXT.contains(&finding.rule) && Some(&*finding.file) == name
    };
    match findings.into_iter().find(is_wrong) {
        Some(finding) => Err(refused(&item.place, finding)),
        None => Ok(()),
    }
}

fn is_startup(target: Target, path: &str) -> bool {
    area(target) == 0 && !path.contains('/') && has_end(path, &[".pth", ".start"])
}

fn refused(place: &Place, finding: pth_hook::Finding) -> Error {
    let pth_hook::Finding { rule, file, line, message, .. } = finding;
    Error::HookFile { place: place.clone(), file: file.into(), at: in_line(line).into(), message: message.into(), rule }
}

fn in_line(line: usize) -> String {
    if line == 0 { String::new() } else { format!(" (line {line})") }
}

/// Refuses a hook that calls into a package of this wheel that has no such module, or no such function in it, and says what cannot be
/// seen. A package that the wheel does not have may be that of a requirement.
pub(crate) fn resolve(
    place: &Place,
    entry: &EntryPoint,
    wheel: &Finished,
    wanted: &[Wanted],
) -> Result<Option<String>, Error> {
    let ours = wanted.iter().filter(|it| area(it.target) == 0).map(|it| it.path.as_str());
    let names: BTreeSet<_> = wheel.in_site().map(|(_, path, _)| path).chain(ours).collect();
    let has = |path: &str| {
        let is_it = |name: &&str| {
            name.strip_prefix(path).is_some_and(|rest| {
                let native = rest.starts_with('.') && has_end(rest, &[".so", ".pyd"]);
                rest == ".py" || rest.starts_with('/') || native
            })
        };
        names.range(path..).take_while(|name| name.starts_with(path)).any(is_it)
    };
    let module = RelativePath::parse(&entry.module.replace('.', "/")).expect("the name of a module is a path, too");
    if !has(entry.package()) {
        return Ok(None);
    }
    if !has(module.as_str()) {
        return Err(Error::NoSuchModule {
            place: place.clone(),
            call: entry.to_string(),
            package: entry.package().into(),
            module: entry.module.clone(),
        });
    }
    let Some(text) = source(module.as_str(), wheel, wanted)? else { return Ok(None) };
    let function = entry.function.split('.').next().unwrap_or_default();
    match defines(&text, function) {
        Some(true) => Ok(None),
        Some(false) => Err(Error::NoSuchFunction {
            place: place.clone(),
            call: entry.to_string(),
            module: entry.module.clone(),
            function: function.into(),
        }),
        None => Ok(Some(format!(
            "the hook calls `{entry}`, and whether `{}` will have `{function}` cannot be seen in its text",
            entry.module
        ))),
    }
}

/// The text of a module, if it has one.
fn source(module: &str, wheel: &Finished, wanted: &[Wanted]) -> Result<Option<String>, Error> {
    for path in [format!("{module}/__init__.py"), format!("{module}.py")] {
        let ours = wanted.iter().find(|it| area(it.target) == 0 && it.path == path);
        let theirs = wheel.in_site().find(|(_, name, _)| *name == path);
        let bytes = match (ours, theirs) {
            (Some(wanted), _) => wanted.bytes()?,
            (None, Some((_, _, member))) => wheel.read(member)?,
            (None, None) => continue,
        };
        return Ok(String::from_utf8(bytes).ok());
    }
    Ok(None)
}

/// Whether a module has a name at its top level; `None`: its text does not tell.
fn defines(text: &str, name: &str) -> Option<bool> {
    const BLOCKS: [&str; 9] = ["if", "elif", "else", "try", "except", "finally", "with", "for", "while"];
    const DYNAMIC: [&str; 6] = ["import *", "globals()", "__getattr__", "setattr(", "exec(", "__dict__"];
    let first = |line: &str| line.split(|letter: char| !is_part(letter)).next().unwrap_or_default().to_owned();
    let mut block = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let bare = line.trim_start();
        if bare.len() == line.len() {
            block = first(line);
        }
        let is_import = matches!(&*block, "import" | "from");
        if (is_import && has_word(line, name))
            || ((bare.len() == line.len() || BLOCKS.contains(&&*block)) && binds(bare, name))
        {
            return Some(true);
        }
    }
    let may_be = has_word(text, name) || DYNAMIC.iter().any(|way| text.contains(way));
    if may_be { None } else { Some(false) }
}

/// Whether a statement gives a name a value.
fn binds(statement: &str, name: &str) -> bool {
    let statement = statement.strip_prefix("async ").unwrap_or(statement);
    for keyword in ["def ", "class "] {
        if let Some(rest) = statement.strip_prefix(keyword) {
            return rest.trim_start().strip_prefix(name).is_some_and(|rest| !rest.starts_with(is_part));
        }
    }
    if ["import ", "from "].iter().any(|keyword| statement.starts_with(keyword)) {
        return has_word(statement, name);
    }
    let Some((left, right)) = statement.split_once('=') else { return false };
    !right.starts_with('=') && !left.contains(['(', '[', '#', '"', '\'']) && has_word(left, name)
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        !text[..at].chars().next_back().is_some_and(is_part)
            && !text[at + word.len()..].chars().next().is_some_and(is_part)
    })
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_defines() {
        for text in [
            "def  go(): pass",
            "async  def x(): pass\nclass go:\n    pass",
            "go = 1",
            "a, go = 1, 2",
            "go: object = None",
            "import os as go",
            "from x import (\n    a,\n    go,\n)",
            "try:\n    from fast import go\nexcept ImportError:\n    pass",
            "try:\n    import fast\nexcept ImportError:\n    def go(): pass",
        ] {
            assert_eq!(defines(text, "go"), Some(true), "{text}");
        }
        for text in ["", "def ago(): pass\ngoing = 1\n_go = go_on = 2\n", "import os"] {
            assert_eq!(defines(text, "go"), Some(false), "{text}");
        }
        for text in [
            "# go",
            "class A:\n    def go(self): pass",
            "go == x",
            "go(a=1)",
            "from x import *",
            "def __getattr__(name): pass",
        ] {
            assert_eq!(defines(text, "go"), None, "{text}");
        }
    }
}
