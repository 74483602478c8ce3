//! What is kept in the cache, by which name, and for how long.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use pyo3::{prelude::*, types::PyDict};
use pyxide::{
    Alias, BuildKey, Collected, Error, NameError, Patience, Pinned, Registry, RegistryError, Repair, Rules, Session,
    Settings, StatsSummary,
};
use serde_json::json;

use crate::{
    errors,
    functions::{Given, import, root, to_python, warn},
    result::BuildResult,
    sessions,
};

/// The seconds of a day.
const DAY: f64 = 86_400.0;

#[pyfunction]
pub(crate) fn pin(
    py: Python<'_>,
    key: &str,
    alias: &str,
    cache_dir: Option<PathBuf>,
    overwrite: bool,
) -> PyResult<String> {
    let key: BuildKey = key.parse().map_err(|error: NameError| errors::from(py, &error.into()))?;
    let (alias, registry) = (parsed(py, alias)?, registry(py, cache_dir.as_deref())?);
    let pinned = py.detach(|| registry.pin(&alias, &key, overwrite));
    pinned.map(|pin| pin.key.to_string()).map_err(|error| of_registry(py, error))
}

#[pyfunction]
pub(crate) fn unpin(py: Python<'_>, alias: &str, cache_dir: Option<PathBuf>) -> PyResult<bool> {
    let (alias, registry) = (parsed(py, alias)?, registry(py, cache_dir.as_deref())?);
    py.detach(|| registry.unpin(&alias)).map_err(|error| of_registry(py, error))
}

/// Keys by alias. What cannot be read is warned of.
#[pyfunction]
pub(crate) fn list_pins(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<Bound<'_, PyDict>> {
    let registry = registry(py, cache_dir.as_deref())?;
    let pins = PyDict::new(py);
    for listed in py.detach(|| registry.pins()).map_err(|error| of_registry(py, error))? {
        match listed.pin {
            Ok(pin) => pins.set_item(pin.alias.as_str(), pin.key.to_string())?,
            Err(error) => warn(py, &pyxide::chain(&error))?,
        }
    }
    Ok(pins)
}

#[pyfunction]
pub(crate) fn resolve_pinned_key(
    py: Python<'_>,
    alias: &str,
    cache_dir: Option<PathBuf>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let (alias, session) = (parsed(py, alias)?, sessions::of_cache(py, cache_dir.as_deref(), layers)?);
    let key = py.detach(|| session.resolve(&alias)).map_err(|error| errors::from(py, &error))?;
    Ok(key.to_string())
}

#[pyfunction]
pub(crate) fn import_pinned_result(
    py: Python<'_>,
    alias: &str,
    cache_dir: Option<PathBuf>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<Imported> {
    let alias = parsed(py, alias)?;
    let session = sessions::of_cache(py, cache_dir.as_deref(), layers)?;
    let find = || {
        let key = session.resolve(&alias)?;
        Ok(match session.package(&key)? {
            Some(_) => Err(key),
            None => Ok(session.cached(&key)?),
        })
    };
    match py.detach(find).map_err(|error: Error| errors::from(py, &error))? {
        Ok(built) => Ok(Imported::Module(import(py, built, &Given::Cache)?)),
        Err(package) => Ok(Imported::Package(package.to_string())),
    }
}

/// What is pinned: a module, or the key of a package, which has an importer of its own.
#[derive(IntoPyObject)]
pub(crate) enum Imported {
    Module(BuildResult),
    Package(String),
}

/// The one entry of a module of this name.
#[pyfunction]
pub(crate) fn import_named_result(
    py: Python<'_>,
    name: &str,
    cache_dir: Option<PathBuf>,
    layers: Option<&Bound<'_, PyAny>>,
) -> PyResult<BuildResult> {
    let name = name.parse().map_err(|error: NameError| errors::from(py, &error.into()))?;
    let session = sessions::of_cache(py, cache_dir.as_deref(), layers)?;
    let built = py.detach(|| session.named(&name)).map_err(|error| errors::from(py, &error))?;
    import(py, built, &Given::Cache)
}

/// Removes entries by rules, and tells what became of each, as data.
#[pyfunction]
pub(crate) fn gc_cache<'py>(
    py: Python<'py>,
    cache_dir: Option<PathBuf>,
    keep_n_newest: Option<&Bound<'py, PyAny>>,
    max_age_days: Option<&Bound<'py, PyAny>>,
    max_bytes: Option<&Bound<'py, PyAny>>,
    dry_run: bool,
) -> PyResult<Bound<'py, PyAny>> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is not negative, and too much is the most"
    )]
    let whole = |name, given| Ok::<_, PyErr>(number(py, name, given)?.map(|number| number as u64));
    let rules = Rules {
        keep_newest: whole("keep_n_newest", keep_n_newest)?.map(|number| usize::try_from(number).unwrap_or(usize::MAX)),
        max_age: number(py, "max_age_days", max_age_days)?
            .map(|days| Duration::try_from_secs_f64(days * DAY).unwrap_or(Duration::MAX)),
        max_bytes: whole("max_bytes", max_bytes)?,
    };
    let registry = registry(py, cache_dir.as_deref())?;
    let collected = py.detach(|| registry.collect(&rules, SystemTime::now(), dry_run));
    let Collected { removed, kept_pinned, skipped_busy, failed, bytes_freed } =
        collected.map_err(|error| of_registry(py, error))?;
    let failed: Vec<_> =
        failed.iter().map(|(key, error)| json!({ "key": key, "reason": pyxide::chain(error) })).collect();
    let answer = json!({
        "cache_root": registry.layout().root(),
        "dry_run": dry_run,
        "deleted_keys": removed,
        "skipped_pinned_keys": kept_pinned,
        "skipped_active_keys": skipped_busy,
        "failed": failed,
        "freed_bytes": bytes_freed,
    });
    to_python(py, &answer)
}

