//! The charts of the report, as HTML and SVG.
//!
//! What is drawn has places in percent and text stands beside it as HTML, so that a chart is as wide as its page and its
//! words are as large as all others.

use std::fmt::Write as _;

use super::super::history::{Run, means};
use super::super::results::{Row, digits, time};
use super::escaped;

/// Where values are on an axis that grows by factors.
struct Logarithmic {
    low: f64,
    high: f64,
}

impl Logarithmic {
    /// An axis with all of these values and with 1.
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((1.0_f64, 10.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        // Some room, so that what marks a value is not cut.
        Self { low: low / 1.15, high: high * 1.15 }
    }

    fn place(&self, value: f64) -> f64 {
        100.0 * (value / self.low).ln() / (self.high / self.low).ln()
    }

    /// The round numbers in it, and whether each is less important.
    fn ticks(&self) -> Vec<(f64, bool)> {
        let decades = -3..7;
        let all = decades.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| (digit * 10.0_f64.powi(power), digit > 1.0)));
        all.filter(|(value, _)| (self.low..=self.high).contains(value)).collect()
    }
}

/// How many times faster than its twin each template is.
pub(super) fn speedups(rows: &[Row]) -> String {
    let mut measured: Vec<_> = rows.iter().filter_map(|row| Some((row, row.speedup()?))).collect();
    measured.sort_by(|one, other| other.1.median.total_cmp(&one.1.median));
    if measured.is_empty() {
        return "<p class=soft>Nothing was measured.</p>".into();
    }
    let numpy = |row: &Row| row.numpy_speedup();
    let ends = measured.iter().flat_map(|(row, it)| [Some(it.low), Some(it.high), numpy(row)]).flatten();
    let axis = Logarithmic::of(ends);
    let mut grid = String::new();
    let mut labels = String::new();
    for (value, minor) in axis.ticks() {
        let (place, class) = (axis.place(value), if (value - 1.0).abs() < 1e-9 { "one" } else { "grid" });
        let _ = write!(grid, r#"<line class="{class}" x1="{place:.2}%" x2="{place:.2}%" y1="0" y2="32"/>"#);
        let minor = if minor { " class=minor" } else { "" };
        let _ = write!(labels, r#"<span{minor} style="left:{place:.2}%">{value}×</span>"#);
    }
    let any_numpy = rows.iter().any(|row| numpy(row).is_some());
    let mut text = String::from(
        r#"<ul class="legend"><li><svg width="34" height="14" aria-hidden="true"><line class="whisker" x1="4" x2="30" y1="7" y2="7"/><circle class="dot" cx="17" cy="7" r="5.5"/></svg>compiled, with its 95 % interval</li>"#,
    );
    if any_numpy {
        text.push_str(r#"<li><svg width="14" height="14" aria-hidden="true"><rect class="numpy" x="2" y="2" width="9" height="9"/></svg>the same with NumPy</li>"#);
    }
    text.push_str("</ul>");
    let axis_row = format!(
        r#"<div class="row axis" aria-hidden="true"><span class="name"></span><span class="plot">{labels}</span><span class="value"></span></div>"#
    );
    let _ = write!(text, r#"{axis_row}<ul class="chart" id="speedups">"#);
    let one = axis.place(1.0);
    for (row, speedup) in measured {
        let place = axis.place(speedup.median);
        let (from, to) = (one.min(place), one.max(place));
        // Who is as fast as Python is not slower.
        let class = if speedup.high < 1.0 { "row slower" } else { "row" };
        let mut marks = format!(
            r#"<rect class="bar" x="{from:.2}%" width="{:.2}%" y="11" height="10" rx="2"/>"#,
            (to - from).max(0.05)
        );
        let mut said = String::new();
        if let Some(numpy) = numpy(row) {
            let _ = write!(
                marks,
                r#"<rect class="numpy" x="{:.2}%" y="11.5" width="9" height="9" transform="translate(-4.5 0)"/>"#,
                axis.place(numpy)
            );
            let _ = write!(said, "; with NumPy {}×", digits(numpy));
        }
        let _ = write!(
            marks,
            r#"<line class="whisker" x1="{:.2}%" x2="{:.2}%" y1="16" y2="16"/><circle class="dot" cx="{place:.2}%" cy="16" r="5.5"/>"#,
            axis.place(speedup.low),
            axis.place(speedup.high)
        );
        let interval = format!("{}–{}", digits(speedup.low), digits(speedup.high));
        let _ = write!(
            text,
            r#"<li class="{class}" data-name="{name}" data-value="{value}" title="{title}: {shown}× ({interval}){said}">{label}<span class="plot"><svg width="100%" height="32" aria-hidden="true">{grid}{marks}</svg></span><span class="value">{shown}×<small>{interval}</small></span></li>"#,
            name = escaped(&row.name),
            value = speedup.median,
            title = escaped(&row.title),
            shown = digits(speedup.median),
            label = label(&row.name),
        );
    }
    text.push_str("</ul>");
    text.push_str(&axis_row);
    text
}

/// How long each build took, by what took it.
pub(super) fn builds(rows: &[Row]) -> String {
    let mut built: Vec<_> = rows.iter().filter_map(|row| Some((row, row.cold?))).collect();
    built.sort_by(|one, other| other.1.wall.total_cmp(&one.1.wall));
    let Some(longest) = built.iter().map(|(_, cold)| cold.wall).reduce(f64::max) else {
        return "<p class=soft>Nothing was built.</p>".into();
    };
    let mut text = String::from(r#"<ul class="legend">"#);
    for (class, name) in
        [("cython", "Cython"), ("compiler", "C or C++ compiler"), ("linker", "linker"), ("rest", "all else")]
    {
        let _ = write!(
            text,
            r#"<li><svg width="14" height="14" aria-hidden="true"><rect class="{class}" width="14" height="14" rx="3"/></svg>{name}</li>"#
        );
    }
    text.push_str(r#"</ul><ul class="chart" id="builds">"#);
    for (row, cold) in built {
        let rest = (cold.wall - cold.cython - cold.compiler - cold.linker).max(0.0);
        let parts = [("cython", cold.cython), ("compiler", cold.compiler), ("linker", cold.linker), ("rest", rest)];
        let mut marks = String::new();
        let mut from = 0.0;
        for (class, seconds) in parts {
            let width = 100.0 * seconds / longest;
            let _ = write!(marks, r#"<rect class="{class}" x="{from:.2}%" width="{width:.2}%" y="9" height="14"/>"#);
            from += width;
        }
        let _ = write!(
            text,
            r#"<li class="row" data-name="{name}" data-value="{value}" title="{title}: Cython {cython}, compiler {compiler}, linker {linker}, rest {rest}">{label}<span class="plot"><svg width="100%" height="32" aria-hidden="true">{marks}</svg></span><span class="value">{total}<small>cpu {cpu}</small></span></li>"#,
            name = escaped(&row.name),
            value = cold.wall,
            title = escaped(&row.title),
            cython = time(cold.cython),
            compiler = time(cold.compiler),
            linker = time(cold.linker),
            rest = time(rest),
            label = label(&row.name),
            total = time(cold.wall),
            cpu = time(cold.cpu),
        );
    }
    text.push_str("</ul>");
    text
}

/// What became of speed and of builds from run to run.
pub(super) fn histories(runs: &[Run]) -> String {
    let speedup = history("speedups", "Speed-up over Python", runs, &means(runs, |run| &run.speedups), |it| {
        format!("{}×", digits(it))
    });
    let build = history("builds", "Processor time of a build", runs, &means(runs, |run| &run.builds), time);
    format!(r#"<div class="histories">{speedup}{build}</div>"#)
}

fn history(
    class: &str,
    title: &str,
    runs: &[Run],
    (values, count): &(Vec<f64>, usize),
    shown: fn(f64) -> String,
) -> String {
    let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return String::new() };
    if values.len() != runs.len() {
        return format!(
            r#"<div class="history"><h3>{title}</h3><p class="soft">These runs have no template in common.</p></div>"#
        );
    }
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(*it), high.max(*it)));
    // Small differences are to look small: the axis has at least a fifth of the value.
    let middle = (low * high).sqrt();
    let (low, high) = (low.min(middle / 1.1), high.max(middle * 1.1));
    let place = |value: f64| 92.0 - 84.0 * (value / low).ln() / (high / low).ln();
    #[expect(clippy::cast_precision_loss, reason = "there are few runs")]
    let column = |index: usize| 2.0 + 95.0 * if runs.len() < 2 { 1.0 } else { index as f64 / (runs.len() - 1) as f64 };
    let mut marks = String::new();
    for value in [low, middle, high] {
        let y = place(value);
        let _ = write!(marks, r#"<line class="grid" x1="0" x2="100%" y1="{y:.1}%" y2="{y:.1}%"/>"#);
    }
    for (index, pair) in values.windows(2).enumerate() {
        let _ = write!(
            marks,
            r#"<line class="path" x1="{:.2}%" x2="{:.2}%" y1="{:.2}%" y2="{:.2}%"/>"#,
            column(index),
            column(index + 1),
            place(pair[0]),
            place(pair[1])
        );
    }
    for (index, (run, value)) in runs.iter().zip(values).enumerate() {
        let radius = if index + 1 == runs.len() { 6.0 } else { 3.5 };
        let _ = write!(
            marks,
            r#"<circle class="dot" cx="{:.2}%" cy="{:.2}%" r="{radius}"><title>{} {}: {}</title></circle>"#,
            column(index),
            place(*value),
            escaped(&run.when),
            escaped(&run.commit),
            shown(*value)
        );
    }
    let mut levels = String::new();
    for value in [low, middle, high] {
        let _ = write!(levels, r#"<span class="level" style="top:{:.1}%">{}</span>"#, place(value), shown(value));
    }
    let now = values.last().copied().map(shown).unwrap_or_default();
    let beginning = values.first().copied().map(shown).unwrap_or_default();
    let label = format!("{title}, {} runs: first {beginning}, now {now}", runs.len());
    let ends = if runs.len() < 2 {
        format!("<span></span><span>{}, the first run of its kind</span>", day(&last.when))
    } else {
        format!("<span>{}</span><span>{}</span>", day(&first.when), day(&last.when))
    };
    format!(
        r#"<div class="history {class}"><h3>{title}: {now} <small>mean of {count}</small></h3><div class="frame" role="img" aria-label="{}"><svg height="150" aria-hidden="true">{marks}</svg>{levels}</div><div class="ends">{ends}</div></div>"#,
        escaped(&label)
    )
}

/// A template's name with its category behind it.
fn label(name: &str) -> String {
    let (category, name) = name.split_once('/').unwrap_or(("", name));
    format!(r#"<span class="name">{} <small>{}</small></span>"#, escaped(name), escaped(category))
}

/// Date and time without what nobody reads.
fn day(when: &str) -> String {
    escaped(when.get(..16).unwrap_or(when)).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_axis_has_round_numbers_and_room() {
        let axis = Logarithmic::of([0.4, 130.0].into_iter());
        let ticks: Vec<_> = axis.ticks().iter().filter(|(_, minor)| !minor).map(|(value, _)| *value).collect();
        assert_eq!(ticks, [1.0, 10.0, 100.0]);
        assert!(axis.place(0.4) > 0.0 && axis.place(130.0) < 100.0 && axis.place(10.0) > axis.place(1.0));
    }

    #[test]
    fn one_run_is_a_dot_and_two_are_a_line() {
        let run = |speedup| Run {
            when: "2026-01-02T03:04:05Z".into(),
            commit: "<c>".into(),
            speedups: BTreeMap::from([("a".into(), speedup)]),
            builds: BTreeMap::new(),
        };
        let one = histories(&[run(2.0)]);
        assert!(!one.contains("class=\"path\"") && one.contains("first run") && one.contains("no template in common"));
        let two = histories(&[run(2.0), run(3.0)]);
        assert_eq!(two.matches("class=\"path\"").count(), 1);
        assert!(two.contains("2026-01-02 03:04") && !two.contains("<c>"));
    }
}
