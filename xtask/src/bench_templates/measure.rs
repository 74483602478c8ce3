//! What is measured of a template, and how.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::house::{House, Script, ask};
use super::lane;
use super::progress::Progress;
use super::template::Template;
use crate::measuring::statistics::{Interval, Summary};
use crate::measuring::stopwatch::{Measured, Stopwatch};
use crate::say::note;

/// How much is measured.
#[derive(Debug, Clone)]
pub(super) struct Effort {
    pub(super) quick: bool,
    /// How many builds at a time.
    pub(super) jobs: usize,
    /// What all are built with, if not each with its own.
    pub(super) profile: Option<String>,
    /// How many processes call each template.
    pub(super) processes: usize,
    /// How many rounds each of them may have, and has to have.
    rounds: usize,
    least: usize,
    /// Seconds of one sample, and of all samples of a process.
    sample: f64,
    budget: f64,
    /// How many processes load each template from the cache.
    loads: usize,
    /// How many more builds there are, with no other beside them.
    alone: usize,
    /// A template's name and a factor: for who looks whether that is noticed.
    pub(super) slower: Option<(String, f64)>,
}

/// A build.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cold {
    /// Seconds, of the whole process where there is one for it.
    pub(super) wall: f64,
    pub(super) cpu: f64,
    pub(super) cython: f64,
    pub(super) compiler: f64,
    pub(super) linker: f64,
    /// Bytes of the extension module, or of all of a package.
    pub(super) artifact: f64,
    pub(super) place: Place,
}

/// Where a template was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Alone, in a new process that starts Python and imports Cython.
    NewProcess,
    /// In a process that has built others before, while so many others were building.
    Lane { beside: usize },
}

/// New processes that load something: seconds of the processes, and inside of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) wall: Summary,
    pub(super) cpu: Summary,
    pub(super) inside: Summary,
}

/// A template in new processes, and its twin.
#[derive(Debug, Clone)]
pub(super) struct Loads {
    pub(super) module: Load,
    pub(super) twin: Option<Load>,
    /// Large modules such as NumPy that the template imports, so that the twin's processes import them, too: who imports
    /// NumPy is not slow because it was compiled.
    pub(super) also: Vec<String>,
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Module,
    Twin,
    NumPy,
}

/// Seconds per call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) wall: Interval,
    pub(super) cpu: Interval,
}

/// What one round gave: seconds of wall and processor time per call.
type Sample = [f64; 2];

/// The rounds of one process.
#[derive(Debug, Clone)]
struct Process {
    /// Seconds until a request that was made before is answered again.
    hit: f64,
    rounds: Vec<(Sample, Sample, Option<Sample>)>,
}

/// All calls of a template and its twins.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    processes: Vec<Process>,
    threaded: bool,
}

impl Effort {
    pub(super) fn new(quick: bool, jobs: usize) -> Self {
        let common = Self {
            quick,
            jobs,
            profile: None,
            processes: 5,
            rounds: 40,
            least: 5,
            sample: 0.005,
            budget: 0.6,
            loads: 9,
            alone: 1,
            slower: None,
        };
        if quick {
            Self { processes: 3, rounds: 15, sample: 0.002, budget: 0.15, loads: 5, alone: 0, ..common }
        } else {
            common
        }
    }

    fn more(&self) -> Value {
        self.profile.as_ref().map_or_else(|| json!({}), |profile| json!({ "profile": profile }))
    }
}

/// Builds all, several at a time, and checks the demo calls. What is not as it should be comes with each.
pub(super) fn build(house: &House, templates: &[Template], effort: &Effort) -> Vec<(Option<Cold>, Vec<String>)> {
    let progress = Progress::new("building and checking", templates.len());
    let lanes = effort.jobs.min(templates.len()).max(1);
    let jobs: Vec<_> = templates.iter().map(|template| job(house, template, effort.more(), lanes, true)).collect();
    let order = house.many(Script::Build, house.compiler());
    let built = lane::answers(&order, lanes, &jobs, |name| progress.done(name));
    let made = |answer: anyhow::Result<Value>| {
        answer.map_or_else(
            |error| (None, vec![format!("{error:#}")]),
            |report| {
                let (wall, cpu) = (seconds(&report, "inside"), seconds(&report, "cpu"));
                (cold(&report, wall, cpu, Place::Lane { beside: lanes - 1 }), faults(&report))
            },
        )
    };
    built.into_iter().map(made).collect()
}

