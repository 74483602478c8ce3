//! `pyxide cache`

mod remove;
mod sizes;
mod verify;

use std::{path::Path, time::SystemTime};

use pyxide::{
    Alias, BuildKey, Collected, Error, Layer, Listed, NameError, Overwrite, Pinned, Registry, Rules, Settings, Summary,
    Swept,
};
use serde_json::json;

pub(super) use self::sizes::{amount, entries};
pub(crate) use self::verify::Workshop;

use crate::{
    CACHE, SUCCESS,
    args::Cache,
    report::{Report, text},
};

/// Looks into the cache. Needs no interpreter but to build again what is damaged, and to know for whom a bundle is.
pub(crate) fn cache(
    registry: &Registry,
    report: &Report,
    command: &Cache,
    workshop: &Workshop<'_>,
) -> Result<u8, Error> {
    match command {
        Cache::List => list(registry, report),
        Cache::Packages => packages(registry, report),
        Cache::Stats => sizes::stats(registry, report),
        Cache::Du { keys } => sizes::du(registry, report, keys),
        Cache::Show { key } => show(registry, report, key),
        Cache::Verify { repair, keys } => verify::verify(registry, report, keys, repair.then_some(workshop)),
        Cache::Purge { pinned } => remove::purge(registry, report, if *pinned { Pinned::Remove } else { Pinned::Keep }),
        Cache::Quarantine(command) => remove::quarantine(registry, report, command),
        Cache::Sweep => sweep(registry, report),
        Cache::Gc { keep_newest, max_age_days, max_bytes, dry_run } => {
            let rules = Rules { keep_newest: *keep_newest, max_age: *max_age_days, max_bytes: *max_bytes };
            collect(registry, report, &rules, *dry_run)
        }
        Cache::Pin { key, alias, overwrite } => pin(registry, report, key, alias, *overwrite),
        Cache::Unpin { alias } => unpin(registry, report, alias),
        Cache::Pins => pins(registry, report),
        Cache::Bundle { keys, output, pins, overwrite } => {
            let overwrite = if *overwrite { Overwrite::Yes } else { Overwrite::No };
            super::carry::bundle(registry, &Settings::cache_layers()?, report, keys, output, *pins, overwrite)
        }
        Cache::Restore { file, any_interpreter, pins } => {
            super::carry::restore(registry, report, file, *any_interpreter, *pins, workshop)
        }
        Cache::Export { key, destination, whole, overwrite } => {
            let overwrite = if *overwrite { Overwrite::Yes } else { Overwrite::No };
            export(registry, report, key, destination, overwrite, *whole)
        }
    }
}

fn list(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let listed = registry.list()?;
    if listed.is_empty() && !report.is_json() {
        report.note(&format!("the cache `{}` is empty", registry.layout().root().display()));
    }
    let line = |item: &Listed| {
        let entry = item.entry.as_ref().ok()?;
        let python = entry.fingerprint.get("python").map_or("?", String::as_str);
        let (key, size) = (item.key.short(), entry.artifact_size.div_ceil(1024));
        Some(format!("{key}  {}  {size:>6} KiB  Python {python:<8} {}", entry.created_utc, entry.module_name))
    };
    let object = |item: &Listed| match (Summary::of(item), &item.entry) {
        (_, Err(error)) => ("broken", json!({ "key": item.key, "reason": error.to_string() })),
        (summary, Ok(_)) => ("entry", json!(summary)),
    };
    if report.is_json() {
        report.objects(listed.iter().map(object));
    } else {
        report.lines(listed.iter().filter_map(line));
    }
    let mut status = SUCCESS;
    for error in listed.iter().filter_map(|item| item.entry.as_ref().err()) {
        report.warning(&error.to_string());
        status = CACHE;
    }
    Ok(status)
}

fn packages(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let mut status = SUCCESS;
    for item in registry.list_packages()? {
        match item.package {
            Ok(meta) => {
                let (key, created) = (item.key.short(), &meta.created_utc);
                let (count, name) = (meta.modules.len(), &meta.package_name);
                report.line(&format!("{key}  {created}  {count:>6} modules  {name}"));
                let mut package = json!(meta);
                package["build_dir"] = json!(text(&item.path));
                report.object("package", json!({ "package": package }));
            }
            Err(error) => {
                report.warning(&error.to_string());
                report.object("broken", json!({ "key": item.key, "reason": error.to_string() }));
                status = CACHE;
            }
        }
    }
    Ok(status)
}

fn show(registry: &Registry, report: &Report, key: &str) -> Result<u8, Error> {
    let key = find(registry, key)?;
    let (mut meta, path) = if let Some(entry) = registry.entry(&key)? {
        (json!(entry.meta()), entry.path().to_owned())
    } else {
        let package = registry.package(&key)?.ok_or(Error::NoEntry { key })?;
        (json!(package.meta()), package.path().to_owned())
    };
    meta["build_dir"] = json!(text(&path));
    report.line(&format!("{meta:#}"));
    report.object("meta", json!({ "meta": meta }));
    Ok(SUCCESS)
}

