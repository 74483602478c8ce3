//! `pyxide cache stats` and `pyxide cache du`

use pyxide::{Error, Registry, StatsSummary};
use serde_json::json;

use super::find;
use crate::{
    SUCCESS,
    report::{Report, text},
};

/// Counts what is there.
pub(super) fn stats(registry: &Registry, report: &Report) -> Result<u8, Error> {
    let stats = registry.stats()?;
    let shown = StatsSummary::of(registry, &stats);
    report.line(&format!("folder        {}", shown.cache_root.display()));
    report.line(&format!("modules       {}", stats.modules));
    report.line(&format!("packages      {}", stats.packages));
    report.line(&format!("size          {}", amount(stats.bytes)));
    report.line(&format!("pins          {}", stats.pins.len()));
    report.line(&format!("quarantine    {}", stats.quarantined));
    for (label, time) in [("last use", &shown.newest_use_utc), ("longest ago", &shown.oldest_use_utc)] {
        report.line(&format!("{label:<13} {}", time.as_deref().unwrap_or("never")));
    }
    if stats.broken_pins > 0 {
        report.warning(&format!("{} pins cannot be read: `pyxide cache pins` names them", stats.broken_pins));
    }
    report.object("stats", json!(shown));
    Ok(SUCCESS)
}

/// Says what takes how much room.
pub(super) fn du(registry: &Registry, report: &Report, keys: &[String]) -> Result<u8, Error> {
    let mut total = 0;
    if keys.is_empty() {
        for size in registry.sizes()? {
            total += size.bytes;
            report.line(&format!("{:>10}  {}", amount(size.bytes), size.part));
            report.object("size", json!({ "part": size.part, "path": text(&size.path), "bytes": size.bytes }));
        }
    }
    for key in keys {
        let key = find(registry, key)?;
        let path = registry.place(&key).ok_or(Error::NoEntry { key })?;
        let bytes = registry.size_of(&key);
        total += bytes;
        report.line(&format!("{:>10}  {}", amount(bytes), key.short()));
        report.object("size", json!({ "key": key, "path": text(&path), "bytes": bytes }));
    }
    report.line(&format!("{:>10}  in all", amount(total)));
    Ok(SUCCESS)
}

/// A number of bytes for people.
pub(crate) fn amount(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|(power, _)| bytes >= 10 << power) {
        Some((power, unit)) => format!("{} {unit}", bytes >> power),
        None => format!("{bytes} B"),
    }
}

/// So many entries.
pub(crate) fn entries(count: usize) -> String {
    format!("{count} entr{}", if count == 1 { "y" } else { "ies" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_two_digits_at_least() {
        let amounts = [0, 9999, 10_240, 10 << 20, 34 << 30].map(amount);
        assert_eq!(amounts, ["0 B", "9999 B", "10 KiB", "10 MiB", "34 GiB"]);
    }

    #[test]
    fn one_entry_is_no_entries() {
        assert_eq!([0, 1, 2].map(entries), ["0 entries", "1 entry", "2 entries"]);
    }
}
