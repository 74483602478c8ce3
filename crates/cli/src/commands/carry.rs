//! `pyxide cache bundle`, `pyxide cache restore` and `pyxide export`

use std::path::Path;

use pyxide::{BuildKey, Error, Layer, Overwrite, Packed, Registry, RestoreOptions, WheelOptions};
use serde_json::json;

use super::{
    Workshop,
    cache::{amount, entries, find, find_in},
};
use crate::{
    SUCCESS,
    report::{Report, text},
};

/// Writes entries into one file, also those that layers alone have.
pub(crate) fn bundle(
    registry: &Registry,
    layers: &[Layer],
    report: &Report,
    keys: &[String],
    output: &Path,
    pins: bool,
    overwrite: Overwrite,
) -> Result<u8, Error> {
    let keys: Vec<BuildKey> = keys.iter().map(|key| find_in(registry, layers, key)).collect::<Result<_, _>>()?;
    let Packed { path, keys, size } = registry.pack(&keys, layers, pins, output, overwrite)?;
    report.line(&format!("{}  {}, {}", path.display(), entries(keys.len()), amount(size)));
    report.object("bundled", json!({ "path": text(&path), "keys": keys, "size": size }));
    Ok(SUCCESS)
}

/// Publishes what is in such a file, for the interpreter in question or for any.
pub(crate) fn restore(
    registry: &Registry,
    report: &Report,
    file: &Path,
    any_interpreter: bool,
    pins: bool,
    workshop: &Workshop<'_>,
) -> Result<u8, Error> {
    let session = (workshop.session)()?;
    let abi = if any_interpreter { None } else { Some((&session.python()?.interpreter).into()) };
    let options = RestoreOptions { abi, pins, wait: session.settings().wait, cancelled: workshop.cancelled };
    let restored = pyxide::restore(registry, file, &options)?;
    for entry in &restored.entries {
        let outcome = match entry.outcome {
            "new" => "restored",
            "equal" => "there already",
            _ => "there already, with other bytes, and kept",
        };
        report.line(&format!("{}  {}  {outcome}", entry.key.short(), entry.name));
    }
    for alias in &restored.pins {
        report.line(&format!("pinned as {alias}"));
    }
    report.object("restored", json!(restored));
    Ok(SUCCESS)
}

/// Makes a wheel.
pub(crate) fn export(
    registry: &Registry,
    report: &Report,
    key: &str,
    folder: &Path,
    options: &WheelOptions,
) -> Result<u8, Error> {
    let key = find(registry, key)?;
    let wheel = pyxide::export_wheel(registry, &key, folder, options)?;
    report.line(&wheel.path.display().to_string());
    let mut object = json!(wheel);
    object["key"] = json!(key);
    report.object("wheel", object);
    Ok(SUCCESS)
}
