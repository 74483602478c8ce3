//! The functions behind the Python package.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::PyDict,
};
use pyxide::{
    Build, BuildRequest, Built, Event, Language, LoadError, NumPyUse, Patience, Registry, Session, Settings, Summary,
    Wait,
};

use crate::{
    arguments::{self, Macros, Paths, Words},
    errors,
    importer::Interpreter,
    memo::{self, Question},
    progress,
    result::BuildResult,
    sessions,
};

/// Builds if needed and imports. `options` are the keyword arguments that Python's functions document.
#[pyfunction]
pub(crate) fn compile_and_load_result(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    is_path: bool,
    options: &Bound<'_, PyDict>,
) -> PyResult<Py<BuildResult>> {
    if let Some(known) = memo::find(source, is_path, options)? {
        return Ok(known);
    }
    let question = Question::new(source, is_path, options)?;
    let Asked { mut request, settings, verbose } = Asked::new(py, source, is_path, options)?;
    let session = sessions::session(settings);
    let ask = |request: &BuildRequest| with_patience(py, verbose, |patience| session.build(request, patience));
    let built = ask(&request)?;
    let path = built.verified.path().to_owned();
    let from = if is_path { Given::File(source.extract()?) } else { Given::Text(source.clone()) };
    let result = match import(py, built, &from) {
        // Collected by another process between the check and the import: then it is built once more.
        Err(_) if !path.exists() => {
            request.build = Build::WhenNeeded;
            import(py, ask(&request)?, &from)
        }
        result => result,
    }?;
    if request.build == Build::Always {
        memo::forget();
    } else if let (Some(question), Some(witnesses)) = (question, result.built().witnesses.clone()) {
        let (module, name) = (result.module(py), result.built().verified.module().to_string());
        memo::remember(py, question, witnesses, module.bind(py), &name, Py::new(py, result.repeated(py))?);
    }
    Py::new(py, result)
}

/// What a request is called, as data.
#[pyfunction]
pub(crate) fn compile_signature<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    is_path: bool,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    answer(py, Asked::new(py, source, is_path, options)?, Session::signature)
}

/// Why the cache has a request or does not have it, as data.
#[pyfunction]
pub(crate) fn explain<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    is_path: bool,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    answer(py, Asked::new(py, source, is_path, options)?, Session::explain)
}

/// Asks without the interpreter's lock.
fn answer<T: serde::Serialize + Send>(
    py: Python<'_>,
    Asked { request, settings, .. }: Asked,
    ask: fn(&Session, &BuildRequest) -> Result<T, pyxide::Error>,
) -> PyResult<Bound<'_, PyAny>> {
    let session = sessions::session(settings);
    let answer = py.detach(|| ask(&session, &request)).map_err(|error| errors::from(py, &error))?;
    to_python(py, &answer)
}

#[pyfunction]
pub(crate) fn import_cached_result(py: Python<'_>, key: &str, cache_dir: Option<PathBuf>) -> PyResult<BuildResult> {
    let key = key.parse().map_err(|error: pyxide::NameError| errors::from(py, &error.into()))?;
    let session = Session::new(sessions::settings(py, cache_dir.as_deref())?);
    let built = py.detach(|| session.cached(&key)).map_err(|error| errors::from(py, &error))?;
    import(py, built, &Given::Cache)
}

#[pyfunction]
pub(crate) fn list_cached(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let registry = Registry::new(root(py, cache_dir.as_deref())?);
    let listed = py.detach(|| registry.list()).map_err(|error| errors::from(py, &error.into()))?;
    let mut entries = Vec::new();
    for item in &listed {
        match &item.entry {
            Ok(_) => entries.extend(Summary::of(item)),
            Err(error) => warn(py, &error.to_string())?,
        }
    }
    to_python(py, &entries)
}

#[pyfunction]
pub(crate) fn get_cache_dir(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<PathBuf> {
    let registry = Registry::new(root(py, cache_dir.as_deref())?);
    registry.prepare().map_err(|error| errors::from(py, &error.into()))?;
    Ok(registry.layout().root().to_owned())
}

/// Runs the command-line tool with these words and returns its exit code.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, words: Vec<OsString>) -> PyResult<u8> {
    let python: Option<PathBuf> = py.import("sys")?.getattr("executable")?.extract()?;
    // The tool is a program of its own: Ctrl-C ends it, rather than waiting for Python to be asked.
    let signal = py.import("signal")?;
    signal.call_method1("signal", (signal.getattr("SIGINT")?, signal.getattr("SIG_DFL")?))?;
    // A package is found by its first module.
    let package: Option<PathBuf> = py.import("pyxide")?.getattr("__file__")?.extract()?;
    let package = package.as_deref().and_then(Path::parent);
    let caller = cli::Caller { python: python.as_deref().filter(|path| path.is_absolute()), package };
    Ok(py.detach(|| cli::main(words, &caller)))
}