fn sweep(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let swept = registry.sweep_all()?;
    for error in &swept.failed {
        report.warning(&pyxide::chain(error));
    }
    let Swept { stages, trash, temporary, locks, busy, failed } = &swept;
    report.line(&format!("removed {} leftovers", stages + trash + temporary));
    if *busy > 0 {
        report.note(&format!("{busy} are being used"));
    }
    let failed: Vec<String> = failed.iter().map(|error| pyxide::chain(error)).collect();
    let status = if failed.is_empty() { SUCCESS } else { CACHE };
    report.object(
        "swept",
        json!({ "stages": stages, "trash": trash, "temporary": temporary, "locks": locks, "busy": busy, "failed": failed }),
    );
    Ok(status)
}

fn collect(registry: &Registry, report: &Report, rules: &Rules, dry_run: bool) -> Result<u8, Error> {
    if *rules == Rules::default() {
        report.note("without a rule nothing is removed: give --keep-newest, --max-age-days or --max-bytes");
    }
    let collected = registry.collect(rules, SystemTime::now(), dry_run)?;
    let Collected { removed, kept_pinned, skipped_busy, failed, bytes_freed } = &collected;
    let fates = [
        (removed, if dry_run { "would be removed" } else { "removed" }),
        (kept_pinned, "kept: it is pinned"),
        (skipped_busy, "kept: another process is at it"),
    ];
    for (keys, fate) in fates {
        report.lines(keys.iter().map(|key| format!("{}  {fate}", key.short())));
    }
    for (key, error) in failed {
        report.warning(&format!("`{}` could not be removed: {}", key.short(), pyxide::chain(error)));
    }
    let verb = if dry_run { "would free" } else { "freed" };
    report.line(&format!("{verb} {}", amount(*bytes_freed)));
    report.object(
        "collected",
        json!({
            "dry_run": dry_run,
            "removed": removed,
            "kept_pinned": kept_pinned,
            "skipped_busy": skipped_busy,
            "failed": failed.iter().map(|(key, error)| json!({ "key": key, "reason": pyxide::chain(error) })).collect::<Vec<_>>(),
            "bytes_freed": bytes_freed,
        }),
    );
    Ok(if failed.is_empty() { SUCCESS } else { CACHE })
}

fn pin(registry: &Registry, report: &Report, key: &str, alias: &str, overwrite: bool) -> Result<u8, Error> {
    let key = find(registry, key)?;
    let pin = registry.pin(&alias.parse()?, &key, overwrite)?;
    report.line(&format!("{}  {}", pin.key.short(), pin.alias));
    report.object("pin", json!({ "alias": pin.alias, "key": pin.key, "created_utc": pin.created_utc }));
    Ok(SUCCESS)
}

fn unpin(registry: &Registry, report: &Report, alias: &str) -> Result<u8, Error> {
    let alias: Alias = alias.parse()?;
    let was_pinned = registry.unpin(&alias)?;
    if !was_pinned {
        report.note(&format!("`{alias}` was not pinned"));
    }
    report.object("unpinned", json!({ "alias": alias, "was_pinned": was_pinned }));
    Ok(SUCCESS)
}

fn pins(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let mut status = SUCCESS;
    for listed in registry.pins()? {
        match listed.pin {
            Ok(pin) => {
                report.line(&format!("{}  {}  {}", pin.key.short(), pin.created_utc, pin.alias));
                report.object("pin", json!({ "alias": pin.alias, "key": pin.key, "created_utc": pin.created_utc }));
            }
            Err(error) => {
                report.warning(&pyxide::chain(&error));
                report.object("broken", json!({ "path": text(&listed.path), "reason": pyxide::chain(&error) }));
                status = CACHE;
            }
        }
    }
    Ok(status)
}

fn export(
    registry: &Registry,
    report: &Report,
    key: &str,
    destination: &Path,
    overwrite: Overwrite,
    whole: bool,
) -> Result<u8, Error> {
    let key = find(registry, key)?;
    let written = registry.export(&key, destination, overwrite, whole)?;
    report.line(&written.display().to_string());
    report.object("exported", json!({ "key": key, "path": text(&written) }));
    Ok(SUCCESS)
}

/// The one key that begins like this.
pub(crate) fn find(registry: &Registry, beginning: &str) -> Result<BuildKey, Error> {
    find_in(registry, &[], beginning)
}

/// The one key that begins like this, in a cache or a layer.
pub(crate) fn find_in(registry: &Registry, layers: &[Layer], beginning: &str) -> Result<BuildKey, Error> {
    if let Ok(key) = beginning.parse() {
        return Ok(key);
    }
    if beginning.len() < 6 || !beginning.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Error::Name(NameError::Key(beginning.to_owned())));
    }
    let mut found = [registry.keys()?, registry.package_keys()?].concat();
    for layer in layers {
        found.extend(layer.keys()?);
    }
    found.retain(|key| key.to_string().starts_with(beginning));
    // A layer and the cache may have the same.
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [key] => Ok(key),
        [] => Err(Error::NoSuchBeginning { beginning: beginning.to_owned() }),
        _ => Err(Error::ManyKeys { beginning: beginning.to_owned(), keys: found }),
    }
}
