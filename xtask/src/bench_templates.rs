//! `cargo xtask bench-templates`: builds all templates, checks what they promise, and measures them beside their twins.
//!
//! 1. All templates are built, several at a time, and their demo calls are checked; the cache is empty. A few processes build
//!    one template after another, so that Cython is imported once and not for each. A full run builds each again, alone and in
//!    a new process.
//! 2. New processes load each from the cache, in turns with new processes that import the twin.
//! 3. New processes call it, in turns with the twins: within a process every round has a sample of each, and the processes
//!    of a template are spread over the run. So whatever else the machine does happens to all.
//! 4. With `--check` and `--update`, the instructions of calls are counted.
//! 5. All are built again in other ways, with their demo calls: `variants.rs` says which.
//!
//! What fails is reported by name, and the rest goes on. `baseline.rs` says what counts as slower than before.

mod baseline;
mod compare;
mod history;
mod house;
mod instructions;
mod lane;
mod measure;
mod progress;
mod report;
mod results;
mod sidecar;
mod template;
mod variants;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use self::house::{Compiler, House};
use self::measure::{Calls, Effort};
use self::progress::Progress;
use self::results::{FORMAT, Failure, Row};
use self::template::Template;
use crate::measuring::environment::{alone, installed};
use crate::measuring::stopwatch::Stopwatch;
use crate::say::{note, say};
use crate::workshop::Workshop;

/// What was asked for.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Arguments {
    /// Templates whose names contain one of these words, such as `numpy/` or `basic/square`; all without any.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Small sizes and few rounds; one other build of each instead of three.
    ///
    /// A full run builds each template once more alone in a new process, and again with `--profile release`, with `--profile
    /// fast-debug` and with Clang. A quick one has no builds in new processes, and builds each again with `fast-debug` by
    /// Clang.
    #[arg(long)]
    quick: bool,
    /// Build with this profile rather than with each template's own.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["check", "update"])]
    profile: Option<String>,
    /// How many to build at a time; as many as there are processors without it.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Use this interpreter before those that are found.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// The C compiler, such as `clang`; C++ goes to the one of the same family.
    #[arg(long, value_name = "PROGRAM")]
    cc: Option<String>,
    /// Fail where a template is slower, measured by its twin, than in data/bench/baseline.json.
    #[arg(long)]
    check: bool,
    /// Write data/bench/baseline.json, with the reason why it changes.
    #[arg(long, value_name = "REASON", conflicts_with = "check")]
    update: Option<String>,
    /// Do not build again with other profiles and by Clang.
    #[arg(long)]
    no_variants: bool,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
    /// Use the distribution that was installed by the last run, and do not build this tree.
    #[arg(long)]
    keep: bool,
    /// Take the templates of this folder rather than those of the repository.
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
    /// Write the report and the history into this folder rather than into `target/bench`.
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Compare with this file rather than with data/bench/baseline.json.
    #[arg(long, value_name = "FILE", hide = true)]
    baseline: Option<PathBuf>,
    /// Use this interpreter, which has the distribution, and install nothing.
    #[arg(long, value_name = "PATH", hide = true, conflicts_with = "python")]
    environment: Option<PathBuf>,
    /// Slow calls of a template down, to see that `--check` notices: `basic/square=20` by 20 %.
    #[arg(long, value_name = "NAME=PERCENT", hide = true)]
    slow_down: Option<SlowDown>,
}

/// A template, and how many times as long its calls shall take.
#[derive(Debug, Clone, PartialEq)]
struct SlowDown(String, f64);

impl FromStr for SlowDown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once('=').and_then(|(name, percent)| Some((name, percent.parse::<f64>().ok()?)));
        let (name, percent) = parts.ok_or("this is not NAME=PERCENT")?;
        Ok(Self(name.to_owned(), 1.0 + percent / 100.0))
    }
}

/// Where a run works, and what it found out.
struct Run<'a> {
    arguments: &'a Arguments,
    effort: Effort,
    house: House,
    stopwatch: Stopwatch,
    failures: Vec<Failure>,
}

