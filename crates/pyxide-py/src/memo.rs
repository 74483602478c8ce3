//! What this process was already given.
//!
//! Asked for the same again, it gives the same again, after a look at the files that it rests on: the source file, what
//! was read beyond the system's own headers, and the artifact. A source that is text and reads nothing of the user's is
//! little more than a look into a table. Everything else that a request depends on is compared: the options, the
//! environment variables, the working directory, `sys.path` and the interpreter's program.
//!
//! Nothing is ever wrong because of it being forgotten, so it is small and is emptied when it is full.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use pyo3::{
    intern,
    prelude::*,
    types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};
use pyxide::{Environment, Witnesses};

use crate::result::BuildResult;

/// How many requests are remembered.
const MOST: usize = 256;

/// For how long: then the cache shall hear that the entry is in use.
const FOR: Duration = Duration::from_hours(1);

/// By the hash of the source.
type Table = HashMap<isize, Vec<Known>>;

static KNOWN: Mutex<Option<Table>> = Mutex::new(None);

/// All that a request depends on besides files.
pub(crate) struct Question {
    hash: isize,
    source: Py<PyAny>,
    is_path: bool,
    options: Py<PyAny>,
    search_path: Py<PyAny>,
    executable: Py<PyAny>,
    environment: Environment,
}

/// A question and what was given.
struct Known {
    question: Question,
    witnesses: Witnesses,
    since: Instant,
    name: Py<PyString>,
    module: Py<PyAny>,
    result: Py<BuildResult>,
}

/// What an equal request was given, if all that it rests on is as it was.
pub(crate) fn find<'py>(
    source: &Bound<'py, PyAny>,
    is_path: bool,
    options: &Bound<'py, PyDict>,
) -> PyResult<Option<Py<BuildResult>>> {
    let py = source.py();
    let Ok(hash) = source.hash() else { return Ok(None) };
    let Some(mut known) = lock() else { return Ok(None) };
    let Some(candidates) = known.as_mut().and_then(|known| known.get_mut(&hash)) else { return Ok(None) };
    let sys = py.import(intern!(py, "sys"))?;
    let mut found = None;
    for (index, candidate) in candidates.iter().enumerate() {
        if candidate.question.is(source, is_path, options, &sys)? {
            found = Some(index);
            break;
        }
    }
    let Some(index) = found else { return Ok(None) };
    let candidate = &candidates[index];
    let imported = sys.getattr(intern!(sys.py(), "modules"))?.cast_into::<PyDict>()?.get_item(&candidate.name)?;
    let is_imported = imported.is_some_and(|module| module.is(&candidate.module));
    if is_imported && candidate.since.elapsed() < FOR && candidate.witnesses.hold() {
        return Ok(Some(candidate.result.clone_ref(py)));
    }
    candidates.swap_remove(index);
    Ok(None)
}

/// Remembers what a question was given.
pub(crate) fn remember(
    py: Python<'_>,
    question: Question,
    witnesses: Witnesses,
    module: &Bound<'_, PyAny>,
    name: &str,
    result: Py<BuildResult>,
) {
    let Some(mut known) = lock() else { return };
    let known = known.get_or_insert_default();
    if known.len() >= MOST {
        known.clear();
    }
    let candidates = known.entry(question.hash).or_default();
    if candidates.len() >= MOST {
        candidates.clear();
    }
    candidates.push(Known {
        question,
        witnesses,
        since: Instant::now(),
        name: PyString::new(py, name).unbind(),
        module: module.clone().unbind(),
        result,
    });
}

/// Forgets everything, as after a build that was forced.
pub(crate) fn forget() {
    if let Some(mut known) = lock() {
        *known = None;
    }
}

/// Where another thread is at it, or was when this process was forked, it is as if nothing were remembered.
fn lock() -> Option<MutexGuard<'static, Option<Table>>> {
    KNOWN.try_lock().ok()
}

