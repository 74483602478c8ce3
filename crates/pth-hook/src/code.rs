//! What a line of code in a `.pth` file shows without running it.

use std::borrow::Cow;

use crate::{
    entry::{EntryPoint, is_identifier},
    write::{BEGIN, CALL, END, IMPORT, ONCE_BEGIN, ONCE_END},
};

/// What was read of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The modules that are imported, as far as their names stand there.
    pub(crate) modules: Vec<String>,
    /// What is called, if the line is one that a `.start` could replace: `import m; m.f()`, or the same with a guard.
    pub(crate) calls: Option<EntryPoint>,
    /// Whether the line bears that the module is gone.
    pub(crate) is_guarded: bool,
}

/// Reads a line that begins with `import`.
pub(crate) fn read(line: &str) -> Shown {
    if let Some(entry) = guarded(line) {
        return Shown { modules: vec![entry.module.clone()], calls: Some(entry), is_guarded: true };
    }
    let statements = statements(line);
    let mut modules = Vec::new();
    for statement in &statements {
        modules.extend(imported(statement).into_iter().map(|(module, _)| module));
        modules.extend(asked_for(statement));
    }
    // A guard that this crate does not write: a condition before the import.
    let is_guarded = statements.iter().any(|statement| {
        ["try:", " if ", " and ", "find_spec", "suppress", "environ"].iter().any(|word| statement.contains(word))
    });
    Shown { calls: straddled(&statements), modules, is_guarded }
}

/// A line without the guard that [`write`](crate::write()) puts around a call: what remains is what it does.
pub(crate) fn plain(line: &str) -> Cow<'_, str> {
    match guarded(line) {
        Some(EntryPoint { module, function }) => format!("import {module}; {module}.{function}()").into(),
        None => line.into(),
    }
}

/// The line that [`write`](crate::write()) makes.
fn guarded(line: &str) -> Option<EntryPoint> {
    let rest = line.trim_end().strip_prefix(BEGIN)?;
    let (once, rest) = match rest.strip_prefix(ONCE_BEGIN) {
        Some(rest) => rest.split_once(ONCE_END).map(|(module, rest)| (Some(module), rest))?,
        None => (None, rest),
    };
    let (module, function) = rest.strip_prefix(IMPORT)?.strip_suffix(END)?.split_once(CALL)?;
    let entry: EntryPoint = format!("{module}:{function}").parse().ok()?;
    once.is_none_or(|once| once == module).then_some(entry)
}

/// `import m; m.f()` and `import m as n; n.f()`.
fn straddled(statements: &[&str]) -> Option<EntryPoint> {
    let [import, call] = statements else { return None };
    let imported = imported(import);
    let [(module, name)] = imported.as_slice() else { return None };
    let function = call.strip_suffix("()")?.strip_prefix(name.as_str())?.strip_prefix('.')?;
    format!("{module}:{function}").parse().ok()
}

/// The modules of `import a.b as c, d`, each with the name by which it is called.
fn imported(statement: &str) -> Vec<(String, String)> {
    let Some(list) = statement.strip_prefix("import").filter(|rest| rest.starts_with([' ', '\t'])) else {
        return Vec::new();
    };
    let modules = list.split(',').filter_map(|part| {
        let mut words = part.split_whitespace();
        let module = words.next()?;
        let name = match (words.next(), words.next()) {
            (Some("as"), Some(name)) => name,
            _ => module,
        };
        module.split('.').all(is_identifier).then(|| (module.to_owned(), name.to_owned()))
    });
    modules.collect()
}

/// The modules of `__import__('m')` and `import_module("m")`.
fn asked_for(statement: &str) -> Vec<String> {
    let calls = ["__import__(", "import_module("].iter().flat_map(|call| statement.split(call).skip(1));
    let names = calls.filter_map(|rest| {
        let quote = rest.trim_start().chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let name = rest.trim_start().strip_prefix(quote)?.split_once(quote)?.0;
        name.split('.').all(is_identifier).then(|| name.to_owned())
    });
    names.collect()
}

/// The statements of a line: what stands between semicolons that are not in a string.
fn statements(line: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let (mut begin, mut quote, mut escaped) = (0, None, false);
    for (place, letter) in line.char_indices() {
        match (letter, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => quote = Some(letter),
            (';', None) => {
                statements.push(&line[begin..place]);
                begin = place + 1;
            }
            ('#', None) => {
                statements.push(&line[begin..place]);
                begin = line.len();
                break;
            }
            _ => {}
        }
    }
    statements.push(&line[begin..]);
    statements.into_iter().map(str::trim).filter(|statement| !statement.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Request, StartPolicy, write};

    #[test]
    fn lines_that_a_start_could_replace() {
        let calls = |line: &str| read(line).calls.map(|entry| entry.to_string());
        assert_eq!(calls("import m; m.f()"), Some("m:f".to_owned()));
        assert_eq!(calls("import a.b;a.b.C.f();"), Some("a.b:C.f".to_owned()));
        assert_eq!(calls("import a.b as c; c.f() # so"), Some("a.b:f".to_owned()));
        for other in [
            "import m",
            "import m, n; m.f()",
            "import m; n.f()",
            "import m; m.f(1)",
            "import m; m.f(); m.g()",
            "import m; mm.f()",
        ] {
            assert_eq!(calls(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (entry, shim, called) in
            [("m:f", None, "m:f"), ("a.b:C.f", None, "a.b:C.f"), ("a.b:C.f", Some("_h"), "_h:f")]
        {
            let request = Request {
                name: "x".to_owned(),
                entry: entry.parse().unwrap(),
                policy: StartPolicy::Never,
                requires_python: None,
                shim: shim.map(str::to_owned),
            };
            let written = write(&request).unwrap();
            let (_, line) = written.files.iter().find(|(name, _)| name == "x.pth").unwrap();
            let shown = read(str::from_utf8(line).unwrap());
            assert!(shown.is_guarded);
            assert_eq!(shown.calls.unwrap().to_string(), called);
        }
        let other = r#"import sys; "a" in sys.modules or exec("try: import b as hook\nexcept ImportError: pass\nelse: hook.f()")"#;
        assert_eq!(read(other).calls, None, "what is called is not what is looked for");
    }

    #[test]
    fn modules_are_found() {
        let modules = |line: &str| read(line).modules;
        assert_eq!(modules("import os, sys; exec('import x; y')"), ["os", "sys"]);
        assert_eq!(
            modules("import os; var = 'A'; os.environ.get(var) and __import__('_distutils_hack').add_shim();"),
            ["os", "_distutils_hack"]
        );
        assert_eq!(modules("import importlib; importlib.import_module( \"a.b\")"), ["importlib", "a.b"]);
        assert_eq!(modules(r"import os; x = 'it\'s; import a'; import b # ; import c"), ["os", "b"]);
        assert_eq!(modules("import os; important = 1; __import__(nan); __import__('a.1'); import b.2"), ["os"]);
    }

    #[test]
    fn guards_of_others_are_seen() {
        for guarded in [
            "import os; os.environ.get('A') and go()",
            "import importlib.util as u; u.find_spec('a') and go()",
            "import a; a.b() if a else None",
            "import contextlib as c; c.suppress(Exception)(go)()",
            "import a; exec('try: go()')",
        ] {
            assert!(read(guarded).is_guarded, "{guarded}");
        }
        assert!(!read("import a; a.go()").is_guarded);
    }
}
