//! What a run says beside the baseline: who is slower, who could not be judged, and what becomes the new one.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Run;
use super::baseline::{self, Baseline, Known, Verdict};
use super::instructions::{self, Instructions};
use super::measure::{self, Calls, Who};
use super::results::Row;
use super::template::Template;
use crate::say::note;

/// What is said about those that are not slower.
#[derive(Default)]
struct Outcome {
    compared: usize,
    sentences: Vec<String>,
    /// Those that only instructions could judge, and those that nothing could.
    counted: Vec<String>,
    other_pace: Vec<String>,
}

impl Outcome {
    fn add(&mut self, template: &Template, verdict: Option<Verdict>, is_counted: bool) {
        let name = &template.name;
        match verdict {
            Some(Verdict::Unclear | Verdict::OtherPace) if is_counted => self.counted.push(name.clone()),
            Some(Verdict::Unclear) => {
                let threads = "its threads had no processors of their own";
                let why = if template.is_threaded() { threads } else { "the machine is too busy" };
                self.sentences.push(format!("{name} could not be judged: {why}"));
                return;
            }
            Some(Verdict::OtherPace) => {
                self.other_pace.push(name.clone());
                return;
            }
            Some(Verdict::Fine(part)) if part > 1.25 => {
                self.sentences.push(format!("{name} is faster: {:.0} % of the baseline's ratio", part * 100.0));
            }
            _ => {}
        }
        self.compared += 1;
    }

    fn sentences(mut self) -> Vec<String> {
        let many = [
            ("judged by their instructions alone, since their times are others than in the baseline", &self.counted),
            ("not judged, since their twins take another time than when the baseline was written", &self.other_pace),
        ];
        for (what, names) in many.into_iter().filter(|(_, names)| !names.is_empty()) {
            self.sentences.push(format!("{what}: {}", names.join(", ")));
        }
        self.sentences.push(format!("compared {} templates with the baseline", self.compared));
        self.sentences
    }
}

/// What becomes known of a template.
fn known(row: &Row) -> Option<Known> {
    let calls = row.calls.as_ref()?;
    Known::new(calls.ratios(), calls.counted(Who::Twin)?, row.instructions.map(Instructions::ratio))
}

impl Run<'_> {
    /// Compares with the baseline, or writes it. The sentences are for people.
    pub(super) fn compare(
        &mut self,
        file: &Path,
        folder: &Path,
        templates: &[Template],
        rows: &[Row],
        about: &Value,
    ) -> Vec<String> {
        let mode = if self.arguments.quick { "quick" } else { "full" };
        let read = Baseline::read(file);
        if let Some(reason) = &self.arguments.update {
            let mut baseline = read.unwrap_or_else(|_| Baseline::empty(file));
            // What is there and was not measured keeps what is known of it, if that is comparable.
            let mut all = baseline.templates(mode);
            let comparable = baseline.incomparable(mode, about).is_none();
            all.retain(|name, _| comparable && folder.join("cython").join(format!("{name}.json")).exists());
            all.extend(rows.iter().filter_map(|row| Some((row.name.clone(), known(row)?))));
            let count = all.len();
            return match baseline.write(mode, about, reason, all) {
                Ok(()) => vec![format!("{} knows {count} templates of {mode} runs", baseline::PATH)],
                Err(error) => {
                    self.fail(baseline::PATH, "update", format!("{error:#}"));
                    Vec::new()
                }
            };
        }
        if !self.arguments.check {
            return Vec::new();
        }
        let baseline = match read {
            Ok(baseline) => baseline,
            Err(error) => {
                self.fail(baseline::PATH, "check", format!("{error:#}"));
                return Vec::new();
            }
        };
        if let Some(reason) = baseline.incomparable(mode, about) {
            self.fail(baseline::PATH, "check", reason);
            return Vec::new();
        }
        self.check(&baseline.templates(mode), baseline.has_other_numpy(mode, about), templates, rows)
    }

    /// Compares each with what is known of it. With another NumPy, instructions of what uses it say nothing.
    fn check(
        &mut self,
        known: &BTreeMap<String, Known>,
        other_numpy: bool,
        templates: &[Template],
        rows: &[Row],
    ) -> Vec<String> {
        let mut outcome = Outcome::default();
        for (template, row) in templates.iter().zip(rows) {
            let Some(calls) = &row.calls else { continue };
            let Some(known) = known.get(&row.name) else {
                outcome.sentences.push(format!("{} is not in the baseline yet", row.name));
                continue;
            };
            let mut counted = row.instructions.filter(|_| !(other_numpy && template.needs("numpy")));
            let part = |counted: Option<Instructions>| known.instructions_part(counted.map(Instructions::ratio));
            if part(counted).is_some_and(baseline::may_need_more) {
                counted = counted.map(|first| self.count_again(first, template));
            }
            let counted = part(counted);
            if let Some(part) = counted.filter(|part| baseline::needs_more(*part)) {
                let reason = format!(
                    "slower: a call executes {:.0} % more instructions than in the baseline, measured by its twin's",
                    (1.0 / part - 1.0) * 100.0
                );
                self.fail(&row.name, "check", reason);
                outcome.compared += 1;
                continue;
            }
            let verdict = self.verdict(*known, template, calls, counted.is_some());
            if let Some(Verdict::Slower(part)) = verdict {
                let percent = part * 100.0;
                let reason =
                    format!("slower: the ratio to its twin is {percent:.0} % of the baseline's, in three measurements");
                self.fail(&row.name, "check", reason);
            }
            outcome.add(template, verdict, counted.is_some());
        }
        outcome.sentences()
    }

    /// What time says, which is measured again where it says that a template is slower.
    fn verdict(&mut self, known: Known, template: &Template, calls: &Calls, is_counted: bool) -> Option<Verdict> {
        let judge = |calls: &Calls, measurement| {
            let is_rough = is_counted || calls.are_rough();
            let verdict = baseline::judge(known.ratio, &calls.ratios(), measurement, is_rough);
            let has_pace = calls.counted(Who::Twin).is_none_or(|twin| known.has_pace(twin));
            if has_pace { verdict } else { verdict.map(Verdict::at_another_pace) }
        };
        let mut verdict = judge(calls, 0);
        for measurement in 1..baseline::MARGINS.len() {
            let Some(Verdict::Slower(part)) = verdict else { break };
            note(format_args!("{} has {:.0} % of its speed-up; measuring again", template.name, part * 100.0));
            let again = self.calls_again(template, self.effort.processes * (measurement + 1));
            verdict = judge(&again, measurement);
        }
        verdict
    }

    /// The least instructions of a template and of its twin, wherever their memory lies.
    fn count_again(&self, first: Instructions, template: &Template) -> Instructions {
        note(format_args!("{} seems to execute more instructions; counting again", template.name));
        let again = instructions::least(&self.house, &[template], instructions::OTHER_LAYOUTS, &self.effort);
        again.into_iter().flatten().fold(first, Instructions::least)
    }

    /// Calls one template in so many new processes.
    fn calls_again(&mut self, template: &Template, processes: usize) -> Calls {
        let mut calls = Calls::none(template);
        for _ in 0..processes {
            if let Err(error) = measure::call(&self.house, &mut self.stopwatch, template, &self.effort, &mut calls) {
                note(format_args!("{}: {error:#}", template.name));
            }
        }
        calls
    }
}
