//! `pyxide cache purge` and `pyxide cache quarantine`

use pyxide::{BuildKey, Cleared, Collected, Error, Pinned, Purged, Registry, RegistryError, chain, utc};
use serde_json::{Value, json};

use super::sizes::{amount, entries as count};
use crate::{
    CACHE, SUCCESS,
    args::Quarantine,
    report::{Report, text},
};

/// Empties the cache.
pub(super) fn purge(registry: &Registry, report: &Report, pinned: Pinned) -> Result<u8, Error> {
    let purged = registry.purge(pinned)?;
    let Purged { entries, unpinned, quarantine, swept, others, failed } = &purged;
    let Collected { removed, kept_pinned, skipped_busy, bytes_freed, .. } = entries;
    for (keys, why) in [(kept_pinned, "kept: it is pinned"), (skipped_busy, "kept: another process is at it")] {
        report.lines(keys.iter().map(|key| format!("{}  {why}", key.short())));
    }
    let single = entries.failed.iter().chain(&quarantine.failed);
    let reasons: Vec<String> = single
        .map(|(key, error)| format!("`{}` could not be removed: {}", key.short(), chain(error)))
        .chain(failed.iter().chain(&swept.failed).map(|error| chain(error)))
        .collect();
    for reason in &reasons {
        report.warning(reason);
    }
    if swept.busy > 0 {
        report.note(&format!("{} builds or removals are under way, and were left alone", swept.busy));
    }
    let freed = bytes_freed + quarantine.removed.iter().map(|quarantined| quarantined.bytes).sum::<u64>();
    report.line(&format!("removed {}, freed {}", count(removed.len()), amount(freed)));
    report.object(
        "purged",
        json!({
            "removed": removed,
            "kept_pinned": kept_pinned,
            "skipped_busy": skipped_busy,
            "unpinned": unpinned,
            "quarantined": quarantine.removed.len(),
            "others": others,
            "busy": swept.busy,
            "failed": reasons,
            "bytes_freed": freed,
        }),
    );
    Ok(if reasons.is_empty() { SUCCESS } else { CACHE })
}

/// Looks at what is in quarantine, or removes it.
pub(super) fn quarantine(registry: &Registry, report: &Report, command: &Quarantine) -> Result<u8, Error> {
    match command {
        Quarantine::List => list(registry, report),
        Quarantine::Clear { keys } => clear(registry, report, keys),
    }
}

fn list(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let found = registry.quarantined()?;
    if found.is_empty() && !report.is_json() {
        report.note("nothing is in quarantine");
    }
    for item in found {
        let since = item.since.map(utc);
        let when = since.as_deref().unwrap_or("?");
        report.line(&format!("{}  {when}  {:>10}  {}", item.key.short(), amount(item.bytes), item.reason));
        let (path, bytes) = (item.path, item.bytes);
        report.object(
            "quarantined",
            json!({ "key": item.key, "path": text(&path), "reason": item.reason, "since_utc": since, "bytes": bytes }),
        );
    }
    Ok(SUCCESS)
}

fn clear(registry: &Registry, report: &Report, named: &[String]) -> Result<u8, Error> {
    let there = registry.quarantined()?;
    let mut keys: Vec<BuildKey> = Vec::new();
    for beginning in named {
        let found: Vec<BuildKey> =
            there.iter().map(|item| item.key).filter(|key| key.to_string().starts_with(beginning.as_str())).collect();
        match found.first() {
            // One key may have been damaged several times.
            Some(key) if found.iter().all(|other| other == key) => keys.push(*key),
            Some(_) => return Err(Error::ManyKeys { beginning: beginning.clone(), keys: found }),
            None => return Err(Error::NotQuarantined { beginning: beginning.clone() }),
        }
    }
    let cleared = registry.clear_quarantine((!named.is_empty()).then_some(&keys))?;
    let Cleared { removed, skipped_busy, failed } = &cleared;
    for key in skipped_busy {
        report.line(&format!("{}  kept: another process is at it", key.short()));
    }
    for (key, error) in failed {
        report.warning(&format!("`{}` could not be removed: {}", key.short(), chain(error)));
    }
    let freed: u64 = removed.iter().map(|item| item.bytes).sum();
    report.line(&format!("removed {}, freed {}", count(removed.len()), amount(freed)));
    let why = |(key, error): &(BuildKey, RegistryError)| json!({ "key": key, "reason": chain(error) });
    report.object(
        "cleared",
        json!({
            "removed": removed.iter().map(|item| item.key).collect::<Vec<_>>(),
            "skipped_busy": skipped_busy,
            "failed": failed.iter().map(why).collect::<Vec<Value>>(),
            "bytes_freed": freed,
        }),
    );
    Ok(if failed.is_empty() { SUCCESS } else { CACHE })
}