/// Builds, measures, prints, and tells whether all is as it should be.
pub(crate) fn run(root: PathBuf, arguments: &Arguments) -> anyhow::Result<bool> {
    let given: Vec<_> = arguments.python.iter().cloned().collect();
    let workshop = Workshop::open(root, &given)?;
    let output = arguments.output.clone().unwrap_or_else(|| workshop.target.join("bench"));
    fs_err::create_dir_all(&output)?;
    let output = fs_err::canonicalize(output)?;
    if let Some(python) = &arguments.environment {
        return measured(&workshop, python.clone(), &output.join("work"), &output, arguments);
    }
    let _alone = alone(&workshop)?;
    let environment = installed(&workshop, arguments.keep)?;
    measured(&workshop, environment.python(), &workshop.folder.join("bench-templates"), &output, arguments)
}

/// The same in an environment that is there. `work` is removed first.
fn measured(
    workshop: &Workshop,
    python: PathBuf,
    work: &Path,
    output: &Path,
    arguments: &Arguments,
) -> anyhow::Result<bool> {
    let started = Instant::now();
    let compiler = arguments.cc.as_deref().map_or_else(Compiler::default, |name| Ok(Compiler::named(name)))?;
    let about = about(&workshop.root, &python, &compiler)?;
    let jobs = arguments.jobs.or(available_parallelism().ok()).map_or(1, NonZero::get);
    let mut effort = Effort::new(arguments.quick, jobs);
    effort.profile.clone_from(&arguments.profile);
    effort.slower = arguments.slow_down.clone().map(|SlowDown(name, factor)| (name, factor));
    let folder = arguments.templates.clone().unwrap_or_else(|| workshop.root.join("templates"));
    let folder = fs_err::canonicalize(folder)?;
    let (templates, unusable) = template::find(&folder, &arguments.filters)?;
    ensure!(!templates.is_empty() || !unusable.is_empty(), "no template's name contains {:?}", arguments.filters);
    let house = House::open(work, python, compiler)?;
    let stopwatch = house.stopwatch("measuring")?;
    let failures = unusable.into_iter().map(|(name, reason)| Failure { name, step: "template".into(), reason });
    let mut run = Run { arguments, effort, house, stopwatch, failures: failures.collect() };
    if arguments.json {
        say(format_args!("{}", json!({ "format": FORMAT, "kind": "about", "about": about })));
    } else {
        say(format_args!("{}", sentence(&about)));
    }

    let mut rows = run.build(&templates);
    run.call(&templates, &mut rows);
    run.load(&templates, &mut rows);
    if arguments.check || arguments.update.is_some() {
        run.count(&templates, &mut rows);
    }
    if !arguments.no_variants {
        run.variants(&templates);
    }
    let baseline = arguments.baseline.clone().unwrap_or_else(|| workshop.root.join(baseline::PATH));
    let verdicts = run.compare(&baseline, &folder, &templates, &rows, &about);
    let kind = run.kind(&folder, &about);
    let runs = history::add(&output.join("history.jsonl"), &history::line(&kind, &about, &rows))?;
    let took = started.elapsed().as_secs_f64();
    let page = output.join("report.html");
    let facts = report::Facts { about: &about, quick: arguments.quick, took, profile: arguments.profile.as_deref() };
    fs_err::write(&page, report::page(&rows, &run.failures, &runs, &facts))?;
    run.say(&rows, &verdicts);
    note(format_args!("{} templates in {took:.0} s; the report is {}", rows.len(), page.display()));
    Ok(run.failures.is_empty())
}

