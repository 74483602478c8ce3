//! How many instructions a call executes, and its twin's: what no other program on the machine can change.
//!
//! callgrind counts them in processes that import everything as fast as it can and are only watched while they call. Where
//! it is missing nothing is counted, and nothing is said about instructions.

use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::house::{House, Script};
use super::lane;
use super::measure::{Effort, calls_job};
use super::progress::Progress;
use super::template::Template;
use crate::measuring::stopwatch::Order;
use crate::say::note;

/// Instructions per call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Instructions {
    pub(super) module: f64,
    pub(super) twin: f64,
}

impl Instructions {
    /// The least of each.
    pub(super) fn least(self, other: Self) -> Self {
        Self { module: self.module.min(other.module), twin: self.twin.min(other.twin) }
    }

    /// How many times as many the twin needs.
    pub(super) fn ratio(self) -> f64 {
        self.twin / self.module
    }
}

/// Where memory lies in the counting process: for that, whoever allocates may need up to a tenth more. In each layout it
/// lies elsewhere, so that the least count of several says what is needed anyway.
pub(super) type Layout = u8;

/// The layouts beside the first, which is 0.
pub(super) const OTHER_LAYOUTS: RangeInclusive<Layout> = 1..=4;

/// Counts each template that is measured in several layouts, and gives the least counts, in the order of `templates`.
pub(super) fn least(
    house: &House,
    templates: &[&Template],
    layouts: RangeInclusive<Layout>,
    effort: &Effort,
) -> Vec<Option<Instructions>> {
    let count = layouts.clone().count();
    let wanted: Vec<_> =
        templates.iter().flat_map(|template| layouts.clone().map(|layout| (*template, layout))).collect();
    let counted = self::count(house, &wanted, effort);
    counted.chunks(count).map(|counts| counts.iter().copied().flatten().reduce(Instructions::least)).collect()
}

/// Counts for each template that is measured, in the order of `wanted`.
///
/// Sizes are those of quick runs, for callgrind takes some fifty times as long as the processor.
fn count(house: &House, wanted: &[(&Template, Layout)], effort: &Effort) -> Vec<Option<Instructions>> {
    let order = match order(house) {
        Ok(order) => order,
        Err(error) => {
            note(format_args!("instructions are not counted: {error:#}"));
            return vec![None; wanted.len()];
        }
    };
    let jobs: Vec<_> = wanted
        .iter()
        .filter_map(|(template, layout)| {
            let mut job = calls_job(house, template, effort)?;
            job["bench"]["n"] = json!(template.sidecar.bench.as_ref()?.quick);
            job["numpy"] = Value::Null;
            job["layout"] = json!(layout);
            job["counter"] = json!(house.place(COUNTER));
            job["counts"] = json!(house.place(COUNTS));
            Some(job)
        })
        .collect();
    let progress = Progress::new("counting instructions", jobs.len());
    let mut answers = lane::answers(&order, effort.jobs, &jobs, |name| progress.done(name)).into_iter();
    let counted = |(template, _): &(&Template, Layout)| {
        template.sidecar.bench.as_ref()?;
        match answers.next()? {
            Ok(report) => Some(Instructions { module: report["module"].as_f64()?, twin: report["twin"].as_f64()? }),
            Err(error) => {
                note(format_args!("the instructions of {} are not counted: {error:#}", template.name));
                None
            }
        }
    };
    wanted.iter().map(counted).collect()
}

/// What tells callgrind when to count, as a library.
const COUNTER: &str = "counter.so";

/// The folder into which callgrind writes.
const COUNTS: &str = "counts";

/// A process of callgrind.
fn order(house: &House) -> anyhow::Result<Order> {
    let counts = house.place(COUNTS);
    fs_err::create_dir_all(&counts)?;
    compile(house, &house.place(COUNTER))?;
    let valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"].map(str::to_owned);
    let output = Command::new(&valgrind[0]).arg("--version").output().context("there is no `valgrind`")?;
    ensure!(output.status.success(), "`valgrind --version` ended with {}", output.status);
    let mut order = house.many(Script::Count, house.compiler());
    let file = format!("--callgrind-out-file={}/%p", counts.display());
    order.arguments =
        ["/usr/bin/env".to_owned()].into_iter().chain(valgrind).chain([file]).chain(order.arguments).collect();
    // With several threads, what they do while they wait would count, too. Templates may ask for so many, and get one.
    order.environment.insert("OMP_THREAD_LIMIT".into(), "1".into());
    order.environment.insert("OPENBLAS_NUM_THREADS".into(), "1".into());
    Ok(order)
}

fn compile(house: &House, library: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(&house.compiler().c);
    let source = house.place("scripts").join("counter.c");
    let output = command.args(["-O1", "-shared", "-fPIC", "-o"]).arg(library).arg(source).output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    let reason = words.lines().find(|line| line.contains("error")).unwrap_or_default();
    ensure!(output.status.success(), "the header of valgrind is needed ({reason})");
    Ok(())
}