/// What builds need and what of it is there, as a list of dicts.
#[pyfunction]
pub(crate) fn prerequisites(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let settings = sessions::read(py, None)?;
    let all = py.detach(|| pyxide::prerequisites(settings, &|| false));
    to_python(py, &all)
}

/// A request as Python's keyword arguments have it, and the settings that go with it.
pub(crate) struct Asked {
    pub(crate) request: BuildRequest,
    pub(crate) settings: Settings,
    /// Below zero: no progress; above: also what the tools are told and say.
    pub(crate) verbose: i64,
}

impl Asked {
    pub(crate) fn new(
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        is_path: bool,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let request = if is_path {
            BuildRequest::file(source.extract::<PathBuf>()?)
        } else {
            BuildRequest::text(source.extract::<String>()?)
        };
        let cache_dir: Option<PathBuf> = match options.get_item("cache_dir")? {
            Some(folder) => folder.extract()?,
            None => None,
        };
        let settings = sessions::settings(py, cache_dir.as_deref())?;
        let mut asked = Self { request, settings, verbose: 0 };
        for (name, value) in options.iter() {
            let name: String = name.extract()?;
            asked.take(py, &name, &value).map_err(|error| about(py, &name, error))?;
        }
        Ok(asked)
    }

    /// Takes one option.
    fn take(&mut self, py: Python<'_>, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match name {
            "cache_dir" => {}
            "module_name" => {
                let name: Option<String> = value.extract()?;
                let parsed = name.map(|name| name.parse()).transpose();
                self.request.module_name =
                    parsed.map_err(|error: pyxide::NameError| errors::from(py, &error.into()))?;
            }
            "force_rebuild" => {
                if value.is_truthy()? {
                    self.request.build = Build::Always;
                }
            }
            "build" => self.settings.may_build &= value.is_truthy()?,
            "verbose" => self.verbose = value.extract()?,
            "use_cache" => {
                if !value.is_truthy()? {
                    self.request.build = Build::Always;
                }
            }
            "profile" => {
                if let Some(name) = value.extract::<Option<String>>()? {
                    self.request.profile = name.parse().map_err(|error| errors::from(py, &error))?;
                }
            }
            "annotate" => self.request.annotate = value.extract()?,
            "line_directives" => self.request.line_directives = value.extract()?,
            "keep_c" => self.request.keep_c = value.extract()?,
            "openmp" => self.request.openmp = value.is_truthy()?,
            "limited_api" => {
                let floor = arguments::limited_api(value)?;
                self.request.limited_api =
                    floor.map(|floor| floor.parse()).transpose().map_err(|error| errors::from(py, &error))?;
            }
            "numpy_support" => {
                self.request.numpy = if value.is_truthy()? { NumPyUse::WhenUsed } else { NumPyUse::Never };
            }
            "numpy_required" => self.request.numpy_required = value.is_truthy()?,
            "include_cwd" => {
                if value.is_truthy()? {
                    self.request.include_dirs.push(".".into());
                }
            }
            "language" => self.request.language = language(value.extract()?)?,
            "compiler_directives" => self.request.directives = arguments::directives(Some(value))?,
            "include_dirs" => self.request.include_dirs = value.extract::<Paths>()?.0,
            "library_dirs" => self.request.library_dirs = value.extract::<Paths>()?.0,
            "libraries" => self.request.libraries = value.extract::<Words>()?.0,
            "define_macros" => self.request.define_macros = value.extract::<Macros>()?.0,
            "extra_compile_args" => self.request.extra_compile_args = value.extract::<Words>()?.0,
            "extra_link_args" => self.request.extra_link_args = value.extract::<Words>()?.0,
            "allow_unsafe_flags" => self.request.allow_unsafe_flags = value.is_truthy()?,
            "extra_sources" => self.request.extra_sources = value.extract::<Paths>()?.0,
            "support_files" => self.request.support_files = arguments::support_files(Some(value))?,
            "support_paths" => self.request.support_paths = value.extract::<Paths>()?.0,
            "salt" => self.request.salt = value.extract()?,
            "lock_timeout_s" => {
                if let Some(seconds) = value.extract::<Option<f64>>()? {
                    self.settings.wait = Wait::AtMost(duration("lock_timeout_s", seconds)?);
                }
            }
            "build_timeout_s" => {
                if let Some(seconds) = value.extract::<Option<f64>>()? {
                    self.settings.limit = Some(duration("build_timeout_s", seconds)?);
                }
            }
            _ => return Err(PyTypeError::new_err(format!("got an unexpected keyword argument '{name}'"))),
        }
        Ok(())
    }
}

/// An error of type that says which option it is about.
fn about(py: Python<'_>, option: &str, error: PyErr) -> PyErr {
    let told = error.value(py).to_string();
    if !error.is_instance_of::<PyTypeError>(py) || told.contains(option) {
        return error;
    }
    PyTypeError::new_err(format!("{option}: {told}"))
}