/// What is in the cache, in numbers, as data.
#[pyfunction]
pub(crate) fn cache_stats(py: Python<'_>, cache_dir: Option<PathBuf>) -> PyResult<Bound<'_, PyAny>> {
    let registry = registry(py, cache_dir.as_deref())?;
    let stats = py.detach(|| registry.stats()).map_err(|error| of_registry(py, error))?;
    to_python(py, &StatsSummary::of(&registry, &stats))
}

/// Removes everything that nobody is at, and tells what became of it, as data. None where there is no cache.
#[pyfunction]
pub(crate) fn purge_cache(
    py: Python<'_>,
    cache_dir: Option<PathBuf>,
    pinned: bool,
) -> PyResult<Option<Bound<'_, PyAny>>> {
    let registry = registry(py, cache_dir.as_deref())?;
    if !registry.layout().root().is_dir() {
        return Ok(None);
    }
    let pinned = if pinned { Pinned::Remove } else { Pinned::Keep };
    let purged = py.detach(|| registry.purge(pinned)).map_err(|error| of_registry(py, error))?;
    let single = purged.entries.failed.iter().chain(&purged.quarantine.failed);
    let single = single.map(|(key, error)| json!({ "key": key, "reason": pyxide::chain(error) }));
    let others = purged.failed.iter().chain(&purged.swept.failed);
    let failed: Vec<_> =
        single.chain(others.map(|error| json!({ "key": null, "reason": pyxide::chain(error) }))).collect();
    let in_quarantine: u64 = purged.quarantine.removed.iter().map(|quarantined| quarantined.bytes).sum();
    let answer = json!({
        "cache_root": registry.layout().root(),
        "deleted_keys": purged.entries.removed,
        "skipped_pinned_keys": purged.entries.kept_pinned,
        "skipped_active_keys": purged.entries.skipped_busy,
        "unpinned_aliases": purged.unpinned,
        "failed": failed,
        "freed_bytes": purged.entries.bytes_freed + in_quarantine,
    });
    to_python(py, &answer).map(Some)
}

/// Compares entries with what was published, and repairs what is damaged if that is asked for.
#[pyfunction]
pub(crate) fn verify_cached(
    py: Python<'_>,
    keys: Option<Vec<String>>,
    cache_dir: Option<PathBuf>,
    repair: bool,
) -> PyResult<Bound<'_, PyAny>> {
    let named = keys.map(|keys| keys.iter().map(|key| key.parse()).collect::<Result<Vec<BuildKey>, NameError>>());
    let named = named.transpose().map_err(|error| errors::from(py, &error.into()))?;
    let registry = registry(py, cache_dir.as_deref())?;
    let settings = sessions::settings(py, cache_dir.as_deref())?;
    let check = || -> Result<Vec<_>, Error> {
        let all = match &named {
            Some(keys) => keys.clone(),
            None => [registry.keys()?, registry.package_keys()?].concat(),
        };
        let mut checked = Vec::new();
        for key in all {
            let error = match pyxide::check(&registry, &key) {
                Ok(()) => None,
                // One that is listed was collected meanwhile; one that was named is a mistake.
                Err(error @ Error::NoEntry { .. }) if named.is_some() => return Err(error),
                Err(Error::NoEntry { .. }) => continue,
                Err(error) => Some(error),
            };
            let repaired = error.as_ref().filter(|_| repair).map(|error| {
                let session = || Ok(Session::new(settings.clone()));
                let patience = Patience { observe: &|_| {}, cancelled: &|| false };
                told(pyxide::mend(&registry, &key, error, &session, &patience))
            });
            let (action, why) = repaired.unzip();
            let reason = error.as_ref().map(|error| pyxide::chain(error));
            checked.push(json!({
                "key": key, "ok": error.is_none(), "reason": reason, "action": action, "why": why.flatten(),
            }));
        }
        Ok(checked)
    };
    to_python(py, &py.detach(check).map_err(|error| errors::from(py, &error))?)
}

/// What was done, and why not more.
fn told(done: Repair) -> (&'static str, Option<String>) {
    match done {
        Repair::Rebuilt => ("rebuilt", None),
        Repair::Quarantined { why } => ("quarantined", Some(why)),
        Repair::Left { why } => ("left", Some(why)),
        _ => ("unknown", None),
    }
}

/// A number that is not negative.
fn number(py: Python<'_>, name: &str, given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<f64>> {
    let Some(given) = given else { return Ok(None) };
    let number: f64 = given.extract()?;
    if number >= 0.0 {
        return Ok(Some(number));
    }
    let message = format!("{name} is {}, and must be a number that is not negative", given.repr()?);
    Err(errors::raise(py, "InputError", &message, Some("leave a rule out to do without it")))
}

fn parsed(py: Python<'_>, alias: &str) -> PyResult<Alias> {
    alias.parse().map_err(|error| of_registry(py, error))
}

fn registry(py: Python<'_>, cache_dir: Option<&Path>) -> PyResult<Registry> {
    let options = Settings::cache_options().map_err(|error| errors::from(py, &error))?;
    Ok(Registry::with(root(py, cache_dir)?, options))
}

fn of_registry(py: Python<'_>, error: RegistryError) -> PyErr {
    errors::from(py, &error.into())
}