impl Question {
    /// The question as it is now. `None` where something in it could change unseen.
    pub(crate) fn new(source: &Bound<'_, PyAny>, is_path: bool, options: &Bound<'_, PyDict>) -> PyResult<Option<Self>> {
        let sys = source.py().import(intern!(source.py(), "sys"))?;
        let Ok(hash) = source.hash() else { return Ok(None) };
        let (Some(source), Some(options), Some(search_path)) =
            (frozen(source)?, frozen(options.as_any())?, frozen(&sys.getattr(intern!(sys.py(), "path"))?)?)
        else {
            return Ok(None);
        };
        let executable = sys.getattr(intern!(sys.py(), "executable"))?.unbind();
        Ok(Some(Self {
            hash,
            source: source.unbind(),
            is_path,
            options: options.unbind(),
            search_path: search_path.unbind(),
            executable,
            environment: Environment::now(),
        }))
    }

    fn is(
        &self,
        source: &Bound<'_, PyAny>,
        is_path: bool,
        options: &Bound<'_, PyDict>,
        sys: &Bound<'_, PyModule>,
    ) -> PyResult<bool> {
        let py = source.py();
        Ok(self.is_path == is_path
            && is_same(self.source.bind(py), source)?
            && is_same(self.options.bind(py), options.as_any())?
            && self.search_path.bind(py).eq(sys.getattr(intern!(sys.py(), "path"))?)?
            && self.executable.bind(py).eq(sys.getattr(intern!(sys.py(), "executable"))?)?
            && self.environment.is_current())
    }
}

/// Whether two values are equal and of the same types throughout: `1`, `1.0` and `True` are equal, and as the value of a
/// C macro they are three different texts. A subclass may call itself equal to anything.
fn is_same(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !one.get_type().is(other.get_type()) {
        return Ok(false);
    }
    if let (Ok(one), Ok(other)) = (one.cast_exact::<PyDict>(), other.cast_exact::<PyDict>()) {
        for (name, item) in one {
            let Some(others) = other.get_item(name)? else { return Ok(false) };
            if !is_same(&item, &others)? {
                return Ok(false);
            }
        }
        return Ok(one.len() == other.len());
    }
    if one.is_exact_instance_of::<PyTuple>() || one.is_exact_instance_of::<PyList>() {
        if one.len()? != other.len()? {
            return Ok(false);
        }
        for (item, others) in one.try_iter()?.zip(other.try_iter()?) {
            if !is_same(&item?, &others?)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    one.eq(other)
}

/// A copy that equals what it was made of until that is changed. `None` for what is not known to be comparable in this way.
fn frozen<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    let is_plain = value.is_none()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBytes>();
    if is_plain {
        return Ok(Some(value.clone()));
    }
    let all = |items: Vec<Bound<'py, PyAny>>| -> PyResult<Option<Vec<_>>> {
        items.iter().map(frozen).collect::<PyResult<Option<Vec<_>>>>()
    };
    if value.is_exact_instance_of::<PyTuple>() {
        let Some(items) = all(value.extract()?)? else { return Ok(None) };
        return Ok(Some(PyTuple::new(py, items)?.into_any()));
    }
    if value.is_exact_instance_of::<PyList>() {
        let Some(items) = all(value.extract()?)? else { return Ok(None) };
        return Ok(Some(PyList::new(py, items)?.into_any()));
    }
    if let Ok(dict) = value.cast_exact::<PyDict>() {
        let copy = PyDict::new(py);
        for (name, item) in dict {
            let (Some(name), Some(item)) = (frozen(&name)?, frozen(&item)?) else { return Ok(None) };
            copy.set_item(name, item)?;
        }
        return Ok(Some(copy.into_any()));
    }
    // Its paths are immutable; a subclass of somebody else may be anything.
    let is_path = value.get_type().module()?.to_str()?.starts_with("pathlib");
    Ok(is_path.then(|| value.clone()))
}
