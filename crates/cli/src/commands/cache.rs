//! `pyxide cache`

use std::path::Path;

use pyxide::{BuildKey, Error, NameError, Registry, Summary};
use serde_json::json;

use crate::{CACHE, SUCCESS, args::Cache, report::Report};

/// Looks into the cache. Needs no interpreter.
pub(crate) fn cache(root: &Path, report: &Report, command: &Cache) -> Result<u8, Error> {
    let registry = Registry::new(root);
    match command {
        Cache::List => list(&registry, report),
        Cache::Show { key } => show(&registry, report, key),
        Cache::Verify { keys } => verify(&registry, report, keys),
    }
}

fn list(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let listed = registry.list()?;
    if listed.is_empty() && !report.is_json() {
        report.note(&format!("the cache `{}` is empty", registry.layout().root().display()));
    }
    let mut status = SUCCESS;
    for item in listed {
        match item.entry {
            Ok(entry) => {
                let meta = entry.meta();
                let python = meta.fingerprint.get("python").map_or("?", String::as_str);
                let size = meta.artifact_size.div_ceil(1024);
                report.line(&format!(
                    "{}  {}  {size:>6} KiB  Python {python:<8} {}",
                    item.key.short(),
                    meta.created_utc,
                    meta.module_name
                ));
                report.object("entry", json!(Summary::from(&entry)));
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
    let entry = registry.entry(&key)?.ok_or(Error::NoEntry { key })?;
    let mut meta = json!(entry.meta());
    meta["build_dir"] = json!(entry.path());
    report.line(&format!("{meta:#}"));
    report.object("meta", json!({ "meta": meta }));
    Ok(SUCCESS)
}

fn verify(registry: &Registry, report: &Report, keys_given: &[String]) -> Result<u8, Error> {
    let keys: Vec<BuildKey> = if keys_given.is_empty() {
        registry.list()?.into_iter().map(|item| item.key).collect()
    } else {
        keys_given.iter().map(|key| find(registry, key)).collect::<Result<_, _>>()?
    };
    let (mut good, mut bad) = (0, 0);
    for key in keys {
        match pyxide::check(registry, &key) {
            Ok(()) => {
                good += 1;
                report.object("verified", json!({ "key": key, "ok": true }));
            }
            // One that is listed was collected meanwhile; one that was named is a mistake.
            Err(Error::NoEntry { key }) if !keys_given.is_empty() => return Err(Error::NoEntry { key }),
            Err(Error::NoEntry { .. }) => {}
            Err(error) => {
                bad += 1;
                let reason = crate::report::chain(&error);
                report.warning(&reason);
                report.object("verified", json!({ "key": key, "ok": false, "reason": reason }));
            }
        }
    }
    report.line(&format!("{good} intact, {bad} damaged"));
    if bad > 0 {
        report.note("a damaged entry is not used: the next build of the same source replaces it");
    }
    Ok(if bad == 0 { SUCCESS } else { CACHE })
}

/// The one key that begins like this.
fn find(registry: &Registry, beginning: &str) -> Result<BuildKey, Error> {
    if let Ok(key) = beginning.parse() {
        return Ok(key);
    }
    if beginning.len() < 6 || !beginning.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Error::Name(NameError::Key(beginning.to_owned())));
    }
    let mut found: Vec<BuildKey> = registry.list()?.into_iter().map(|item| item.key).collect();
    found.retain(|key| key.to_string().starts_with(beginning));
    match found[..] {
        [key] => Ok(key),
        [] => Err(Error::NoSuchBeginning { beginning: beginning.to_owned() }),
        _ => Err(Error::ManyKeys { beginning: beginning.to_owned(), keys: found }),
    }
}
