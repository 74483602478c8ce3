//! The list of the cache as Python objects, made without a detour through JSON: there may be tens of thousands.

use std::{collections::BTreeMap, sync::Arc};

use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyList, PyString},
};
use pyxide::{Listed, Overview};

/// One dict for each entry that is not broken, like [`pyxide::Summary`].
pub(crate) fn to_dicts<'py>(py: Python<'py>, listed: &[Listed]) -> PyResult<Bound<'py, PyList>> {
    let mut fingerprints = Fingerprints::new(py);
    let list = PyList::empty(py);
    for item in listed {
        let Ok(entry) = &item.entry else { continue };
        let Overview { kind, module_name, artifact, artifact_size, created_utc, fingerprint, .. } = entry;
        let dict = PyDict::new(py);
        let key = item.key.to_string();
        dict.set_item(intern!(py, "key"), &key)?;
        dict.set_item(intern!(py, "kind"), PyString::intern(py, kind.name()))?;
        dict.set_item(intern!(py, "module_name"), module_name.as_str())?;
        dict.set_item(intern!(py, "build_dir"), item.path.as_os_str())?;
        dict.set_item(intern!(py, "artifact_path"), item.path.join(artifact).as_os_str())?;
        dict.set_item(intern!(py, "artifact_size"), artifact_size)?;
        dict.set_item(intern!(py, "created_utc"), created_utc)?;
        dict.set_item(intern!(py, "fingerprint"), fingerprints.dict(fingerprint)?)?;
        list.append(dict)?;
    }
    Ok(list)
}

/// Who built something, shared by what they built.
type Fingerprint = Arc<BTreeMap<String, String>>;

/// Dicts of fingerprints. Each entry has one of its own, whose texts it shares with others.
struct Fingerprints<'py> {
    py: Python<'py>,
    known: Vec<(Fingerprint, Bound<'py, PyDict>)>,
}

impl<'py> Fingerprints<'py> {
    /// A search through more would take longer than making a dict.
    const MOST: usize = 16;

    fn new(py: Python<'py>) -> Self {
        Self { py, known: Vec::new() }
    }

    fn dict(&mut self, fingerprint: &Fingerprint) -> PyResult<Bound<'py, PyDict>> {
        if let Some((_, dict)) = self.known.iter().find(|(known, _)| Arc::ptr_eq(known, fingerprint)) {
            return dict.copy();
        }
        let dict = PyDict::new(self.py);
        for (name, value) in &**fingerprint {
            dict.set_item(PyString::intern(self.py, name), PyString::intern(self.py, value))?;
        }
        if self.known.len() < Self::MOST {
            self.known.push((fingerprint.clone(), dict.copy()?));
        }
        Ok(dict)
    }
}