/// Builds each again, alone; of several builds it takes the middle of each time.
pub(super) fn build_alone(
    house: &House,
    stopwatch: &mut Stopwatch,
    templates: &[&Template],
    effort: &Effort,
) -> Vec<Option<Cold>> {
    let mut all: Vec<Vec<Cold>> = templates.iter().map(|_| Vec::new()).collect();
    if effort.alone > 0 {
        let progress = Progress::new("building one at a time", templates.len() * effort.alone);
        for _ in 0..effort.alone {
            for (template, builds) in templates.iter().zip(&mut all) {
                let mut more = effort.more();
                more["force_rebuild"] = json!(true);
                match one(house, stopwatch, template, more) {
                    Ok((Some(cold), _)) => builds.push(cold),
                    Ok((None, failures)) => note(format_args!("{}: {}", template.name, failures.join("; "))),
                    Err(error) => note(format_args!("{}: {error:#}", template.name)),
                }
                progress.done(&template.name);
            }
        }
    }
    all.iter()
        .map(|builds| {
            let middle = |value: fn(&Cold) -> f64| Summary::of(builds.iter().map(value)).map(|it| it.median);
            Some(Cold {
                wall: middle(|it| it.wall)?,
                cpu: middle(|it| it.cpu)?,
                cython: middle(|it| it.cython)?,
                compiler: middle(|it| it.compiler)?,
                linker: middle(|it| it.linker)?,
                artifact: middle(|it| it.artifact)?,
                place: Place::NewProcess,
            })
        })
        .collect()
}

fn one(
    house: &House,
    stopwatch: &mut Stopwatch,
    template: &Template,
    more: Value,
) -> anyhow::Result<(Option<Cold>, Vec<String>)> {
    let job = job(house, template, more, 1, false);
    let (measured, report) = ask(stopwatch, house.order(Script::Build, &job))?;
    Ok((cold(&report, measured.wall, measured.cpu, Place::NewProcess), faults(&report)))
}

/// What builds a template. `more` are options of this build.
pub(super) fn job(house: &House, template: &Template, mut more: Value, lanes: usize, demo: bool) -> Value {
    if template.path.is_dir() && lanes > 1 {
        // Its modules would be built at the same time as well.
        more["jobs"] = json!(1);
    }
    let sidecar = &template.sidecar;
    let demo = if demo { json!(sidecar.demo) } else { json!([]) };
    house.job(template, json!({ "more": more, "demo": demo, "setup": sidecar.setup }))
}

/// All that a build's answer complains about.
fn faults(report: &Value) -> Vec<String> {
    let warnings = lines(report, "warnings").map(|warning| format!("there is a warning: {warning}"));
    lines(report, "failures").map(str::to_owned).chain(warnings).collect()
}

/// The texts of this name in an answer.
pub(super) fn lines<'a>(report: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    report[name].as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn cold(report: &Value, wall: f64, cpu: f64, place: Place) -> Option<Cold> {
    report["cython_s"].is_number().then(|| Cold {
        wall,
        cpu,
        cython: seconds(report, "cython_s"),
        compiler: seconds(report, "compiler_s") - seconds(report, "linker_s"),
        linker: seconds(report, "linker_s"),
        artifact: seconds(report, "artifact"),
        place,
    })
}

fn seconds(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap_or_default()
}

