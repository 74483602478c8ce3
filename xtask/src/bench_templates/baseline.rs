//! `data/bench/baseline.json`: how many times faster than its twin each template was, and what of that is beyond noise.
//!
//! Ratios are kept, not times: a slower machine is slower with both. What remains is that another processor, compiler or
//! interpreter has other ratios, so a baseline says whose it is, and is compared with no others.
//!
//! A template is *slower* when three measurements in a row say so, each in new processes, and each in more of them:
//!
//! | measurement | processes | their middle ratio is less than the baseline's by more than |
//! |---|---|---|
//! | that of the run | 3 (quick), 5 (full) | 6 % |
//! | again, this template alone | twice as many | 8 % |
//! | and again | three times as many | 10 %, and the 95 % interval of the processes is below the baseline, too |
//!
//! So what comes from one process, such as where its memory lies, and what disturbs for some seconds, is no slow-down.
//!
//! Who shares a processor with others is slowed down by them, compiled loops more than the interpreter, as long as they
//! work. So on a busy machine, where calls were kept from the processor for a sixth of their time, a ratio has to be a
//! quarter less; and where the last interval is as wide as a slow-down would be large, nothing is said about it at all. Both
//! are remarks of the run.
//!
//! A processor that others share, on whatever machine is below this one, is slower for minutes, and interpreters suffer more
//! than loops: ratios fall by a third where nobody has changed anything. The twins tell, for they are the same as ever: so
//! the baseline has their times, too, and where one takes another time than it did, by more than 15 %, its template is not
//! judged.
//!
//! Templates of several threads are judged as on a busy machine: they are slower as soon as anybody uses one of the
//! processors, which their twins with one thread do not notice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::measuring::statistics::{Interval, Summary};

/// Where it is, below the folder of the workspace.
pub(super) const PATH: &str = "data/bench/baseline.json";

const FORMAT: u64 = 1;

/// How much less than the baseline's a ratio has to be, measurement by measurement.
pub(super) const MARGINS: [f64; 3] = [0.06, 0.08, 0.10];

/// The same in the end on a busy machine.
const BUSY_MARGIN: f64 = 0.25;

/// How many times as long, or as short, a twin may take as it did.
const PACE: f64 = 1.15;

/// An interval whose ends are farther apart says nothing about 20 %.
const WIDEST: f64 = 1.25;

/// What a measurement is compared with.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    path: PathBuf,
    value: Value,
}

/// What a measurement says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// The ratio is this part of the baseline's, which is no slow-down.
    Fine(f64),
    Slower(f64),
    /// The processes are too far apart, or others were at work.
    Unclear,
    /// It seems slower, but Python is not as fast as it was, either.
    OtherPace,
}

impl Verdict {
    /// The same where the twin takes another time than it did.
    pub(super) fn at_another_pace(self) -> Self {
        if matches!(self, Self::Slower(_)) { Self::OtherPace } else { self }
    }
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

    /// What a template's ratio was.
    pub(super) fn known(&self, mode: &str, name: &str) -> Option<f64> {
        self.value.get(mode)?.get("ratios")?.get(name)?.as_f64()
    }

    /// Whether the twin takes about as long as it did, in seconds, so that ratios can be compared.
    pub(super) fn has_pace(&self, mode: &str, name: &str, twin: f64) -> bool {
        let known = self.value.get(mode).and_then(|it| it["twins_s"][name].as_f64());
        known.is_none_or(|known| (1.0 / PACE..=PACE).contains(&(twin / known)))
    }

