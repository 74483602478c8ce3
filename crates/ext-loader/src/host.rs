//! An interpreter inside a Rust program.
//!
//! The program is not linked with Python. It learns from an interpreter where its shared library is, loads that for the whole
//! process, and starts it, so that it finds the same modules as the interpreter's program would, in a virtual environment
//! too: it is told the program's name and goes by the files beside it.
//!
//! What happens once in a process, and what each time:
//!
//! | step | when | why |
//! |---|---|---|
//! | load the library, for all to see | once, never unloaded | extension modules take Python's functions from what is there |
//! | start the interpreter, without its signal handlers | once | signals are the program's business |
//! | end the interpreter | never | neither Cython's modules nor NumPy can be started a second time, and a thread that is in Python then would be lost |
//! | take the interpreter's lock | each call | any thread may call; while it is in Python, others wait |
//! | write out what Python's streams hold back | after each call | as nothing ends, nothing else would |
//!
//! Because nothing ends, functions registered with `atexit` are not run.

mod error;
mod python;
mod values;

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use cache_key::{Abi, ModuleName};
use fingerprint::Interpreter;
use serde_json::{Map, Value};

pub use self::error::{Exception, HostError};
use self::{
    python::{Gil, Kept, Kind, Library, Object, Outcome, Python, Raised},
    values::Failure,
};
use crate::{Importer, MARK, Sources, Verified, verified::describe};

/// The interpreter of this process. Any number of these stand for the same one.
#[derive(Debug, Clone)]
pub struct Host {
    python: &'static Python,
    abi: Abi,
}

/// A module that was imported into a [`Host`]. May be used from any thread.
#[derive(Debug)]
pub struct HostedModule {
    name: ModuleName,
    module: Kept,
}

/// The interpreter that was started, and whose it is.
static STARTED: Mutex<Option<(&'static Python, Interpreter)>> = Mutex::new(None);

/// Held while a module is imported, so that two threads do not both find that it is not there yet.
static IMPORTING: Mutex<()> = Mutex::new(());

impl Host {
    /// Starts the interpreter in this process; when it was started before, that one is meant.
    ///
    /// The environment's variables are read as the interpreter's program reads them, and the locale of characters is set as
    /// the environment has it. An interpreter that cannot find its own standard library ends the process: the stable ABI has no
    /// other way. The one asked has found it, so this takes an environment that changed since.
    ///
    /// # Errors
    /// [`HostError::NoLibrary`] when it has none; [`HostError::Open`], [`HostError::NoSymbol`] and [`HostError::OtherVersion`] when that is
    /// not the right one; [`HostError::Running`] when another was started before, and [`HostError::OtherPython`] when that was done elsewhere.
    pub fn start(interpreter: &Interpreter) -> Result<Self, HostError> {
        let mut started = STARTED.lock().unwrap_or_else(PoisonError::into_inner);
        let python = match &*started {
            Some((python, running)) if same(running, interpreter) => python,
            Some((_, running)) => return Err(HostError::Running { running: running.executable.clone() }),
            None => {
                let python = start(interpreter)?;
                &started.insert((python, interpreter.clone())).0
            }
        };
        Ok(Self { python, abi: interpreter.into() })
    }
}

impl Importer for Host {
    type Module = HostedModule;
    type Error = HostError;

    fn import(&mut self, verified: &Verified) -> Result<HostedModule, HostError> {
        let module = verified.module();
        if !self.abi.loads(verified.abi()) {
            let (built_for, this) = (describe(verified.abi()), describe(&self.abi));
            return Err(HostError::OtherInterpreter { module: module.to_string(), built_for, this });
        }
        let _turn = IMPORTING.lock().unwrap_or_else(PoisonError::into_inner);
        let gil = self.python.lock();
        let imported = import(&gil, verified).unwrap_or_else(|raised| Err(HostError::raised("the import", &raised)));
        flush(&gil);
        Ok(HostedModule { name: module.clone(), module: imported?.keep() })
    }
}

impl HostedModule {
    /// Its name.
    pub fn name(&self) -> &ModuleName {
        &self.name
    }

    /// Calls a function of the module.
    ///
    /// # Errors
    /// [`HostError::NoAttribute`] when there is none; [`HostError::Raised`] when it raises an exception, `SystemExit` among them;
    /// [`HostError::NotConvertible`] when an argument or the result has no counterpart.
    pub fn call(&self, function: &str, arguments: &[Value]) -> Result<Value, HostError> {
        self.call_with(function, arguments, &Map::new())
    }

    /// Calls a function of the module, with keyword arguments too.
    ///
    /// # Errors
    /// As [`HostedModule::call`].
    pub fn call_with(
        &self,
        function: &str,
        arguments: &[Value],
        keywords: &Map<String, Value>,
    ) -> Result<Value, HostError> {
        let name = format!("`{}.{function}`", self.name);
        let gil = self.module.python().lock();
        let callable = self.attribute(&gil, function)?;
        let given = |failure| convertible(&format!("an argument of {name}"), &name, failure);
        let mut converted = Vec::with_capacity(arguments.len());
        for (place, argument) in arguments.iter().enumerate() {
            let argument = values::to_python(&gil, argument);
            let what = |failure| convertible(&format!("argument {} of {name}", place + 1), &name, failure);
            converted.push(argument.map_err(what)?);
        }
        let keywords =
            if keywords.is_empty() { None } else { Some(values::to_keywords(&gil, keywords).map_err(given)?) };
        let result = callable.call(converted, keywords.as_ref());
        flush(&gil);
        let result = result.map_err(|raised| HostError::raised(&name, &raised))?;
        values::to_json(&result).map_err(|failure| convertible(&format!("the result of {name}"), &name, failure))
    }

    /// The value of an attribute of the module.
    ///
    /// # Errors
    /// [`HostError::NoAttribute`] when there is none; [`HostError::NotConvertible`] when JSON has no such value.
    pub fn get(&self, attribute: &str) -> Result<Value, HostError> {
        let name = format!("`{}.{attribute}`", self.name);
        let gil = self.module.python().lock();
        let value = self.attribute(&gil, attribute)?;
        values::to_json(&value).map_err(|failure| convertible(&name, &name, failure))
    }

    fn attribute<'gil>(&self, gil: &'gil Gil, name: &str) -> Result<Object<'gil>, HostError> {
        self.module.get(gil).attribute(name).map_err(|raised| {
            let module = self.name.to_string();
            if raised.is_attribute_error() {
                HostError::NoAttribute { module, name: name.to_owned() }
            } else {
                HostError::raised(format!("`{module}.{name}`"), &raised)
            }
        })
    }
}

