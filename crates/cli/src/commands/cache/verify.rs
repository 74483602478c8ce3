//! `pyxide cache verify`

use pyxide::{BuildKey, Error, Patience, Registry, Repair, Session, chain, mend};
use serde_json::{Value, json};

use super::find;
use crate::{CACHE, SUCCESS, report::Report};

/// What repairing takes: a session, made when there is something to build, and whether the user wants to stop.
pub(crate) struct Workshop<'a> {
    pub(crate) session: &'a dyn Fn() -> Result<Session, Error>,
    pub(crate) cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// Compares entries with what was published, and repairs those that are damaged if that is asked for.
pub(super) fn verify(
    registry: &Registry,
    report: &Report,
    named: &[String],
    workshop: Option<&Workshop<'_>>,
) -> Result<u8, Error> {
    let keys: Vec<BuildKey> = if named.is_empty() {
        [registry.keys()?, registry.package_keys()?].concat()
    } else {
        named.iter().map(|key| find(registry, key)).collect::<Result<_, _>>()?
    };
    let (mut good, mut bad, mut repaired) = (0, 0, 0);
    for key in keys {
        if workshop.is_some_and(|workshop| (workshop.cancelled)()) {
            break;
        }
        match pyxide::check(registry, &key) {
            Ok(()) => {
                good += 1;
                report.object("verified", json!({ "key": key, "ok": true }));
            }
            // One that is listed was collected meanwhile; one that was named is a mistake.
            Err(Error::NoEntry { key }) if !named.is_empty() => return Err(Error::NoEntry { key }),
            Err(Error::NoEntry { .. }) => {}
            Err(error) => {
                bad += 1;
                let reason = chain(&error);
                report.warning(&reason);
                let done = workshop.map(|workshop| {
                    let patience = Patience { observe: &|event| report.event(event), cancelled: workshop.cancelled };
                    said(report, &key, mend(registry, &key, &error, workshop.session, &patience))
                });
                repaired += usize::from(matches!(done, Some(Repair::Rebuilt)));
                let (action, why) = done.map(told).unzip();
                report.object(
                    "verified",
                    json!({ "key": key, "ok": false, "reason": reason, "action": action, "why": why.flatten() }),
                );
            }
        }
    }
    let rebuilt = if workshop.is_some() { format!(", {repaired} built again") } else { String::new() };
    report.line(&format!("{good} intact, {bad} damaged{rebuilt}"));
    if bad > 0 && workshop.is_none() {
        report.note("a damaged entry is not used: the next build of the same source replaces it, or `--repair` now");
    }
    Ok(if bad == repaired { SUCCESS } else { CACHE })
}

fn said(report: &Report, key: &BuildKey, done: Repair) -> Repair {
    let short = key.short();
    report.line(&match &done {
        Repair::Rebuilt => format!("{short}  built again"),
        Repair::Quarantined { why } => format!("{short}  moved to quarantine, not built again: {why}"),
        Repair::Left { why } => format!("{short}  left as it is: {why}"),
        _ => short,
    });
    done
}

/// In words for programs: what was done, and why not more.
fn told(done: Repair) -> (Value, Option<String>) {
    match done {
        Repair::Rebuilt => (json!("rebuilt"), None),
        Repair::Quarantined { why } => (json!("quarantined"), Some(why)),
        Repair::Left { why } => (json!("left"), Some(why)),
        _ => (Value::Null, None),
    }
}
