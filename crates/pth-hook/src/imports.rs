//! Which modules a module imports, as far as its text shows.
//!
//! The text is read line by line, not parsed: what is imported in functions is left out, and what is imported under a condition counts. So the answer may have too much in it,
//! and what is imported by name at run time is missing.

use std::collections::{BTreeSet, HashSet};

use crate::{entry::EntryPoint, modules::Modules};

/// The modules of Python's own library, of any version from 3.10 to 3.15.
const STANDARD: &str = include_str!("standard.txt");

/// What an interpreter has loaded before the first hook runs, or has built in.
const LOADED: [&str; 36] = [
    "__future__",
    "__main__",
    "_abc",
    "_codecs",
    "_collections_abc",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_io",
    "_signal",
    "_sitebuiltins",
    "_stat",
    "_thread",
    "_warnings",
    "_weakref",
    "abc",
    "atexit",
    "builtins",
    "codecs",
    "encodings",
    "errno",
    "faulthandler",
    "genericpath",
    "io",
    "itertools",
    "marshal",
    "nt",
    "ntpath",
    "os",
    "posix",
    "posixpath",
    "site",
    "stat",
    "sys",
    "time",
    "zipimport",
];

/// Modules that alone take a tenth of an interpreter's start or more.
const HEAVY: [&str; 54] = [
    "argparse",
    "ast",
    "asyncio",
    "bz2",
    "cgi",
    "collections",
    "concurrent",
    "configparser",
    "contextlib",
    "copy",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "distutils",
    "doctest",
    "email",
    "enum",
    "fractions",
    "functools",
    "ftplib",
    "gettext",
    "hashlib",
    "html",
    "http",
    "inspect",
    "importlib",
    "ipaddress",
    "json",
    "logging",
    "lzma",
    "multiprocessing",
    "pathlib",
    "pickle",
    "pkgutil",
    "platform",
    "pprint",
    "random",
    "re",
    "shutil",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "statistics",
    "subprocess",
    "tempfile",
    "textwrap",
    "tomllib",
    "traceback",
    "typing",
    "urllib",
];

/// What importing a module loads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Loads {
    /// Modules of Python's library that are not there yet.
    pub(crate) standard: BTreeSet<String>,
    /// Modules that are there.
    pub(crate) own: BTreeSet<String>,
    /// Modules that are neither.
    pub(crate) other: BTreeSet<String>,
}

impl Loads {
    /// Those that take long.
    pub(crate) fn heavy(&self) -> Vec<&str> {
        let is_heavy = |module: &&str| HEAVY.contains(&module.split('.').next().unwrap_or_default());
        self.standard.iter().map(String::as_str).filter(is_heavy).chain(self.other.iter().map(String::as_str)).collect()
    }
}

/// Whether a top-level module is of Python's own library.
pub(crate) fn is_standard(module: &str) -> bool {
    STANDARD.lines().any(|line| line == module)
}

/// What comes with these modules, and with the function that is called, followed through the modules that are there.
pub(crate) fn loads(there: &Modules, modules: &[String], called: Option<&EntryPoint>) -> Loads {
    /// A hook that leads to more modules is heavy, whatever else it leads to.
    const MOST: usize = 300;
    let mut loads = Loads::default();
    let mut seen = HashSet::new();
    let mut waiting: Vec<String> = modules.to_vec();
    while let Some(module) = waiting.pop() {
        let first = module.split('.').next().unwrap_or_default().to_owned();
        if !seen.insert(module.clone()) || seen.len() > MOST {
            continue;
        }
        // The packages above a module are imported before it.
        if let Some((package, _)) = module.rsplit_once('.') {
            waiting.push(package.to_owned());
        }
        // Site folders come after the library on `sys.path`.
        if is_standard(&first) {
            if !LOADED.contains(&first.as_str()) {
                loads.standard.insert(module);
            }
        } else if let Some((text, is_package)) = there.source(&module) {
            let function = called.filter(|entry| entry.module == module).map(|entry| entry.function.as_str());
            waiting
                .extend(imported(&text, &module, is_package, function).into_iter().map(|name| followed(there, name)));
            loads.own.insert(module);
        } else if there.has(&module) {
            loads.own.insert(module);
        } else if module == first {
            loads.other.insert(module);
        }
    }
    loads
}

/// `from a import b` may mean the module `a.b`, or a name in `a`. What is not there is as good as the package that it is of.
fn followed(there: &Modules, module: String) -> String {
    let first = module.split('.').next().unwrap_or_default();
    if is_standard(first) || there.has(&module) { module } else { first.to_owned() }
}

