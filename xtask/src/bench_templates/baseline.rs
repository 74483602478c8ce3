//! `data/bench/baseline.json`: how many times faster than its twin each template was, and what of that is beyond noise.
//!
//! Ratios are kept, not times: a slower machine is slower with both. What remains is that another processor, compiler or
//! interpreter has other ratios, so a baseline says whose it is, and is compared with no others.
//!
//! There are two witnesses.
//!
//! **Instructions**: how many times as many as the template the twin executes in a call, where callgrind can count them.
//! Nobody else on the machine changes that. What does is where memory lies: who allocates may need up to a tenth more for
//! that. So the baseline has the least counts of five layouts of memory; one whose ratio is 5 % less in the first is counted
//! in the others, too, and is slower if the ratio of the least counts is 10 % less. What instructions do not tell is that they take longer, such as those that wait for memory.
//!
//! **Time**: a template is slower when three measurements in a row say so, each in new processes, and each in more of them:
//!
//! | measurement | processes | their middle ratio is less than the baseline's by more than |
//! |---|---|---|
//! | that of the run | 3 (quick), 5 (full) | 6 % |
//! | again, this template alone | twice as many | 8 % |
//! | and again | three times as many | 10 %, and the 95 % interval of the processes is below the baseline, too |
//!
//! Where a call was counted and executes as many instructions as ever, time alone has to be a quarter less in the end; what
//! is between is a remark of the run.
//!
//! So what comes from one process, such as where its memory lies, and what disturbs for some seconds, is no slow-down.
//!
//! Who shares a processor with others is slowed down by them, compiled loops more than the interpreter, as long as they
//! work. So on a busy machine, where calls were kept from the processor for a sixth of their time, a ratio has to be a
//! quarter less; and where the last interval is as wide as a slow-down would be large, nothing is said about it at all. Both
//! are remarks, too.
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
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::measuring::statistics::{Interval, Summary};

/// Where it is, below the folder of the workspace.
pub(super) const PATH: &str = "data/bench/baseline.json";

const FORMAT: u64 = 2;

/// How much less than the baseline's a ratio has to be, measurement by measurement.
pub(super) const MARGINS: [f64; 3] = [0.06, 0.08, 0.10];

/// The same for the ratio of instructions: at first, and with the least counts of all layouts.
const INSTRUCTIONS_MARGINS: [f64; 2] = [0.05, 0.10];

/// What time has to be less in the end where something speaks against it: others at work, or instructions.
const DOUBTFUL_MARGIN: f64 = 0.25;

/// How many times as long, or as short, a twin may take as it did.
const PACE: f64 = 1.15;

/// An interval whose ends are farther apart says nothing about 20 %.
const WIDEST: f64 = 1.25;

/// What a measurement is compared with.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    path: PathBuf,
    file: File,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct File {
    format: u64,
    /// By the kind of run, `quick` or `full`.
    #[serde(flatten)]
    runs: BTreeMap<String, Section>,
}

/// What was known after a run of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Section {
    about: Value,
    /// Why it was written.
    reason: String,
    templates: BTreeMap<String, Known>,
}

/// What is known of a template.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    /// How many times as long as a call of the template one of its twin takes.
    pub(super) ratio: f64,
    /// How long that is, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    twin_s: Option<f64>,
    /// How many times as many instructions a call of the twin needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instructions: Option<f64>,
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

impl Known {
    /// What was measured in some processes; nothing if there were none.
    pub(super) fn new(ratios: Vec<f64>, twin: f64, instructions: Option<f64>) -> Option<Self> {
        let rounded = |value: f64, digits: f64| (value * digits).round() / digits;
        Some(Self {
            ratio: rounded(Summary::of(ratios)?.median, 1e4),
            twin_s: Some(rounded(twin, 1e9)),
            instructions: instructions.map(|it| rounded(it, 1e4)),
        })
    }

    /// Whether the twin takes about as long as it did, in seconds, so that ratios of times can be compared.
    pub(super) fn has_pace(&self, twin: f64) -> bool {
        self.twin_s.is_none_or(|known| (1.0 / PACE..=PACE).contains(&(twin / known)))
    }

    /// Which part of the baseline's ratio of instructions this one is, where both are known.
    pub(super) fn instructions_part(&self, now: Option<f64>) -> Option<f64> {
        Some(now? / self.instructions?)
    }
}

/// Whether such a part is worth counting again, with the memory elsewhere.
pub(super) fn may_need_more(part: f64) -> bool {
    part < 1.0 - INSTRUCTIONS_MARGINS[0]
}

/// Whether the part with the least of those counts is a slow-down.
pub(super) fn needs_more(part: f64) -> bool {
    part < 1.0 - INSTRUCTIONS_MARGINS[1]
}

