//! `data/bench/baseline.json`: how many times faster than its twin each template was, and what of that is beyond noise.
//!
//! Ratios are kept, not times: a slower machine is slower with both. What remains is that another processor, compiler or
//! interpreter has other ratios, so a baseline says whose it is, and is compared with no others.
//!
//! A template is *slower* when all of this is true:
//!
//! 1. the middle of its processes' ratios is less than the baseline's by more than its margin, which is three times how far
//!    the processes were apart when the baseline was written, but at least 10 % and at most 14 %;
//! 2. the same is true of each of two more measurements, in new processes, of those templates alone.
//!
//! So what comes from one process, such as where its memory lies, and what disturbs for some seconds, is no slow-down; what
//! is 20 % slower is one, as long as the noise of a measurement stays below 7 %.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::measuring::statistics::Summary;

/// Where it is, below the folder of the workspace.
pub(super) const PATH: &str = "data/bench/baseline.json";

const FORMAT: u64 = 1;

const LEAST_MARGIN: f64 = 0.10;
const MOST_MARGIN: f64 = 0.14;

/// What a measurement is compared with.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    path: PathBuf,
    value: Value,
}

/// What a template's ratio was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    ratio: f64,
    spread: f64,
}

/// What a comparison gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// The ratio as a part of the baseline's.
    Fine(f64),
    Slower(f64),
}

impl Baseline {
    /// Reads the file; where there is none, nothing is known.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let path = file.to_owned();
        if !path.exists() {
            return Ok(Self { path, value: json!({ "format": FORMAT }) });
        }
        let text = fs_err::read_to_string(&path)?;
        let value: Value = serde_json::from_str(&text).with_context(|| format!("`{PATH}` is no JSON"))?;
        anyhow::ensure!(
            value["format"] == FORMAT,
            "`{PATH}` has format {}, and this program understands {FORMAT}; write it anew with `--update REASON`",
            value["format"]
        );
        Ok(Self { path, value })
    }

    /// Nothing is known.
    pub(super) fn empty(file: &Path) -> Self {
        Self { path: file.to_owned(), value: json!({ "format": FORMAT }) }
    }

    /// Why it cannot be compared with what is measured now, if it cannot.
    pub(super) fn incomparable(&self, mode: &str, about: &Value) -> Option<String> {
        let section = self.value.get(mode)?;
        let differing = ["python", "cython", "compiler", "machine"]
            .into_iter()
            .filter(|name| section["about"][name] != about[name]);
        let differing: Vec<_> =
            differing.map(|name| format!("{name} was {}, and is {}", section["about"][name], about[name])).collect();
        (!differing.is_empty())
            .then(|| format!("`{PATH}` was measured elsewhere: {}; ratios depend on that", differing.join("; ")))
    }

    pub(super) fn known(&self, mode: &str, name: &str) -> Option<Known> {
        let known = self.value.get(mode)?.get("ratios")?.get(name)?;
        Some(Known { ratio: known["ratio"].as_f64()?, spread: known["spread"].as_f64()? })
    }

    /// The names that are known.
    pub(super) fn names(&self, mode: &str) -> Vec<String> {
        let ratios = self.value.get(mode).and_then(|it| it["ratios"].as_object());
        ratios.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Writes these ratios, by name. What was known and is not among them stays if `keep` wants it.
    pub(super) fn update(
        &mut self,
        mode: &str,
        about: &Value,
        reason: &str,
        ratios: &BTreeMap<String, Vec<f64>>,
        keep: impl Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        let mut all: BTreeMap<String, Value> = BTreeMap::new();
        for name in self.names(mode).into_iter().filter(|name| keep(name)) {
            let known = self.value[mode]["ratios"][&name].clone();
            all.insert(name, known);
        }
        for (name, ratios) in ratios {
            let Some(known) = Known::of(ratios) else { continue };
            let rounded = |value: f64| (value * 1e4).round() / 1e4;
            all.insert(name.clone(), json!({ "ratio": rounded(known.ratio), "spread": rounded(known.spread) }));
        }
        self.value["format"] = json!(FORMAT);
        self.value[mode] = json!({ "reason": reason, "about": about, "ratios": all });
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        Ok(fs_err::write(&self.path, format!("{:#}\n", self.value))?)
    }
}

