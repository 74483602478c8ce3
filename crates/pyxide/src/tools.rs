//! Which tools there are, without starting any on a warm hit.

use std::{collections::BTreeMap, path::Path};

use cache_key::{Digest, Toolchain};
use cython_driver::RECIPE;
use fingerprint::{Compiler, CompilerQuery, Cython, Interpreter, Language, Probes, Python};

use crate::{Error, Settings, managed};

/// The tools for one language, as far as they are there. What is missing is remembered as such: a hit does not need it.
#[derive(Debug)]
pub struct ToolBox {
    /// Cython. A managed one is known before it is installed: then its folder is not there yet.
    pub cython: Result<Cython, Error>,
    /// The compiler.
    pub compiler: Result<Compiler, Error>,
}

/// All the tools for one language.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) cython: Cython,
    pub(crate) compiler: Compiler,
    pub(crate) toolchain: Toolchain,
    pub(crate) digest: Digest,
}

impl ToolBox {
    pub(crate) fn find(
        settings: &Settings,
        probes: &Probes,
        python: &Python,
        tool_folder: Option<&Path>,
        language: Language,
        cancelled: &dyn Fn() -> bool,
    ) -> Self {
        let command = match language {
            Language::C => settings.cc.clone(),
            Language::Cxx => settings.cxx.clone(),
        };
        let query = CompilerQuery {
            language,
            command,
            path: settings.path.clone(),
            launcher_environment: settings.launcher_environment.clone(),
        };
        let compiler = probes.compiler(&query, cancelled).map_err(Error::from);
        Self { cython: cython(settings, python, tool_folder), compiler }
    }

    /// Whether the caller no longer wanted to know.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self.compiler, Err(Error::Build(cython_driver::Error::Cancelled)))
    }

    /// What the tools are in a key. `None` when one is missing.
    pub(crate) fn toolchain(&self) -> Option<Toolchain> {
        let (Ok(cython), Ok(compiler)) = (&self.cython, &self.compiler) else { return None };
        Some(Toolchain::new(cython, compiler, RECIPE))
    }

    /// Whether the tools are there to be used now.
    pub(crate) fn are_there(&self) -> bool {
        self.compiler.is_ok() && self.cython.as_ref().is_ok_and(|cython| cython.folder.is_dir())
    }

    /// The tools, or the error of the first that is missing.
    pub(crate) fn ready(self) -> Result<Ready, Error> {
        let (compiler, cython) = (self.compiler?, self.cython?);
        let toolchain = Toolchain::new(&cython, &compiler, RECIPE);
        Ok(Ready { digest: toolchain.digest(), cython, compiler, toolchain })
    }
}

/// The interpreter's own Cython, else the managed one, installed or not yet.
pub(crate) fn cython(settings: &Settings, python: &Python, tool_folder: Option<&Path>) -> Result<Cython, Error> {
    let found = match &python.cython {
        Some(cython) if cython.is_supported() => return Ok(cython.clone()),
        Some(cython) => format!("Cython {} is too old (3.1 or newer is needed)", cython.version),
        None => "there is no Cython".to_owned(),
    };
    let managed = tool_folder.filter(|_| settings.may_install_cython);
    managed
        .and_then(|folder| managed::cython(&python.interpreter, folder))
        .ok_or_else(|| Error::NoCython { found, python: python.interpreter.executable.clone() })
}

/// The versions of the packages that a module may depend on.
pub(crate) fn packages(python: &Python) -> BTreeMap<String, String> {
    python.numpy.iter().map(|numpy| ("numpy".to_owned(), numpy.version.clone())).collect()
}

/// Who built it, for people: the `fingerprint` of meta.json.
pub(crate) fn description(
    interpreter: &Interpreter,
    toolchain: &Toolchain,
    numpy: Option<&str>,
) -> BTreeMap<String, String> {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut all = BTreeMap::from([
        text("python", &interpreter.full_version),
        text("python_impl", &interpreter.implementation),
        text("soabi", &interpreter.soabi),
        text("platform", &interpreter.platform),
        text("libc", &interpreter.libc),
        text("cython", &toolchain.cython),
        text("compiler", &toolchain.compiler),
        text("target", &toolchain.target),
    ]);
    all.extend(numpy.map(|version| text("numpy", version)));
    all
}
