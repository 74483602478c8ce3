//! What runs when an interpreter starts.

use std::path::{Path, PathBuf};

use crate::{
    Error, Locale, code,
    entry::EntryPoint,
    environment::{Kind, Subject},
    imports,
    marks::{Mark, marks},
    model::{Start, World, start},
    modules::{Modules, appended},
    packages::Packages,
    step::{Code, Place, Ran, Step},
    tree::{self, Tree},
    version::Version,
    write::LONGEST_LINE,
};

/// What an interpreter does at start, without having been started.
#[derive(Debug)]
pub struct Audit {
    /// The version that the order is of.
    pub version: Version,
    /// Everything that happens, in order, if no code fails.
    pub steps: Vec<Step>,
    /// What runs, in order.
    pub hooks: Vec<Hook>,
    /// The site folder of who starts the interpreter, below their home folder: it is read before all others but a virtual environment's own, and was not looked at. None if the interpreter reads none.
    pub user_site: Option<PathBuf>,
}

/// The modules that interpreters import after all hooks, if they are there; the second only where they read the site folder of who starts them, too.
pub(crate) const CUSTOM: [&str; 2] = ["sitecustomize", "usercustomize"];

/// Code that runs at start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Where it stands.
    pub file: PathBuf,
    /// The line, from 1; 0 means all of it.
    pub line: usize,
    /// The package that installed the file, as a name and a version; none if no package has it in its list.
    pub package: Option<String>,
    /// How many times it runs at each start.
    pub times: usize,
    /// The line.
    pub code: String,
    /// What to look at twice in the line.
    pub marks: Vec<Mark>,
    /// What to look at twice in the modules that the line names.
    pub module_marks: Vec<Mark>,
    /// The modules of the same place that are imported, as far as their texts show.
    pub imports: Vec<String>,
    /// The modules among all that are imported which take long.
    pub heavy: Vec<String>,
    /// How long the line is, in bytes.
    pub length: usize,
}

/// Reads what runs at start in an environment, or out of a wheel, without running any of it.
///
/// `version` is the version of the interpreter if it should be another than the environment shows; for what shows none it is the newest release.
pub fn audit(path: &Path, version: Option<Version>) -> Result<Audit, Error> {
    let subject = Subject::open(path, version)?;
    let version = version.unwrap_or(subject.seen_version());
    let steps = steps(&subject, version);
    let modules = Modules::on_path(&subject, &steps);
    let packages: Vec<Packages> = subject.sites.iter().map(|site| Packages::read(&site.tree)).collect();
    let mut hooks: Vec<Hook> = Vec::new();
    for step in &steps {
        if let Step::Run { place, code, .. } = step
            && let Some((_, packages)) =
                subject.sites.iter().zip(&packages).find(|(site, _)| site.folder.path == place.folder)
        {
            let hook = hook(&modules, packages, place, code);
            let is_same = |other: &&mut Hook| (&other.file, other.line) == (&hook.file, hook.line);
            match hooks.iter_mut().find(is_same) {
                Some(first) => first.times += 1,
                None => hooks.push(hook),
            }
        }
    }
    if subject.kind != Kind::Loose {
        let names = if subject.is_customised { &CUSTOM[..] } else { &CUSTOM[..1] };
        hooks.extend(names.iter().filter_map(|name| customized(&subject, &packages, &steps, name, version)));
    }
    let user_site = PathBuf::from(format!(".local/lib/python3.{}/site-packages", version.minor));
    Ok(Audit { version, steps, hooks, user_site: subject.has_user_site.then_some(user_site) })
}

/// Everything that happens at start, in order, if no code fails.
pub(crate) fn steps(subject: &Subject, version: Version) -> Vec<Step> {
    let mut folders: Vec<_> = subject.sites.iter().map(|site| site.folder.clone()).collect();
    if version.reads_twice() {
        let own = folders[..subject.own].to_vec();
        folders.splice(..0, own);
    }
    let interpreter = Start { version, locale: Locale::Utf8, path: subject.library.clone() };
    start(&interpreter, &folders, &mut Reader(subject))
}

/// Whether a module defines a function, as far as its text shows; nothing if there is no text, or names come from elsewhere.
pub(crate) fn defines(there: &Modules, entry: &EntryPoint) -> Option<bool> {
    let (text, _) = there.source(&entry.module)?;
    let name = entry.function.split('.').next().unwrap_or_default();
    // `from x import *`, `globals()`, `__getattr__`: anything may be in it.
    if ["import *", "globals()", "__getattr__", "setattr("].iter().any(|way| text.contains(way)) {
        return None;
    }
    Some(text.match_indices(name).any(|(place, _)| {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
        !text[..place].chars().next_back().is_some_and(is_part)
            && !text[place + name.len()..].chars().next().is_some_and(|letter| is_part(letter) && letter != '.')
    }))
}