    /// The names that are known.
    pub(super) fn names(&self, mode: &str) -> Vec<String> {
        let ratios = self.value.get(mode).and_then(|it| it["ratios"].as_object());
        ratios.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    /// Writes these ratios and the times of twins, by name. What was known and is not among them stays if `keep` wants it.
    pub(super) fn update(
        &mut self,
        mode: &str,
        about: &Value,
        reason: &str,
        measured: &BTreeMap<String, (Vec<f64>, f64)>,
        keep: impl Fn(&str) -> bool,
    ) -> anyhow::Result<()> {
        let (mut all, mut twins): (BTreeMap<String, Value>, BTreeMap<String, Value>) = Default::default();
        for name in self.names(mode).into_iter().filter(|name| keep(name)) {
            let section = &self.value[mode];
            twins.insert(name.clone(), section["twins_s"][&name].clone());
            all.insert(name.clone(), section["ratios"][&name].clone());
        }
        for (name, (ratios, twin)) in measured {
            let Some(ratio) = Summary::of(ratios.iter().copied()) else { continue };
            twins.insert(name.clone(), json!((twin * 1e9).round() / 1e9));
            all.insert(name.clone(), json!((ratio.median * 1e4).round() / 1e4));
        }
        self.value["format"] = json!(FORMAT);
        self.value[mode] = json!({ "reason": reason, "about": about, "ratios": all, "twins_s": twins });
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        Ok(fs_err::write(&self.path, format!("{:#}\n", self.value))?)
    }
}

/// What the ratios of some processes say beside the baseline's, in this measurement of the three.
pub(super) fn judge(known: f64, ratios: &[f64], measurement: usize, busy: bool) -> Option<Verdict> {
    let now = Interval::of(ratios.iter().copied())?;
    let part = now.median / known;
    if part >= 1.0 - MARGINS[measurement] {
        return Some(Verdict::Fine(part));
    }
    let last = measurement + 1 == MARGINS.len();
    if last && busy && part >= 1.0 - BUSY_MARGIN {
        return Some(Verdict::Unclear);
    }
    // Where even the best of the interval is too little, its width does not matter.
    if last && now.high >= known * (1.0 - MARGINS[measurement]) {
        if now.high / now.low > WIDEST {
            return Some(Verdict::Unclear);
        }
        if now.high >= known {
            return Some(Verdict::Fine(part));
        }
    }
    Some(Verdict::Slower(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pyxide-baseline-{name}-{}", std::process::id()));
        fs_err::create_dir_all(&folder).unwrap();
        folder
    }

    /// Nine processes, which are so far apart.
    fn processes(middle: f64, spread: f64) -> Vec<f64> {
        (-4..=4).map(|step| middle * (1.0 + spread * f64::from(step) / 4.0)).collect()
    }

    #[test]
    fn twenty_percent_are_noticed_and_five_are_not() {
        for measurement in 0..3 {
            let verdict = |factor: f64| judge(10.0, &processes(10.0 / factor, 0.05), measurement, false).unwrap();
            assert!(matches!(verdict(1.2), Verdict::Slower(part) if part < 0.84), "{measurement}");
            assert!(matches!(verdict(1.05), Verdict::Fine(_)), "{measurement}");
            assert!(matches!(verdict(0.5), Verdict::Fine(part) if part > 1.9), "{measurement}");
        }
        assert_eq!(judge(10.0, &[], 0, false), None);
        assert_eq!(Verdict::Slower(0.6).at_another_pace(), Verdict::OtherPace);
        assert_eq!(Verdict::Fine(1.0).at_another_pace(), Verdict::Fine(1.0));
    }

    #[test]
    fn who_is_suspected_has_to_be_slower_each_time() {
        let seven = processes(9.3, 0.02);
        assert!(matches!(judge(10.0, &seven, 0, false), Some(Verdict::Slower(_))));
        assert!(matches!(judge(10.0, &seven, 1, false), Some(Verdict::Fine(_))));
    }

    #[test]
    fn a_busy_machine_says_nothing() {
        assert_eq!(judge(10.0, &processes(8.0, 0.3), 2, false), Some(Verdict::Unclear));
        assert!(matches!(judge(10.0, &processes(5.0, 0.3), 2, false), Some(Verdict::Slower(_))));
        assert_eq!(judge(10.0, &processes(8.3, 0.02), 2, true), Some(Verdict::Unclear));
        assert!(matches!(judge(10.0, &processes(6.0, 0.02), 2, true), Some(Verdict::Slower(_))));
        // Some processes are as quick as ever.
        let two_kinds = [8.6, 8.6, 8.6, 8.6, 8.7, 8.7, 10.0, 10.0, 10.0];
        assert!(matches!(judge(10.0, &two_kinds, 2, false), Some(Verdict::Fine(_))));
    }

    #[test]
    fn what_was_written_is_read() {
        let root = temporary("written");
        let about = json!({ "python": "3.11", "cython": "3", "compiler": "gcc 12", "machine": "x86_64" });
        let file = root.join("bench/baseline.json");
        let mut baseline = Baseline::read(&file).unwrap();
        assert_eq!(baseline.incomparable("quick", &about), None);
        let ratios =
            |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), (vec![2.0, 2.0, 2.1], 5e-5))).collect();
        baseline.update("quick", &about, "first", &ratios(&["a/b", "a/c"]), |_| true).unwrap();
        baseline.update("quick", &about, "second", &ratios(&["a/d"]), |name| name == "a/c").unwrap();
        let read = Baseline::read(&file).unwrap();
        assert_eq!(read.names("quick"), ["a/c", "a/d"]);
        assert_eq!(read.known("quick", "a/d"), Some(2.0));
        assert_eq!(read.known("full", "a/d"), None);
        assert!(read.has_pace("quick", "a/c", 5.5e-5) && read.has_pace("quick", "a/d", 4.5e-5));
        assert!(!read.has_pace("quick", "a/c", 6e-5) && !read.has_pace("quick", "a/c", 2.5e-5));
        // Who wrote no times has nothing to compare.
        assert!(read.has_pace("quick", "a/new", 1.0) && read.has_pace("full", "a/c", 1.0));
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
