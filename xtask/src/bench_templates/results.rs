//! What is known of each template in the end, as a table and as data.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::instructions::Instructions;
use super::measure::{Calls, Cold, Load, Loads, Place, Who};
use crate::measuring::statistics::{Interval, Summary};

/// The version of the objects that `--json` prints.
pub(super) const FORMAT: u32 = 1;

/// All about one template.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) cold: Option<Cold>,
    pub(super) loads: Option<Loads>,
    pub(super) calls: Option<Calls>,
    pub(super) instructions: Option<Instructions>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The template, or the file.
    pub(super) name: String,
    /// What was done: `build`, `clang`, `calls`.
    pub(super) step: String,
    pub(super) reason: String,
}

impl Row {
    /// The import of the twin.
    pub(super) fn twin(&self) -> Option<Load> {
        self.loads.as_ref()?.twin
    }

    /// What marks times of a template that imports something large.
    pub(super) fn mark(&self) -> &'static str {
        if self.loads.as_ref().is_some_and(|it| !it.also.is_empty()) { "*" } else { "" }
    }

    pub(super) fn speedup(&self) -> Option<Interval> {
        self.calls.as_ref()?.speedup(Who::Twin)
    }

    /// How many times faster than the twin in Python the one with NumPy is.
    pub(super) fn numpy_speedup(&self) -> Option<f64> {
        let calls = self.calls.as_ref()?;
        Some(self.speedup()?.median / calls.speedup(Who::NumPy)?.median)
    }

    pub(super) fn object(&self) -> Value {
        let summary =
            |it: Summary| json!({ "median": it.median, "least": it.least, "most": it.most, "count": it.count });
        let interval = |it: Interval| json!({ "median": it.median, "low": it.low, "high": it.high, "count": it.count });
        let load =
            |it: Load| json!({ "wall_s": summary(it.wall), "cpu_s": summary(it.cpu), "inside_s": summary(it.inside) });
        let calls = self.calls.as_ref();
        let call = |who| {
            let call = calls?.of(who)?;
            Some(json!({ "wall_s": interval(call.wall), "cpu_s": interval(call.cpu) }))
        };
        json!({
            "format": FORMAT,
            "kind": "template",
            "name": self.name,
            "title": self.title,
            "cold": self.cold.map(|it| json!({
                "wall_s": it.wall, "cpu_s": it.cpu, "cython_s": it.cython, "compiler_s": it.compiler,
                "linker_s": it.linker, "artifact_bytes": it.artifact, "new_process": it.place == Place::NewProcess,
            })),
            "warm": self.loads.as_ref().map(|it| load(it.module)),
            "warm_twin": self.twin().map(load),
            "warm_imports": self.loads.as_ref().map(|it| &it.also),
            "hit_s": calls.and_then(Calls::hit).map(summary),
            "call": call(Who::Module),
            "call_twin": call(Who::Twin),
            "call_numpy": call(Who::NumPy),
            "speedup": self.speedup().map(interval),
            "speedup_over_numpy": calls.and_then(|it| it.speedup(Who::NumPy)).map(interval),
            "ratios": calls.map(Calls::ratios),
            "instructions": self.instructions.map(|it| json!({ "call": it.module, "call_twin": it.twin })),
        })
    }
}

impl Failure {
    pub(super) fn object(&self) -> Value {
        json!({ "format": FORMAT, "kind": "failure", "name": self.name, "step": self.step, "reason": self.reason })
    }

    /// For people: the diagnostics keep their lines.
    pub(super) fn text(&self) -> String {
        let reason = self.reason.trim_end().replace('\n', "\n    ");
        format!("FAILED  {} ({})\n    {reason}", self.name, self.step)
    }
}

/// The geometric mean.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value.ln();
        count += 1.0;
    }
    (count > 0.0).then(|| f64::exp(sum / count))
}

