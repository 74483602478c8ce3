//! The files of a hook.
//!
//! | file | what is in it | read by |
//! |---|---|---|
//! | `<name>.pth` | one line of code, which imports the module if it can, and calls it | up to 3.17 |
//! | `<name>.start` | one line, `module:function` | from 3.15 on |
//! | `<shim>.py` | on request: a function that calls the package's, and bears it when the package is gone | both of them, then |
//!
//! The line of the `.pth` is PEP 829's, `import m; m.f()`, in a `try`: when the module or a part of it is gone and the file is not, nothing happens, where the plain form would
//! print a traceback at each start of the interpreter. It does what the `.start` says, so one can replace the other.
//!
//! Up to 3.14 an interpreter reads the site folder of a virtual environment twice, once for the environment and once for what it takes for the installation, so the line runs twice, too. The
//! function of a shim is called once.
//!
//! A `.start` cannot be guarded at all. So a hook should have a shim.

use crate::{
    Error,
    entry::{EntryPoint, is_identifier},
    imports,
    policy::StartPolicy,
    stem::check_stem,
};

/// What a hook should do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The name of its files, without their endings.
    pub name: String,
    /// What is called when an interpreter starts.
    pub entry: EntryPoint,
    /// When there is a `.start`.
    pub policy: StartPolicy,
    /// The project's `requires-python`.
    pub requires_python: Option<String>,
    /// The name of a tiny top-level module to write, through which the package is called.
    pub shim: Option<String>,
}

/// The files of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Their names at the root of a wheel, sorted, and what is in them.
    pub files: Vec<(String, Vec<u8>)>,
    /// What to know of them: until when they work, and what they cost.
    pub notes: Vec<String>,
}

/// The longest line that a hook gets: a longer one could not be read at a glance.
pub(crate) const LONGEST_LINE: usize = 512;

/// Makes the files of a hook. Nothing is written to disk.
///
/// # Errors
///
/// [`Error::Stem`] and [`Error::Shim`] for names that others use, [`Error::RequiresPython`] for one that cannot be read.
pub fn write(request: &Request) -> Result<Written, Error> {
    let Request { name, entry, policy, requires_python, shim } = request;
    check_stem(name, "", false)?;
    let files = policy.files(requires_python.as_deref())?;
    let mut written = Vec::new();
    let called = match shim {
        Some(shim) => {
            check_shim(shim, entry)?;
            written.push((format!("{shim}.py"), shim_text(entry)));
            EntryPoint { module: shim.clone(), function: last(&entry.function).to_owned() }
        }
        None => entry.clone(),
    };
    if files.has_pth() {
        let line = guarded(&called, shim.is_some());
        if line.len() > LONGEST_LINE {
            let reason = format!(
                "its line would have {} bytes, and more than {LONGEST_LINE} cannot be read at a glance",
                line.len()
            );
            return Err(Error::Stem { stem: name.clone(), reason });
        }
        written.push((format!("{name}.pth"), line + "\n"));
    }
    if files.has_start() {
        written.push((format!("{name}.start"), format!("{called}\n")));
    }
    written.sort();
    let mut notes = policy.notes(files);
    if shim.is_none() {
        if files.has_start() {
            notes.push("a .start prints a traceback at each start when the package is gone; a module of its own (`--shim`, in pyproject.toml `module`) bears that".to_owned());
        }
        if files.has_pth() {
            notes.push("in a virtual environment of Python up to 3.14 the line runs twice at each start; with a module of its own (`--shim`, in pyproject.toml `module`) the function is called once".to_owned());
        }
    }
    Ok(Written { files: written.into_iter().map(|(name, text)| (name, text.into_bytes())).collect(), notes })
}

/// One line that imports a module if it is there, and calls a function of it. Nobody but the line imports a shim, so a shim that is imported was called.
fn guarded(entry: &EntryPoint, is_shim: bool) -> String {
    let EntryPoint { module, function } = entry;
    let once = if is_shim { format!("{ONCE_BEGIN}{module}{ONCE_END}") } else { String::new() };
    format!("{BEGIN}{once}{IMPORT}{module}{CALL}{function}{END}")
}