impl Known {
    /// What the ratios of some processes say: their middle, and how far the middle half of them is apart.
    fn of(ratios: &[f64]) -> Option<Self> {
        let ratio = Summary::of(ratios.iter().copied())?.median;
        let spread = Summary::of(ratios.iter().map(|it| (it / ratio - 1.0).abs()))?.median;
        // Of a normal distribution, half of the values are less than this many standard deviations from the middle.
        Some(Self { ratio, spread: spread * 1.4826 })
    }

    /// Less than this is slower.
    fn limit(self) -> f64 {
        self.ratio * (1.0 - (3.0 * self.spread).clamp(LEAST_MARGIN, MOST_MARGIN))
    }

    /// What these ratios, one for each process, say about now.
    pub(super) fn compare(self, ratios: &[f64]) -> Option<Verdict> {
        let now = Summary::of(ratios.iter().copied())?.median;
        let part = now / self.ratio;
        Some(if now < self.limit() { Verdict::Slower(part) } else { Verdict::Fine(part) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pyxide-baseline-{name}-{}", std::process::id()));
        fs_err::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn twenty_percent_are_noticed_and_five_are_not() {
        for spread in [0.0, 0.02, 0.3] {
            let known = Known { ratio: 10.0, spread };
            let now = |factor: f64| known.compare(&[10.0 / factor, 10.1 / factor, 9.9 / factor]).unwrap();
            assert!(matches!(now(1.2), Verdict::Slower(part) if part < 0.84), "{spread}");
            assert!(matches!(now(1.05), Verdict::Fine(_)), "{spread}");
            assert!(matches!(now(0.5), Verdict::Fine(part) if part > 1.9), "{spread}");
        }
        // What is noisy has a wider margin.
        assert!(matches!(Known { ratio: 10.0, spread: 0.01 }.compare(&[8.8]), Some(Verdict::Slower(_))));
        assert!(matches!(Known { ratio: 10.0, spread: 0.05 }.compare(&[8.8]), Some(Verdict::Fine(_))));
        assert_eq!(Known { ratio: 10.0, spread: 0.05 }.compare(&[]), None);
    }

    #[test]
    fn what_was_written_is_read() {
        let root = temporary("written");
        let about = json!({ "python": "3.11", "cython": "3", "compiler": "gcc 12", "machine": "x86_64" });
        let file = root.join("bench/baseline.json");
        let mut baseline = Baseline::read(&file).unwrap();
        assert_eq!(baseline.incomparable("quick", &about), None);
        let ratios = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), vec![2.0, 2.0, 2.1])).collect();
        baseline.update("quick", &about, "first", &ratios(&["a/b", "a/c"]), |_| true).unwrap();
        baseline.update("quick", &about, "second", &ratios(&["a/d"]), |name| name == "a/c").unwrap();
        let read = Baseline::read(&file).unwrap();
        assert_eq!(read.names("quick"), ["a/c", "a/d"]);
        assert!((read.known("quick", "a/d").unwrap().ratio - 2.0).abs() < 1e-9);
        assert_eq!(read.known("full", "a/d"), None);
        let other = json!({ "python": "3.13", "cython": "3", "compiler": "gcc 12", "machine": "x86_64" });
        let reason = read.incomparable("quick", &other).unwrap();
        assert!(reason.contains("python was \"3.11\", and is \"3.13\""), "{reason}");
        fs_err::remove_dir_all(root).unwrap();
    }

    #[test]
    fn another_format_is_refused() {
        let root = temporary("format");
        let file = root.join("baseline.json");
        fs_err::write(&file, "{\"format\": 7}").unwrap();
        let error = Baseline::read(&file).unwrap_err().to_string();
        assert!(error.contains("has format 7") && error.contains("--update"), "{error}");
        fs_err::write(&file, "{").unwrap();
        assert!(Baseline::read(&file).is_err());
        fs_err::remove_dir_all(root).unwrap();
    }
}