impl Run<'_> {
    fn fail(&mut self, name: &str, step: &str, reason: impl Into<String>) {
        self.failures.push(Failure { name: name.to_owned(), step: step.to_owned(), reason: reason.into() });
    }

    /// Builds all, and gives a row for each that was built.
    fn build(&mut self, templates: &[Template]) -> Vec<Row> {
        let built = measure::build(&self.house, templates, &self.effort);
        let mut rows = Vec::new();
        for (template, (cold, failures)) in templates.iter().zip(built) {
            for failure in failures {
                self.fail(&template.name, "build", failure);
            }
            let (name, title) = (template.name.clone(), template.sidecar.title.clone());
            rows.push(Row { name, title, cold, loads: None, calls: None, instructions: None });
        }
        let good: Vec<_> = rows.iter().zip(templates).filter(|(row, _)| row.cold.is_some()).map(|it| it.1).collect();
        let again = measure::build_alone(&self.house, &mut self.stopwatch, &good, &self.effort);
        for (template, cold) in good.iter().zip(again) {
            if let (Some(row), Some(cold)) = (rows.iter_mut().find(|row| row.name == template.name), cold) {
                row.cold = Some(cold);
            }
        }
        rows
    }

    /// Calls each beside its twins, in some processes that are spread over the time.
    fn call(&mut self, templates: &[Template], rows: &mut [Row]) {
        let measured: Vec<_> = (0..rows.len())
            .filter(|index| rows[*index].cold.is_some() && templates[*index].sidecar.bench.is_some())
            .collect();
        let progress = Progress::new("calling", measured.len() * self.processes());
        for _ in 0..self.processes() {
            for index in &measured {
                let (template, row) = (&templates[*index], &mut rows[*index]);
                let failed = self.failures.iter().any(|it| it.name == template.name && it.step == "calls");
                if !failed {
                    let calls = row.calls.get_or_insert_with(|| Calls::none(template));
                    if let Err(error) = measure::call(&self.house, &mut self.stopwatch, template, &self.effort, calls) {
                        row.calls = None;
                        self.fail(&template.name, "calls", format!("{error:#}"));
                    }
                }
                progress.done(&template.name);
            }
        }
    }

    /// What becomes the baseline is measured for longer.
    fn processes(&self) -> usize {
        if self.arguments.update.is_some() { self.effort.processes * 3 } else { self.effort.processes }
    }

    /// Loads each from the cache.
    fn load(&mut self, templates: &[Template], rows: &mut [Row]) {
        let progress = Progress::new("loading from the cache", rows.len());
        for (template, row) in templates.iter().zip(rows).filter(|(_, row)| row.cold.is_some()) {
            match measure::load(&self.house, &mut self.stopwatch, template, &self.effort) {
                Ok(loads) => row.loads = Some(loads),
                Err(error) => self.fail(&template.name, "load", format!("{error:#}")),
            }
            progress.done(&template.name);
        }
    }

    /// Counts the instructions of those that were called.
    fn count(&self, templates: &[Template], rows: &mut [Row]) {
        let (called, mut rows): (Vec<_>, Vec<_>) =
            templates.iter().zip(rows).filter(|(_, row)| row.calls.is_some()).unzip();
        // Where memory lies is not to be in a baseline.
        let layouts = 0..=if self.arguments.update.is_some() { *instructions::OTHER_LAYOUTS.end() } else { 0 };
        let counted = instructions::least(&self.house, &called, layouts, &self.effort);
        for (row, counted) in rows.iter_mut().zip(counted) {
            row.instructions = counted;
        }
    }

    /// Builds all in other ways. Who failed before is left out: it would say the same again.
    fn variants(&mut self, templates: &[Template]) {
        let failed = |template: &&Template| self.failures.iter().any(|it| it.name == template.name);
        let good: Vec<_> = templates.iter().filter(|template| !failed(template)).collect();
        self.failures.extend(variants::build(&self.house, &good, &self.effort));
    }

    /// What makes runs comparable.
    fn kind(&self, folder: &Path, about: &Value) -> String {
        let mode = if self.arguments.quick { "quick" } else { "full" };
        let profile = self.arguments.profile.as_deref().unwrap_or("default");
        let own = if self.arguments.templates.is_some() { folder.display().to_string() } else { String::new() };
        let text = |name: &str| about[name].as_str().unwrap_or_default().to_owned();
        let filters = self.arguments.filters.join(" ");
        format!("{mode} {profile} {} {} {own} {filters}", text("python"), text("compiler")).trim_end().to_owned()
    }

    fn say(&self, rows: &[Row], verdicts: &[String]) {
        if self.arguments.json {
            for object in rows.iter().map(Row::object).chain(self.failures.iter().map(Failure::object)) {
                say(format_args!("{object}"));
            }
            let summary = json!({
                "format": FORMAT,
                "kind": "summary",
                "templates": rows.len(),
                "failures": self.failures.len(),
                "speedup_mean": results::mean(rows.iter().filter_map(|row| Some(row.speedup()?.median))),
                "remarks": verdicts,
            });
            say(format_args!("{summary}"));
            return;
        }
        say(format_args!("\n{}", results::table(rows)));
        for verdict in verdicts {
            say(format_args!("{verdict}"));
        }
        for failure in &self.failures {
            say(format_args!("{}", failure.text()));
        }
    }
}