/// How the line begins. Code in a `.pth` is one that begins with `import`.
pub(crate) const BEGIN: &str = "import sys; ";
/// What stands around the name of a module that is called once.
pub(crate) const ONCE_BEGIN: &str = "\"";
/// What follows that name.
pub(crate) const ONCE_END: &str = "\" in sys.modules or ";
/// What precedes the module. A `try` is no part of a line of statements, and to ask the finders first takes longer than to import and fail: each start of an interpreter pays for it.
pub(crate) const IMPORT: &str = "exec(\"try: import ";
/// What stands between the module and its function.
pub(crate) const CALL: &str = " as hook\\nexcept ImportError: pass\\nelse: hook.";
/// How the line ends.
pub(crate) const END: &str = "()\")";

/// A module that imports nothing until it is called.
fn shim_text(entry: &EntryPoint) -> String {
    let EntryPoint { module, function } = entry;
    let name = last(function);
    format!(
        "\"\"\"Calls `{entry}` when the interpreter starts.\n\
         \n\
         Nothing happens when that is gone or fails: `python -v` tells why.\n\
         \"\"\"\n\
         \n\
         _was_called = False\n\
         \n\
         \n\
         def {name}():\n\
         \x20   # Up to 3.14 the files of a virtual environment are read twice.\n\
         \x20   global _was_called\n\
         \x20   if _was_called:\n\
         \x20       return\n\
         \x20   _was_called = True\n\
         \x20   try:\n\
         \x20       import {module}\n\
         \n\
         \x20       {module}.{function}()\n\
         \x20   except Exception as error:\n\
         \x20       # Whatever is wrong, other programs must start, and in silence.\n\
         \x20       import sys\n\
         \n\
         \x20       if sys.flags.verbose:\n\
         \x20           print(\"startup hook {entry}:\", repr(error), file=sys.stderr)\n"
    )
}

fn check_shim(name: &str, entry: &EntryPoint) -> Result<(), Error> {
    let refuse = |reason| Err(Error::Shim { name: name.to_owned(), reason });
    if !is_identifier(name) || !name.is_ascii() {
        return refuse("it is no name of a module that every system can store");
    }
    if name == entry.package() {
        return refuse("the package that it calls has this name");
    }
    if imports::is_standard(name) {
        return refuse("a module of Python's own library has this name");
    }
    if matches!(name, "sitecustomize" | "usercustomize") {
        return refuse("interpreters import a module of this name by themselves, and it belongs to who runs them");
    }
    Ok(())
}

fn last(function: &str) -> &str {
    function.rsplit('.').next().unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn request(entry: &str, policy: StartPolicy, shim: Option<&str>) -> Request {
        Request {
            name: "greetings".to_owned(),
            entry: entry.parse().unwrap(),
            policy,
            requires_python: None,
            shim: shim.map(str::to_owned),
        }
    }

    fn shown(request: &Request) -> String {
        let written = write(request).unwrap();
        let files = written.files.iter().map(|(name, bytes)| format!("== {name}\n{}", str::from_utf8(bytes).unwrap()));
        files.chain(written.notes.iter().map(|note| format!("note: {note}\n"))).collect()
    }

    #[test]
    fn a_pth_and_a_shim() {
        assert_snapshot!(shown(&request("greetings.codec:register", StartPolicy::Auto, Some("_greetings_hook"))));
    }

    #[test]
    fn both_files() {
        assert_snapshot!(shown(&request("greetings.codec:Codec.register", StartPolicy::Always, None)));
    }

    #[test]
    fn the_start_alone() {
        let mut request = request("greetings:go", StartPolicy::Auto, Some("_greetings_hook"));
        request.requires_python = Some(">=3.18".to_owned());
        assert_snapshot!(shown(&request));
    }

    #[test]
    fn names_that_others_use() {
        for shim in ["greetings", "re", "typing", "sitecustomize", "a.b", "class", "a-b", "ä", ""] {
            assert!(
                matches!(
                    write(&request("greetings.codec:register", StartPolicy::Auto, Some(shim))),
                    Err(Error::Shim { .. })
                ),
                "{shim}"
            );
        }
        let mut reserved = request("greetings:go", StartPolicy::Auto, None);
        reserved.name = "__editable__.greetings".to_owned();
        assert!(matches!(write(&reserved), Err(Error::Stem { .. })));
        let mut long = request(&format!("{}:go", "a".repeat(500)), StartPolicy::Auto, None);
        assert!(matches!(write(&long), Err(Error::Stem { .. })));
        long.requires_python = Some("3".to_owned());
        assert!(matches!(write(&long), Err(Error::RequiresPython { .. })));
    }
}
