//! Packs and transforms. A folder is read once per process, for as long as its index stays as it is.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands over paths by value")]

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use dialect::{Options, Packs};
use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyList},
};

use crate::{errors, settings};

/// The packs of each folder, and when its index was written.
static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

type Known = HashMap<PathBuf, (SystemTime, Arc<Packs>)>;

/// All packs of a folder, in the order of their ids.
#[pyfunction]
pub(crate) fn available_packs(py: Python<'_>, folder: PathBuf) -> PyResult<Bound<'_, PyList>> {
    let packs = open(py, &folder)?;
    let mut entries: Vec<_> = packs.entries().iter().collect();
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    let list = PyList::empty(py);
    for entry in entries {
        let dict = PyDict::new(py);
        dict.set_item("id", &entry.id)?;
        dict.set_item("label", &entry.label)?;
        dict.set_item("inherits", &entry.inherits)?;
        dict.set_item("file", &entry.file)?;
        list.append(dict)?;
    }
    Ok(list)
}

/// A text in a dialect; what `given` does not say is as the environment has it.
#[pyfunction]
pub(crate) fn transform(
    py: Python<'_>,
    text: &str,
    dialect: &str,
    folder: PathBuf,
    given: &Bound<'_, PyDict>,
) -> PyResult<String> {
    let mut options = settings::dialect_options();
    for (name, value) in given.iter() {
        set(&mut options, name.extract()?, &value)?;
    }
    let packs = open(py, &folder)?;
    py.detach(|| packs.dialect(dialect)?.transform(text, &options)).map_err(|error| errors::from(&error))
}

fn set(options: &mut Options, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "deterministic" => options.deterministic = value.extract()?,
        "seed" => options.seed = value.extract()?,
        "enable_particles" => options.enable_particles = value.extract()?,
        // Fewer than one are one.
        "max_passes" => {
            options.max_passes = value.extract::<i64>()?.clamp(0, i64::from(u32::MAX)).try_into().unwrap_or(0);
        }
        "strict_idempotency" => options.strict_idempotency = value.extract()?,
        "pronoun_subject" => options.pronoun_subject = value.extract()?,
        "pronoun_object" => options.pronoun_object = value.extract()?,
        "pronoun_possessive" => options.pronoun_possessive = value.extract()?,
        other => return Err(PyTypeError::new_err(format!("a transform has no option `{other}`"))),
    }
    Ok(())
}

fn open(py: Python<'_>, folder: &Path) -> PyResult<Arc<Packs>> {
    py.detach(|| {
        let written = written(&folder.join("index.json"));
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        if let Some((when, packs)) = known.get(folder)
            && Some(*when) == written
        {
            return Ok(Arc::clone(packs));
        }
        let packs = Arc::new(Packs::open(folder).map_err(|error| errors::from(&error))?);
        if let Some(when) = written {
            known.insert(folder.to_owned(), (when, Arc::clone(&packs)));
        }
        Ok(packs)
    })
}

fn written(file: &Path) -> Option<SystemTime> {
    fs_err::metadata(file).and_then(|metadata| metadata.modified()).ok()
}
