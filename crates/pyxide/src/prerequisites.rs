//! What a build needs, and what of it is there.

use cache_key::Language;
use fingerprint::{Need, Python, install_command};
use registry::Registry;
use serde::Serialize;

use crate::{Error, Session, Settings, ToolBox, chain};

/// Something that builds need, or some do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Prerequisite {
    /// Its name: `interpreter`, `python_headers`, `cython`, `compiler`, `cxx_compiler`, `numpy`, `cache`.
    pub name: &'static str,
    /// Whether every build needs it, or only those that ask for it.
    pub needed: bool,
    /// Its version, if it is there and has one.
    pub version: Option<String>,
    /// Where it is, or why it is not there.
    pub detail: String,
    /// Whether it is there.
    pub ok: bool,
    /// What to do when it is not there.
    pub remedy: Option<String>,
}

impl Prerequisite {
    fn new(name: &'static str, needed: bool, found: Result<(Option<String>, String), String>) -> Self {
        let ok = found.is_ok();
        let (version, detail) = found.unwrap_or_else(|reason| (None, reason));
        Self { name, needed, version, detail, ok, remedy: None }
    }

    fn with_remedy(mut self, remedy: Option<String>) -> Self {
        self.remedy = remedy.filter(|_| !self.ok);
        self
    }
}

/// Looks for everything that builds need, whatever is missing before it. The interpreter comes first.
pub fn prerequisites(settings: Result<Settings, Error>, cancelled: &dyn Fn() -> bool) -> Vec<Prerequisite> {
    let mut all = Vec::new();
    let root = settings.as_ref().ok().map(|settings| settings.root.clone());
    let asked =
        settings.map(Session::new).and_then(|session| session.ask_python(cancelled).map(|python| (session, python)));
    match asked {
        Err(error) => {
            all.push(Prerequisite::new("interpreter", true, Err(chain(&error))).with_remedy(error.hint()));
        }
        Ok((session, python)) => look(&session, &python, &mut all, cancelled),
    }
    if let Some(root) = root {
        let written = Registry::new(&root).prepare();
        let remedy = written.as_ref().err().and_then(registry::Error::hint);
        let found = written.map(|()| (None, root.display().to_string())).map_err(|error| chain(&error));
        all.push(Prerequisite::new("cache", true, found).with_remedy(remedy));
    }
    all
}

fn look(session: &Session, python: &Python, all: &mut Vec<Prerequisite>, cancelled: &dyn Fn() -> bool) {
    let interpreter = &python.interpreter;
    let found = (Some(interpreter.full_version.clone()), interpreter.executable.display().to_string());
    all.push(Prerequisite::new("interpreter", true, Ok(found)));

    let folder = interpreter.include.first().map(|folder| folder.display().to_string()).unwrap_or_default();
    let headers = if interpreter.has_headers { Ok((None, folder)) } else { Err(format!("no Python.h in `{folder}`")) };
    let remedy = Some(install_command(Need::PythonHeaders));
    all.push(Prerequisite::new("python_headers", true, headers).with_remedy(remedy));

    let ToolBox { cython, compiler } = session.ask_tools(python, Language::C, cancelled);
    let remedy = cython.as_ref().err().and_then(Error::hint);
    let found = match cython {
        Ok(cython) if cython.folder.is_dir() => Ok((Some(cython.version), cython.folder.display().to_string())),
        Ok(cython) => Ok((Some(cython.version), "will be installed into the cache folder by the first build".into())),
        Err(error) => Err(error.to_string()),
    };
    all.push(Prerequisite::new("cython", true, found).with_remedy(remedy));

    let cxx = session.ask_tools(python, Language::Cxx, cancelled).compiler;
    for (name, needed, compiler) in [("compiler", true, compiler), ("cxx_compiler", false, cxx)] {
        let remedy = compiler.as_ref().err().and_then(Error::hint);
        let found = compiler
            .map(|compiler| (Some(compiler.version), compiler.program.display().to_string()))
            .map_err(|error| error.to_string());
        all.push(Prerequisite::new(name, needed, found).with_remedy(remedy));
    }

    let numpy = match &python.numpy {
        Some(numpy) => Ok((Some(numpy.version.clone()), numpy.folder.display().to_string())),
        None => Err("not installed for this interpreter".to_owned()),
    };
    let remedy = format!("`{} -m pip install numpy`", interpreter.executable.display());
    all.push(Prerequisite::new("numpy", false, numpy).with_remedy(Some(remedy)));
}
