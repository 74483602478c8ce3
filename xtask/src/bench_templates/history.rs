//! What earlier runs measured, a line for each in `target/bench/history.jsonl`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::results::{Row, mean};

const FORMAT: u64 = 1;

/// How many runs are shown.
const SHOWN: usize = 40;

/// One run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) when: String,
    pub(super) commit: String,
    /// By template.
    pub(super) speedups: BTreeMap<String, f64>,
    pub(super) builds: BTreeMap<String, f64>,
}

/// The line of this run. `kind` is what makes runs comparable: how much was measured, and with what.
pub(super) fn line(kind: &str, about: &Value, rows: &[Row]) -> Value {
    let speedups: BTreeMap<_, _> =
        rows.iter().filter_map(|row| Some((row.name.clone(), row.speedup()?.median))).collect();
    let builds: BTreeMap<_, _> = rows.iter().filter_map(|row| Some((row.name.clone(), row.cold?.cpu))).collect();
    json!({
        "format": FORMAT,
        "kind": kind,
        "when": about["when"],
        "commit": about["commit"],
        "speedups": speedups,
        "build_cpu_s": builds,
    })
}

/// Adds a run to the file, and gives the runs of the same kind, the newest last.
pub(super) fn add(file: &Path, line: &Value) -> anyhow::Result<Vec<Run>> {
    let mut text = if file.exists() { fs_err::read_to_string(file)? } else { String::new() };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let _ = writeln!(text, "{line}");
    fs_err::write(file, &text)?;
    let kind = &line["kind"];
    // A line of another format, or half of one, is passed over: the file is nobody's only copy of anything.
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let runs: Vec<_> = lines.filter(|it| it["format"] == FORMAT && it["kind"] == *kind).map(|it| read(&it)).collect();
    Ok(runs[runs.len().saturating_sub(SHOWN)..].to_vec())
}

/// The mean of each run over the templates that all of them have, since others would change the mean by being there; and
/// how many these are.
pub(super) fn means(runs: &[Run], of: fn(&Run) -> &BTreeMap<String, f64>) -> (Vec<f64>, usize) {
    let Some(newest) = runs.last() else { return (Vec::new(), 0) };
    let common: Vec<_> = of(newest).keys().filter(|name| runs.iter().all(|run| of(run).contains_key(*name))).collect();
    let of_run = |run| mean(common.iter().filter_map(|name| of(run).get(*name)).copied());
    (runs.iter().filter_map(of_run).collect(), common.len())
}

fn read(line: &Value) -> Run {
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let numbers = |name: &str| {
        let object = line[name].as_object().into_iter().flatten();
        object.filter_map(|(name, value)| Some((name.clone(), value.as_f64().filter(|it| *it > 0.0)?))).collect()
    };
    Run { when: text("when"), commit: text("commit"), speedups: numbers("speedups"), builds: numbers("build_cpu_s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_kind_are_found_again() {
        let folder = std::env::temp_dir().join(format!("pyxide-history-{}", std::process::id()));
        fs_err::create_dir_all(&folder).unwrap();
        let file = folder.join("history.jsonl");
        let line = |kind: &str, speedups: Value| json!({ "format": 1, "kind": kind, "when": "w", "commit": "c", "speedups": speedups, "build_cpu_s": {} });
        add(&file, &line("quick", json!({ "a": 2.0, "b": 8.0 }))).unwrap();
        add(&file, &line("full", json!({ "a": 9.0 }))).unwrap();
        let text = fs_err::read_to_string(&file).unwrap();
        fs_err::write(&file, format!("{text}{{\"format\": 9}}\n{{\"half")).unwrap();
        let runs = add(&file, &line("quick", json!({ "a": 4.0, "b": 8.0, "new": 1.0 }))).unwrap();
        assert_eq!(runs.len(), 2);
        let (means, count) = means(&runs, |run| &run.speedups);
        assert_eq!(count, 2);
        assert!((means[0] - 4.0).abs() < 1e-9 && (means[1] - 32.0_f64.sqrt()).abs() < 1e-9, "{means:?}");
        fs_err::remove_dir_all(folder).unwrap();
    }
}