fn hook(there: &Modules, packages: &Packages, place: &Place, code: &Code) -> Hook {
    let (text, modules, called) = match code {
        Code::Line(line) => {
            let shown = code::read(line);
            (line.trim_end(), shown.modules, shown.calls)
        }
        Code::EntryPoint(line) => {
            let entry: Option<EntryPoint> = line.parse().ok();
            (line.as_str(), entry.iter().map(|entry| entry.module.clone()).collect(), entry)
        }
    };
    let loads = imports::loads(there, &modules, called.as_ref());
    let named = modules.iter().filter(|module| !imports::is_standard(module.split('.').next().unwrap_or_default()));
    let mut module_marks: Vec<Mark> =
        named.filter_map(|module| there.source(module)).flat_map(|(text, _)| marks(&text, usize::MAX)).collect();
    module_marks.sort_unstable();
    module_marks.dedup();
    let mut heavy: Vec<String> = loads.heavy().into_iter().map(str::to_owned).collect();
    if matches!(code, Code::EntryPoint(_)) {
        // `site` itself imports them for the first entry point.
        heavy.extend(["pkgutil", "re"].map(str::to_owned));
        heavy.sort();
        heavy.dedup();
    }
    Hook {
        file: place.path(),
        line: place.line,
        package: place.file.to_str().and_then(|file| packages.owner(file)).map(str::to_owned),
        times: 1,
        code: text.to_owned(),
        marks: marks(&code::plain(text), LONGEST_LINE),
        module_marks,
        imports: loads.own.into_iter().collect(),
        heavy,
        length: text.len(),
    }
}

/// One of the modules that every interpreter imports after all hooks, if it is there in any form: the first on the path.
fn customized(subject: &Subject, packages: &[Packages], steps: &[Step], name: &str, version: Version) -> Option<Hook> {
    let elsewhere = Packages::default();
    subject.library.iter().chain(appended(steps)).find_map(|path| {
        let mut sites = subject.sites.iter().zip(packages);
        let found = sites.find_map(|(site, packages)| site.below(path).map(|(tree, folder)| (tree, folder, packages)));
        let (tree, folder, packages) = found.unwrap_or_else(|| (Tree::Folder(path.clone()), String::new(), &elsewhere));
        let file = tree.module_file("", name, version)?;
        let package = packages.owner(&tree::below(&folder, &file));
        Some(custom(&tree, package, path.join(&file), &file, name))
    })
}

/// What is known of it: `file` is its place in the tree, and `path` its whole path.
fn custom(tree: &Tree, package: Option<&str>, path: PathBuf, file: &str, name: &str) -> Hook {
    let is_source = Path::new(file).extension().is_some_and(|ending| ending == "py");
    let text = is_source.then(|| tree.text(file)).flatten();
    let loads = imports::loads(&Modules::of(tree.clone()), &[name.to_owned()], None);
    let module_marks = text.as_ref().map_or_else(|| vec![Mark::Opaque], |text| marks(text, usize::MAX));
    Hook {
        file: path,
        line: 0,
        package: package.map(str::to_owned),
        times: 1,
        code: format!("import {name}"),
        marks: Vec::new(),
        module_marks,
        heavy: loads.heavy().into_iter().map(str::to_owned).collect(),
        imports: loads.own.into_iter().collect(),
        length: text.map_or(0, |text| text.len()),
    }
}

/// A world in which all code does well.
struct Reader<'a>(&'a Subject);

impl World for Reader<'_> {
    fn exists(&mut self, path: &Path) -> bool {
        let below = self.0.sites.iter().find_map(|site| Some((&site.tree, path.strip_prefix(&site.folder.path).ok()?)));
        match below {
            // The site folder itself is on the path already, and is not asked for.
            Some((tree, rest)) => rest.to_str().is_some_and(|rest| tree.exists(rest)),
            None => path.exists(),
        }
    }

    fn run(&mut self, _: &Code, _: &Place) -> Ran {
        Ran::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_shows_of_a_function() {
        let folder = tempfile::tempdir().unwrap();
        let there = Modules::of(Tree::Folder(folder.path().to_owned()));
        let entry = "m:go.on".parse().unwrap();
        assert_eq!(defines(&there, &entry), None, "there is no text");
        for (text, expected) in [
            ("def go(): pass", Some(true)),
            ("go=1", Some(true)),
            ("go.x = 1", Some(true)),
            ("def goes(): pass", Some(false)),
            ("ago = _go = 1", Some(false)),
            ("x.go = go_ = 1", Some(false)),
            ("from x import *", None),
            ("globals()['g' + 'o'] = 1", None),
            ("def __getattr__(name): pass", None),
            ("setattr(m, 'g' + 'o', 1)", None),
        ] {
            fs_err::write(folder.path().join("m.py"), text).unwrap();
            assert_eq!(defines(&there, &entry), expected, "{text}");
        }
    }
}