/// A time with a unit in which it has digits.
pub(super) fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        it if it < 1e-6 => (it * 1e9, "ns"),
        it if it < 1e-3 => (it * 1e6, "us"),
        it if it < 1.0 => (it * 1e3, "ms"),
        it => (it, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// Three digits.
pub(super) fn digits(value: f64) -> String {
    let decimals = match value {
        it if it < 9.995 => 2,
        it if it < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// Everything as lines for people. A call's time is processor time, as in the speed-up, but for those with several threads.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default().max(8);
    let _ = writeln!(
        text,
        "{:<width$} {:>8} {:>18} {:>9} {:>9} {:>9} {:>8} {:>21} {:>9} {:>9} {:>9} {:>8}",
        "template",
        "speed-up",
        "[95 %]",
        "call",
        "Python",
        "NumPy",
        "cold s",
        "Cython+C+link",
        "warm",
        "twin",
        "hit",
        "KiB"
    );
    let dash = || "-".to_owned();
    for row in rows {
        let mark = row.mark();
        let speedup = row.speedup();
        let call = |who| row.calls.as_ref()?.counted(who).map(time);
        let load = |load: Option<Load>| load.map_or_else(dash, |load| time(load.wall.median) + mark);
        let _ = writeln!(
            text,
            "{:<width$} {:>8} {:>18} {:>9} {:>9} {:>9} {:>8} {:>21} {:>9} {:>9} {:>9} {:>8}",
            row.name,
            speedup.map_or_else(dash, |it| format!("{}x", digits(it.median))),
            speedup.map_or_else(String::new, |it| format!("[{} .. {}]", digits(it.low), digits(it.high))),
            call(Who::Module).unwrap_or_else(dash),
            call(Who::Twin).unwrap_or_else(dash),
            call(Who::NumPy).unwrap_or_else(dash),
            row.cold.map_or_else(dash, |it| digits(it.wall)),
            row.cold.map_or_else(dash, |it| format!("{:.2} + {:.2} + {:.2}", it.cython, it.compiler, it.linker)),
            load(row.loads.as_ref().map(|it| it.module)),
            load(row.twin()),
            row.calls.as_ref().and_then(Calls::hit).map_or_else(dash, |it| time(it.median)),
            row.cold.map_or_else(dash, |it| format!("{:.0}", it.artifact / 1024.0)),
        );
    }
    if let Some(remark) = remark(rows) {
        let _ = writeln!(text, "{remark}");
    }
    text
}

/// What the mark at some times means.
pub(super) fn remark(rows: &[Row]) -> Option<String> {
    let loads = rows.iter().filter_map(|row| row.loads.as_ref());
    let imports: BTreeSet<_> = loads.flat_map(|it| &it.also).map(String::as_str).collect();
    let imports: Vec<_> = imports.into_iter().collect();
    (!imports.is_empty())
        .then(|| format!("* The template imports {}, and so does its twin for this comparison.", imports.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!([digits(1.234), digits(12.34), digits(99.96), digits(1234.5)], ["1.23", "12.3", "100", "1234"]);
        assert_eq!([time(2.5e-8), time(3.21e-4), time(0.0456), time(2.0)], ["25.0 ns", "321 us", "45.6 ms", "2.00 s"]);
    }

    #[test]
    fn a_mean_of_ratios_multiplies() {
        assert!((mean([2.0, 8.0]).unwrap() - 4.0).abs() < 1e-12);
        assert_eq!(mean([]), None);
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let row =
            Row { name: "a/b".into(), title: "B".into(), cold: None, loads: None, calls: None, instructions: None };
        let text = table(std::slice::from_ref(&row));
        assert_eq!(
            text.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
            "a/b - - - - - - - - - -"
        );
        assert_eq!(row.object()["speedup"], Value::Null);
    }

    #[test]
    fn a_failure_shows_all_that_the_tools_said() {
        let failure = Failure { name: "a/b".into(), step: "build".into(), reason: "one\ntwo\n".into() };
        assert_eq!(failure.text(), "FAILED  a/b (build)\n    one\n    two");
    }
}