/// What the numbers depend on.
fn about(root: &Path, python: &Path, compiler: &Compiler) -> anyhow::Result<Value> {
    const QUESTION: &str = "\
import datetime, json, os, platform, sys
import Cython, numpy
model = ''
try:
    with open('/proc/cpuinfo') as file:
        model = next((line.partition(':')[2].strip() for line in file if line.startswith('model name')), '')
except OSError:
    pass
now = datetime.datetime.now(datetime.timezone.utc)
print(json.dumps({
    'when': now.strftime('%Y-%m-%dT%H:%M:%SZ'), 'python': '%d.%d' % sys.version_info[:2], 'python_version': sys.version.split()[0],
    'cython': Cython.__version__, 'numpy': numpy.__version__, 'machine': platform.machine(), 'processor': model,
    'processors': os.cpu_count(), 'load': round(os.getloadavg()[0], 2), 'system': platform.system(),
}))
";
    let output = Command::new(python).args(["-I", "-c", QUESTION]).output()?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ensure!(output.status.success(), "the environment does not answer: {words}");
    let mut about: Value = serde_json::from_slice(&output.stdout)?;
    let version = Command::new(&compiler.c).arg("--version").output();
    let version = version.with_context(|| format!("cannot start the compiler `{}`", compiler.c))?;
    let version = String::from_utf8_lossy(&version.stdout);
    about["compiler"] = json!(version.lines().next().unwrap_or_default().trim());
    let commit =
        Command::new("git").args(["describe", "--always", "--dirty", "--exclude", "*"]).current_dir(root).output();
    let commit = commit.ok().filter(|it| it.status.success());
    about["commit"] = json!(commit.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned()).unwrap_or_default());
    Ok(about)
}

/// The same for people.
fn sentence(about: &Value) -> String {
    let text = |name: &str| about[name].as_str().unwrap_or_default();
    format!(
        "Python {}, Cython {}, NumPy {}, {}; {} processors ({}), load {}",
        text("python_version"),
        text("cython"),
        text("numpy"),
        text("compiler"),
        about["processors"],
        text("processor"),
        about["load"]
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parsed(words: &[&str]) -> Result<Arguments, clap::Error> {
        Ok(Program::try_parse_from(["program"].iter().chain(words))?.arguments)
    }

    #[test]
    fn only_what_is_comparable_is_compared() {
        assert!(parsed(&["--check", "--profile", "release"]).is_err());
        assert!(parsed(&["--check", "--update", "x"]).is_err());
        assert!(parsed(&["--update"]).is_err());
        assert!(parsed(&["numpy/", "basic/", "--quick", "--check", "--cc", "clang"]).is_ok());
    }

    #[test]
    fn a_slow_down_has_a_name_and_a_size() {
        assert_eq!("a/b=20".parse(), Ok(SlowDown("a/b".into(), 1.2)));
        assert!("a/b".parse::<SlowDown>().is_err());
    }
}