impl Baseline {
    /// Reads the file; where there is none, nothing is known.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Self::empty(path));
        }
        let text = fs_err::read_to_string(path)?;
        let value: Value = serde_json::from_str(&text).with_context(|| format!("`{PATH}` is no JSON"))?;
        anyhow::ensure!(
            value["format"] == FORMAT,
            "`{PATH}` has format {}, and this program understands {FORMAT}; write it anew with `--update REASON`",
            value["format"]
        );
        let file = serde_json::from_value(value).with_context(|| format!("`{PATH}` is not as `--update` writes it"))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Nothing is known.
    pub(super) fn empty(path: &Path) -> Self {
        Self { path: path.to_owned(), file: File { format: FORMAT, runs: BTreeMap::new() } }
    }

    /// Why it cannot be compared with what is measured now, if it cannot.
    pub(super) fn incomparable(&self, mode: &str, about: &Value) -> Option<String> {
        let was = &self.file.runs.get(mode)?.about;
        let differing = ["python", "cython", "compiler", "machine"].into_iter().filter(|name| was[name] != about[name]);
        let differing: Vec<_> =
            differing.map(|name| format!("{name} was {}, and is {}", was[name], about[name])).collect();
        (!differing.is_empty())
            .then(|| format!("`{PATH}` was measured elsewhere: {}; ratios depend on that", differing.join("; ")))
    }

    /// Whether NumPy was another one, whose own instructions differ.
    pub(super) fn has_other_numpy(&self, mode: &str, about: &Value) -> bool {
        self.file.runs.get(mode).is_some_and(|section| section.about["numpy"] != about["numpy"])
    }

    /// What is known of each template.
    pub(super) fn templates(&self, mode: &str) -> BTreeMap<String, Known> {
        self.file.runs.get(mode).map(|section| section.templates.clone()).unwrap_or_default()
    }

    /// Writes what is now known of each, and why.
    pub(super) fn write(
        &mut self,
        mode: &str,
        about: &Value,
        reason: &str,
        templates: BTreeMap<String, Known>,
    ) -> anyhow::Result<()> {
        let section = Section { about: about.clone(), reason: reason.to_owned(), templates };
        self.file.runs.insert(mode.to_owned(), section);
        if let Some(folder) = self.path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(&self.file)?;
        Ok(fs_err::write(&self.path, text + "\n")?)
    }
}

/// What the ratios of some processes say beside the baseline's, in this measurement of the three.
pub(super) fn judge(known: f64, ratios: &[f64], measurement: usize, is_doubtful: bool) -> Option<Verdict> {
    let now = Interval::of(ratios.iter().copied())?;
    let part = now.median / known;
    if part >= 1.0 - MARGINS[measurement] {
        return Some(Verdict::Fine(part));
    }
    let last = measurement + 1 == MARGINS.len();
    if last && is_doubtful && part >= 1.0 - DOUBTFUL_MARGIN {
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
    use serde_json::json;

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
        let known = |instructions| Known::new(vec![2.0, 2.0, 2.1], 5e-5, instructions).unwrap();
        let templates = [("a/c", known(None)), ("a/d", known(Some(8.0)))].map(|(name, it)| (name.to_owned(), it));
        baseline.write("quick", &about, "first", templates.into()).unwrap();
        let read = Baseline::read(&file).unwrap();
        let expected = [("a/c", known(None)), ("a/d", known(Some(8.0)))].map(|(name, it)| (name.to_owned(), it));
        assert_eq!(read.templates("quick"), expected.into());
        assert!(read.templates("full").is_empty());
        assert!(known(None).has_pace(5.5e-5) && known(None).has_pace(4.5e-5));
        assert!(Known { twin_s: None, ..known(None) }.has_pace(6e-5));
        assert!(!known(None).has_pace(6e-5) && !known(None).has_pace(2.5e-5));
        assert!(!read.has_other_numpy("quick", &about));
        assert!(read.has_other_numpy("quick", &json!({ "numpy": "2.0" })));
        let other = json!({ "python": "3.13", "cython": "3", "compiler": "gcc 12", "machine": "x86_64" });
        let reason = read.incomparable("quick", &other).unwrap();
        assert!(reason.contains("python was \"3.11\", and is \"3.13\""), "{reason}");
        fs_err::remove_dir_all(root).unwrap();
    }

    #[test]
    fn instructions_speak_where_they_are_counted() {
        let known = Known::new(vec![2.0], 1.0, Some(10.0)).unwrap();
        assert_eq!(known.instructions_part(None), None);
        assert!(known.instructions_part(Some(10.0 / 1.2)).is_some_and(|part| may_need_more(part) && needs_more(part)));
        assert!(known.instructions_part(Some(9.2)).is_some_and(|part| may_need_more(part) && !needs_more(part)));
        assert!(known.instructions_part(Some(9.6)).is_some_and(|part| !may_need_more(part)));
        let uncounted = Known::new(vec![2.0], 1.0, None).unwrap();
        assert_eq!(uncounted.instructions_part(Some(1.0)), None);
        assert_eq!(Known::new(vec![], 1.0, None), None);
    }

    #[test]
    fn another_format_is_refused() {
        let root = temporary("format");
        let file = root.join("baseline.json");
        fs_err::write(&file, "{\"format\": 7}").unwrap();
        let error = Baseline::read(&file).unwrap_err().to_string();
        assert!(error.contains("has format 7") && error.contains("--update"), "{error}");
        for (wrong, expected) in
            [("{", "is no JSON"), ("{\"format\": 2, \"quick\": {}}", "is not as `--update` writes it")]
        {
            fs_err::write(&file, wrong).unwrap();
            assert!(Baseline::read(&file).unwrap_err().to_string().contains(expected), "{wrong}");
        }
        fs_err::remove_dir_all(root).unwrap();
    }
}