fn convertible(what: &str, running: &str, failure: Failure<'_>) -> HostError {
    match failure {
        Failure::Misfit(misfit) => {
            HostError::NotConvertible { what: what.to_owned(), place: misfit.place(), reason: misfit.reason }
        }
        Failure::Raised(raised) => HostError::raised(running, &raised),
    }
}

/// Whether two answers are about one interpreter, in the same environment.
fn same(one: &Interpreter, other: &Interpreter) -> bool {
    one.executable == other.executable && one.libpython == other.libpython && one.soabi == other.soabi
}

fn start(interpreter: &Interpreter) -> Result<&'static Python, HostError> {
    let Some(path) = &interpreter.libpython else {
        return Err(HostError::NoLibrary { interpreter: Box::new(interpreter.clone()) });
    };
    if python::is_running() {
        return Err(HostError::OtherPython);
    }
    let library = Library::open(path)?;
    let (found, (major, minor)) = (library.version(), interpreter.version);
    if !found.starts_with(&format!("{major}.{minor}.")) {
        return Err(HostError::OtherVersion { path: path.clone(), found, wanted: interpreter.full_version.clone() });
    }
    let python = library.start(&interpreter.executable);
    let gil = python.lock();
    prepare(&gil, interpreter, path).unwrap_or_else(|raised| Err(HostError::raised("the start", &raised)))?;
    Ok(python)
}

/// Checks that modules of this interpreter can be loaded, and that it finds them where the program does.
fn prepare<'gil>(gil: &'gil Gil, interpreter: &Interpreter, library: &Path) -> Outcome<'gil, Result<(), HostError>> {
    let suffixes = gil.import(c"_imp")?.attribute("extension_suffixes")?.call(vec![], None)?;
    let suffix = suffixes.items()?.first().map(Object::to_text_lossy).unwrap_or_default();
    if suffix != interpreter.extension_suffix {
        let (path, wanted) = (library.to_owned(), format!("for `*{}`", interpreter.extension_suffix));
        return Ok(Err(HostError::OtherVersion { path, found: format!("for `*{suffix}`"), wanted }));
    }
    give_back_interrupts(gil)?;
    let path = gil.import(c"sys")?.attribute("path")?;
    for folder in &interpreter.search_path {
        let folder = gil.path(folder)?;
        if !path.contains(&folder)? {
            path.append(&folder)?;
        }
    }
    Ok(Ok(()))
}

/// Leaves Ctrl-C to the program.
///
/// Python does not take it when it is started like this, but when the first module imports `signal`, and half of the standard library
/// does. So it is imported here, where its handler can be removed again: only the thread that started Python may do that.
fn give_back_interrupts(gil: &Gil) -> Outcome<'_, ()> {
    let signal = gil.import(c"_signal")?;
    let interrupt = signal.attribute("SIGINT")?;
    let handler = signal.attribute("getsignal")?.call(vec![interrupt.clone()], None)?;
    // A handler of the program is none to Python, and what the system does is a number.
    if handler.kind()? == Kind::Other {
        signal.attribute("signal")?.call(vec![interrupt, signal.attribute("SIG_DFL")?], None)?;
    }
    Ok(())
}