fn language(name: Option<String>) -> PyResult<Option<Language>> {
    match name.as_deref() {
        None => Ok(None),
        Some("c") => Ok(Some(Language::C)),
        Some("c++") => Ok(Some(Language::Cxx)),
        Some(other) => Err(PyValueError::new_err(format!("language must be 'c' or 'c++', not {other:?}"))),
    }
}

/// Called by Python in each forked process.
#[pyfunction]
pub(crate) fn after_fork() {
    sessions::forget();
    progress::forget();
}

/// A value as Python has it.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &impl serde::Serialize) -> PyResult<Bound<'py, PyAny>> {
    let text = serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.import("json")?.call_method1("loads", (text,))
}

/// Works without the interpreter's lock, lets signal handlers run and shows progress meanwhile, and gives warnings afterwards.
pub(crate) fn with_patience<T: Send>(
    py: Python<'_>,
    verbose: i64,
    work: impl FnOnce(&Patience<'_>) -> Result<T, pyxide::Error> + Send,
) -> PyResult<T> {
    let interruption = Mutex::new(None);
    let warnings = Mutex::new(Vec::new());
    let told = Mutex::new(String::new());
    let progress = progress::Part::new(verbose >= 0);
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is not general enough over lifetimes")]
    let cancelled = || {
        progress.tick();
        let Err(raised) = Python::attach(|py| py.check_signals()) else { return false };
        *interruption.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
        true
    };
    let observe = |event| {
        progress.observe(&event);
        let text = match event {
            Event::Damaged { key, reason } => {
                format!("the cache entry {key} is damaged and was moved to quarantine: {reason}")
            }
            Event::Degraded { what } => what,
            Event::OtherToolchain { made_by } => {
                format!("tools are missing here; using the newest build of the same source, made by {made_by}")
            }
            Event::Told { log } if verbose > 0 => {
                told.lock().unwrap_or_else(PoisonError::into_inner).push_str(&log);
                return;
            }
            _ => return,
        };
        warnings.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    };
    let result = py.detach(|| work(&Patience { observe: &observe, cancelled: &cancelled }));
    drop(progress);
    if let Some(raised) = interruption.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(raised);
    }
    let told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !told.is_empty() {
        py.import("sys")?.getattr("stderr")?.call_method1("write", (told,))?;
    }
    for text in warnings.into_inner().unwrap_or_else(PoisonError::into_inner) {
        warn(py, &text)?;
    }
    result.map_err(|error| errors::from(py, &error))
}

/// What a module was built from, as far as who imports it knows.
pub(crate) enum Given<'py> {
    File(PathBuf),
    Text(Bound<'py, PyAny>),
    Cache,
}

/// Imports what was built.
fn import<'py>(py: Python<'py>, built: Built, from: &Given<'py>) -> PyResult<BuildResult> {
    import_shared(py, Arc::new(built), from)
}

/// The same of what others have, too.
pub(crate) fn import_shared<'py>(py: Python<'py>, built: Arc<Built>, from: &Given<'py>) -> PyResult<BuildResult> {
    let (file, text) = match from {
        Given::File(file) => (Some(file.as_path()), None),
        Given::Text(text) => (None, Some(text.clone())),
        Given::Cache => (None, None),
    };
    let module = built.verified.load(&mut Interpreter { py, text }).map_err(|error| match error {
        // What the module itself raised is the caller's business, unchanged; what the loader says has to be explained.
        LoadError::Import { source, .. } => errors::of_loader(py, source, &built, file),
        other => errors::raise(py, "LoadError", &pyxide::chain(&other), None),
    })?;
    Ok(BuildResult::shared(module.unbind(), built))
}

pub(crate) fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    let category = py.import("pyxide._errors")?.getattr("CacheWarning")?;
    let text = std::ffi::CString::new(text.replace('\0', " "))?;
    // The line to blame is the first one outside this package.
    let mut frame = py.import("sys")?.getattr("_getframe")?.call0()?;
    let mut level = 1;
    while frame.getattr("f_globals")?.get_item("__name__").is_ok_and(|name| name.eq("pyxide").unwrap_or(false)) {
        frame = frame.getattr("f_back")?;
        if frame.is_none() {
            break;
        }
        level += 1;
    }
    PyErr::warn(py, &category, &text, level)
}

fn root(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<PathBuf> {
    Settings::cache_folder(cache_dir).map_err(|error| errors::from(py, &error))
}

fn duration(name: &str, seconds: f64) -> PyResult<Duration> {
    if seconds == f64::INFINITY {
        return Ok(Duration::MAX);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        PyValueError::new_err(format!("{name} must be a number of seconds that is not negative, not {seconds}"))
    })
}