/// Loads a template in new processes, and its twin in turns with it.
///
/// Whoever was called before has written its bytecode and filled the system's caches.
pub(super) fn load(
    house: &House,
    stopwatch: &mut Stopwatch,
    template: &Template,
    effort: &Effort,
) -> anyhow::Result<Loads> {
    let mut ask = |twin: Value, also: &[String]| {
        let mut job = house.job(template, json!({ "twin": twin, "also": also }));
        if let Some(profile) = &effort.profile {
            job["options"]["profile"] = json!(profile);
        }
        ask(stopwatch, house.order(Script::Warm, &job))
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut also = Vec::new();
    for _ in 0..effort.loads {
        let first = ask(Value::Null, &[])?;
        also = lines(&first.1, "also").map(str::to_owned).collect();
        ours.push(first);
        if let Some(twin) = &template.twin {
            theirs.push(ask(json!(twin), &also)?);
        }
    }
    let load = |runs: &[(Measured, Value)]| {
        Some(Load {
            wall: Summary::of(runs.iter().map(|(it, _)| it.wall))?,
            cpu: Summary::of(runs.iter().map(|(it, _)| it.cpu))?,
            inside: Summary::of(runs.iter().filter_map(|(_, report)| report["inside"].as_f64()))?,
        })
    };
    Ok(Loads { module: load(&ours).context("nothing was loaded")?, twin: load(&theirs), also })
}

/// What calls a template and its twins, if it is measured.
pub(super) fn calls_job(house: &House, template: &Template, effort: &Effort) -> Option<Value> {
    let bench = template.sidecar.bench.as_ref()?;
    let slower = effort.slower.as_ref().filter(|(name, _)| *name == template.name).map_or(1.0, |(_, factor)| *factor);
    let mut job = house.job(
        template,
        json!({
            "twin": template.twin,
            "numpy": template.numpy,
            "bench": { "setup": bench.setup, "call": bench.call, "n": if effort.quick { bench.quick } else { bench.full } },
            "sample": effort.sample,
            "budget": effort.budget,
            "rounds": effort.rounds,
            "least": effort.least,
            "slower": slower,
        }),
    );
    if let Some(profile) = &effort.profile {
        job["options"]["profile"] = json!(profile);
    }
    Some(job)
}

/// Calls a template and its twins in one new process, and adds that to what is known.
pub(super) fn call(
    house: &House,
    stopwatch: &mut Stopwatch,
    template: &Template,
    effort: &Effort,
    calls: &mut Calls,
) -> anyhow::Result<()> {
    let job = calls_job(house, template, effort).context("it is not measured")?;
    let (_, report) = ask(stopwatch, house.order(Script::Calls, &job))?;
    let sample = |value: &Value| Some([value[0].as_f64()?, value[1].as_f64()?]);
    let rounds: Vec<_> = report["rounds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|round| Some((sample(&round["module"])?, sample(&round["twin"])?, sample(&round["numpy"]))))
        .collect();
    ensure!(!rounds.is_empty(), "nothing was called");
    calls.processes.push(Process { hit: report["hit"].as_f64().unwrap_or_default(), rounds });
    Ok(())
}

impl Calls {
    pub(super) fn none(template: &Template) -> Self {
        Self { processes: Vec::new(), threaded: template.is_threaded() }
    }

    /// Seconds until a request that was made before is answered again, in the same process.
    pub(super) fn hit(&self) -> Option<Summary> {
        Summary::of(self.processes.iter().map(|process| process.hit))
    }

    /// Seconds per call.
    pub(super) fn of(&self, who: Who) -> Option<Call> {
        let times = |kind: usize| {
            let rounds = self.processes.iter().flat_map(|process| &process.rounds);
            Interval::of(rounds.filter_map(|(module, twin, numpy)| match who {
                Who::Module => Some(module[kind]),
                Who::Twin => Some(twin[kind]),
                Who::NumPy => numpy.map(|numpy| numpy[kind]),
            }))
        };
        Some(Call { wall: times(0)?, cpu: times(1)? })
    }

    /// Seconds per call, of the kind that counts.
    pub(super) fn counted(&self, who: Who) -> Option<f64> {
        let call = self.of(who)?;
        Some(if self.threaded { call.wall.median } else { call.cpu.median })
    }

    /// How many times faster the module is than a twin, of whose rounds each is a pair.
    ///
    /// This is about processor time, in which nobody counts who had the processor in the meantime; only where several
    /// threads work it is about wall time.
    pub(super) fn speedup(&self, than: Who) -> Option<Interval> {
        let kind = self.kind();
        let rounds = self.processes.iter().flat_map(|process| &process.rounds);
        Interval::of(rounds.filter_map(|(module, twin, numpy)| {
            let other = if than == Who::NumPy { (*numpy)? } else { *twin };
            Some(other[kind] / module[kind])
        }))
    }

    /// Which of a sample's times counts.
    fn kind(&self) -> usize {
        usize::from(!self.threaded)
    }

    /// The ratio to the twin that is compared with the baseline's, one for each process.
    pub(super) fn ratios(&self) -> Vec<f64> {
        let kind = self.kind();
        let ratio = |process: &Process| {
            Some(Summary::of(process.rounds.iter().map(|(module, twin, _)| twin[kind] / module[kind]))?.median)
        };
        self.processes.iter().filter_map(ratio).collect()
    }

    /// Whether others may have had the processor for a good part of the time.
    pub(super) fn are_rough(&self) -> bool {
        self.threaded || self.were_disturbed()
    }

    fn were_disturbed(&self) -> bool {
        const AT_MOST: f64 = 1.2;
        let samples = self.processes.iter().flat_map(|it| &it.rounds).flat_map(|(module, twin, _)| [module, twin]);
        let (wall, cpu) = samples.fold((0.0, 0.0), |(wall, cpu), sample| (wall + sample[0], cpu + sample[1]));
        wall > cpu * AT_MOST
    }

    /// As if these ratios had been measured, for tests.
    #[cfg(test)]
    pub(super) fn with_ratios(ratios: &[f64]) -> Self {
        let process = |ratio: &f64| Process { hit: 1e-6, rounds: vec![([1.0, 1.0], [*ratio, *ratio], None); 6] };
        Self { processes: ratios.iter().map(process).collect(), threaded: false }
    }
}