/// Imports a module. When that fails, `sys.modules` is as it was.
fn import<'gil>(gil: &'gil Gil, verified: &Verified) -> Outcome<'gil, Result<Object<'gil>, HostError>> {
    let module = verified.module();
    let sys = gil.import(c"sys")?;
    let top = module.as_str().split('.').next().unwrap_or_default();
    if sys.attribute("stdlib_module_names")?.contains(&gil.string(top)?)? {
        return Ok(Err(HostError::StandardLibrary { name: top.to_owned() }));
    }
    let (modules, name, key) = (sys.attribute("modules")?, gil.string(module.as_str())?, verified.key().to_string());
    let before = if modules.contains(&name)? { Some(modules.item(&name)?) } else { None };
    if let Some(before) = &before {
        match before.attribute(MARK) {
            Ok(marked) if marked.to_text_lossy() == key => return Ok(Ok(before.clone())),
            // Another build of ours may have the same name, and stays what it is for who has it.
            Ok(_) => {}
            Err(_) => return Ok(Err(HostError::Taken { module: module.to_string() })),
        }
    }
    let marked = load(gil, &name, verified).and_then(|loaded| {
        loaded.set_attribute(MARK, &gil.string(&key)?)?;
        Ok(loaded)
    });
    if marked.is_err() {
        match before {
            Some(before) => modules.set_item(&name, &before)?,
            None if modules.contains(&name)? => modules.remove_item(&name)?,
            None => {}
        }
    }
    marked.map(Ok)
}

fn load<'gil>(gil: &'gil Gil, name: &Object<'gil>, verified: &Verified) -> Outcome<'gil, Object<'gil>> {
    let path = gil.path(verified.path())?;
    // The frozen halves of importlib are always there; `importlib.util` would have to be imported.
    let external = gil.import(c"_frozen_importlib_external")?;
    let loader = external.attribute("ExtensionFileLoader")?.call(vec![name.clone(), path.clone()], None)?;
    let keywords = gil.dict()?;
    keywords.set_item(&gil.string("loader")?, &loader)?;
    let spec = external.attribute("spec_from_file_location")?.call(vec![name.clone(), path], Some(&keywords))?;
    let bytes = |text: Object<'gil>| -> Outcome<'gil, Object<'gil>> {
        text.attribute("encode")?.call(vec![gil.string("utf-8")?, gil.string("surrogateescape")?], None)
    };
    // Where its sources lie, for tracebacks.
    let places = gil.dict()?;
    for (name, path) in verified.sources().iter() {
        places.set_item(&bytes(gil.string(name)?)?, &bytes(gil.path(path)?)?)?;
    }
    let state = gil.dict()?;
    state.set_item(&gil.string(Sources::LOADER_STATE)?, &places)?;
    spec.set_attribute("loader_state", &state)?;
    gil.import(c"_frozen_importlib")?.attribute("_load")?.call(vec![spec], None)
}

/// Writes out what Python's streams hold back. One that is closed has nothing.
fn flush(gil: &Gil) {
    for stream in [c"stdout", c"stderr"] {
        let _: Option<Result<Object<'_>, Raised<'_>>> =
            gil.sys(stream).map(|stream| stream.attribute("flush").and_then(|flush| flush.call(vec![], None)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An interpreter with this library.
    pub(super) fn interpreter(libpython: Option<&Path>) -> fingerprint::Interpreter {
        fingerprint::Interpreter {
            executable: "/opt/bin/python".into(),
            base_executable: "/opt/bin/python".into(),
            implementation: "cpython".into(),
            version: (3, 11),
            full_version: "3.11.7".into(),
            soabi: String::new(),
            extension_suffix: String::new(),
            debug: false,
            free_threaded: false,
            platform: String::new(),
            libc: String::new(),
            abi_flags: vec![],
            include: vec![],
            has_headers: false,
            libpython: libpython.map(Path::to_owned),
            prefix: "/opt".into(),
            search_path: vec![],
        }
    }

    #[test]
    fn the_remedy_suits_where_the_interpreter_is_from() {
        let hint = |prefix: &str| {
            let mut interpreter = interpreter(None);
            interpreter.prefix = prefix.into();
            Host::start(&interpreter).unwrap_err().hint().unwrap()
        };
        assert_eq!(
            hint("/me/.pyenv/versions/3.11.7"),
            "build it again with its library: `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force 3.11.7`"
        );
        assert_eq!(
            hint("/opt/python"),
            "build it again with `./configure --enable-shared`, or choose an interpreter that has one"
        );
        assert!(hint("/usr").starts_with("install it, "));
    }
}