/// The modules that a text imports when it is imported itself, in full.
fn imported(text: &str, module: &str, is_package: bool, function: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for line in executed(text, function) {
        for statement in line.split(';').map(str::trim) {
            if let Some(names) = statement.strip_prefix("import ") {
                found.extend(names.split(',').filter_map(|name| name.split_whitespace().next()).map(str::to_owned));
            } else if let Some((from, names)) =
                statement.strip_prefix("from ").and_then(|rest| rest.split_once(" import"))
            {
                let Some(base) = absolute(from.trim(), module, is_package) else { continue };
                let names =
                    names.trim().trim_matches(['(', ')']).split(',').filter_map(|name| name.split_whitespace().next());
                let is_own = !is_standard(base.split('.').next().unwrap_or_default());
                found.extend(names.filter(|name| is_own && *name != "*").map(|name| format!("{base}.{name}")));
                found.push(base);
            }
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// The module that `from` names, which may begin with dots.
fn absolute(from: &str, module: &str, is_package: bool) -> Option<String> {
    let name = from.trim_start_matches('.');
    let dots = from.len() - name.len();
    if dots == 0 {
        return Some(name.to_owned());
    }
    let mut base: Vec<&str> = module.split('.').collect();
    let up = dots - usize::from(is_package);
    base.truncate(base.len().checked_sub(up)?);
    if !name.is_empty() {
        base.push(name);
    }
    (!base.is_empty()).then(|| base.join("."))
}

/// The lines that run on import, and when this function is called: not those in other functions, in strings over several lines, and in blocks for type checkers.
fn executed<'a>(text: &'a str, function: Option<&str>) -> Vec<&'a str> {
    let called = function.map(|name| format!("def {name}("));
    let mut lines = Vec::new();
    let mut skipped: Option<usize> = None;
    let mut quotes: Option<&str> = None;
    // Python ends a line at a carriage return, too.
    for line in text.split(['\n', '\r']) {
        if let Some(open) = quotes {
            if line.contains(open) {
                quotes = None;
            }
            continue;
        }
        let code = line.trim_start();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let indentation = line.len() - code.len();
        if skipped.is_some_and(|outer| indentation > outer) {
            quotes = opened(code);
            continue;
        }
        skipped = None;
        let is_called = called.as_ref().is_some_and(|begin| code.starts_with(begin.as_str()));
        let is_skipped = !is_called
            && ["def ", "async def ", "if TYPE_CHECKING", "if typing.TYPE_CHECKING"]
                .iter()
                .any(|begin| code.starts_with(begin));
        if is_skipped || code.starts_with("if __name__") {
            skipped = Some(indentation);
        } else if !code.starts_with(['"', '\'']) {
            lines.push(code.split(" #").next().unwrap_or(code).trim_end());
        }
        quotes = opened(code);
    }
    lines
}

/// The quotes of a string that goes on in the next line.
fn opened(line: &str) -> Option<&'static str> {
    ["\"\"\"", "'''"].into_iter().find(|quotes| line.matches(quotes).count() % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(imported(text, "pkg.mod", false, None), expected, "{text}");
    }

    #[test]
    fn imports_of_a_module() {
        check("import a, b.c as d\nfrom e import f # so\n", &["a", "b.c", "e.f", "e"]);
        check("from . import x\nfrom .y import z\nfrom .. import far\n", &["pkg.x", "pkg", "pkg.y.z", "pkg.y"]);
        check("try:\n    import a\nexcept ImportError:\n    a = None\n", &["a"]);
        check("def f():\n    import a\n\n    import b\nimport c\n", &["c"]);
        check("if TYPE_CHECKING:\n    import a\nelse:\n    import b\n", &["b"]);
        check("\"\"\"Docs\nimport a\n\"\"\"\nimport b\n", &["b"]);
        check("from typing import (\n    Any,\n)\n", &["typing"]);
        check("# so\rimport a\r\nimport b\n", &["a", "b"]);
        check(
            "from  e  import (f, g )\nfrom typing import Any\nfrom x import *\n",
            &["e.f", "e.g", "e", "typing", "x"],
        );
        check("def f():\n    import a\n# import b\n    import c\nimport d # ; import e\n", &["d"]);
        check("def f():\n    \"\"\"Docs\nimport a\n    \"\"\"\nimport b\n", &["b"]);
        check("if __name__ == '__main__':\n    import a\n", &[]);
        check("class C:\n    import a\n    def f(self):\n        import b\n", &["a"]);
    }

    #[test]
    fn imports_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir(folder.path().join("pkg")).unwrap();
        for (name, text) in [
            ("pkg/__init__.py", "from .core import go\n"),
            (
                "pkg/core.py",
                "import typing, os\nfrom wanted.deep import thing\nimport more.deep\ndef go():\n    import least\n",
            ),
            ("pkg/hook.py", "import sys\n"),
            ("_hook.py", "def go():\n    import pkg\n"),
        ] {
            fs_err::write(folder.path().join(name), text).unwrap();
        }
        let tree = Modules::of(Tree::Folder(folder.path().to_owned()));
        let found = loads(&tree, &["pkg.hook".to_owned()], None);
        assert_eq!(found.heavy(), ["typing", "more", "wanted"]);
        assert_eq!(found.own.into_iter().collect::<Vec<_>>(), ["pkg", "pkg.core", "pkg.hook"]);
        let own = |called: Option<&str>| {
            let entry = called.map(|text| text.parse::<EntryPoint>().unwrap());
            loads(&tree, &["_hook".to_owned()], entry.as_ref()).own.len()
        };
        assert_eq!((own(None), own(Some("_hook:other")), own(Some("_hook:go"))), (1, 1, 3));
        // A function of the same name in another module is not called.
        let called = "_hook:go".parse::<EntryPoint>().unwrap();
        assert!(!loads(&tree, &["_hook".to_owned()], Some(&called)).other.contains("least"));
    }
}
