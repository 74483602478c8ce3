//! The report: one HTML file that needs nothing else.

mod charts;

use std::fmt::Write as _;

use serde_json::Value;

use super::history::Run;
use super::measure::{Calls, Load, Place, Who};
use super::results::{Failure, Row, digits, mean, remark, time};
use crate::measuring::statistics::Summary;

const STYLE: &str = include_str!("report/style.css");
const SCRIPT: &str = include_str!("report/script.js");

/// What the numbers depend on.
pub(super) struct Facts<'a> {
    pub(super) about: &'a Value,
    pub(super) quick: bool,
    pub(super) profile: Option<&'a str>,
    /// Seconds of the whole run.
    pub(super) took: f64,
}

/// The page.
pub(super) fn page(rows: &[Row], failures: &[Failure], runs: &[Run], facts: &Facts<'_>) -> String {
    let text = |name: &str| escaped(facts.about[name].as_str().unwrap_or_default());
    let mode = if facts.quick { "a quick run" } else { "a full run" };
    let profile = facts.profile.map(|name| format!(" with profile {}", escaped(name))).unwrap_or_default();
    let alone = rows.iter().filter_map(|row| row.cold).all(|cold| cold.place == Place::NewProcess);
    let beside = rows.iter().filter_map(|row| match row.cold?.place {
        Place::Lane { beside } => Some(beside),
        Place::NewProcess => None,
    });
    let builds_note = match beside.max() {
        None | Some(0) => String::new(),
        Some(1) => ", while another template was built beside it".to_owned(),
        Some(count) => format!(", while {count} others were built beside it"),
    };
    let builds_note = if alone {
        "A build of what is not in the cache, alone in a new process: the start of Python and the import of Cython are in it.".to_owned()
    } else {
        format!("A build of what is not in the cache, by a process that has imported Cython before{builds_note}.")
    };
    let content = [
        failed(failures),
        section(
            "How much faster than Python",
            "A call of each template beside the same call of its twin in plain Python, in turns. To the right is faster; each step of the axis is a factor.",
            Some("speedups"),
            &charts::speedups(rows),
        ),
        section(
            "Where build time goes",
            &builds_note,
            Some("builds"),
            &charts::builds(rows),
        ),
        section(
            "From run to run",
            "Geometric means over the templates that all of these runs have. Shown are runs of this kind: as long, with this profile, Python and compiler.",
            None,
            &charts::histories(runs),
        ),
        format!("<section><details><summary>All figures</summary>{}</details></section>", table(rows)),
    ]
    .concat();
    let when = text("when").replace('T', " ").replace('Z', " UTC");
    let script = SCRIPT.trim();
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Templates: how fast, and what they cost to build</title>
<link rel="icon" href="data:,">
<style>
{STYLE}</style>
</head>
<body>
<header>
<h1>Templates: how fast, and what they cost to build</h1>
<p class="soft">{when}, {mode}{profile} of {took:.0} s. Python {python}, Cython {cython}, NumPy {numpy}, {compiler}, {processor}. Commit {commit}.</p>
{tiles}
</header>
<main>
{content}
</main>
<footer>
<p>Speed-ups are medians of paired rounds of processor time, for templates with several threads of wall time; intervals hold the median with 95 % confidence. Processes of one template are spread over the run. Load of the machine when the run began: {load}.</p>
</footer>
<script>
{script}
</script>
</body>
</html>
"#,
        took = facts.took,
        python = text("python_version"),
        cython = text("cython"),
        numpy = text("numpy"),
        compiler = text("compiler"),
        processor = text("processor"),
        commit = text("commit"),
        tiles = tiles(rows, failures),
        load = facts.about["load"],
    )
    // A small u is what terminals can show.
    .replace(" us<", " µs<")
}

/// The figures that are looked at first.
fn tiles(rows: &[Row], failures: &[Failure]) -> String {
    let middle = |values: &mut dyn Iterator<Item = f64>| Summary::of(values).map(|it| it.median);
    let speedups: Vec<f64> = rows.iter().filter_map(|row| Some(row.speedup()?.median)).collect();
    let cold = middle(&mut rows.iter().filter_map(|row| Some(row.cold?.wall)));
    let warm = middle(&mut rows.iter().filter_map(|row| Some(row.loads.as_ref()?.module.wall.median)));
    let more = middle(
        &mut rows.iter().filter_map(|row| Some(row.loads.as_ref()?.module.wall.median - row.twin()?.wall.median)),
    );
    let hit = middle(&mut rows.iter().filter_map(|row| Some(row.calls.as_ref()?.hit()?.median)));
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), time);
    let mut text = String::from(r#"<ul class="tiles">"#);
    let mut tile = |class: &str, value: &str, words: &str| {
        let _ = write!(text, "<li{class}><strong>{value}</strong><span>{words}</span></li>");
    };
    let mean = mean(speedups.iter().copied()).map_or_else(|| "–".to_owned(), |it| format!("{}×", digits(it)));
    tile("", &mean, &format!("faster than Python, the geometric mean of {} templates", speedups.len()));
    tile("", &shown(cold), "a build, the middle template");
    let more = more.map_or_else(String::new, |more| format!(", {} more than its twin", signed(more)));
    tile("", &shown(warm), &format!("load from the cache in a new process{more}"));
    tile("", &shown(hit), "the same request again in one process");
    let count = failures.len();
    match count {
        0 => tile("", "all good", &format!("{} templates build, and do what they promise", rows.len())),
        1 => tile(r#" class="bad""#, "1", "failure, see below"),
        _ => tile(r#" class="bad""#, &count.to_string(), "failures, see below"),
    }
    text.push_str("</ul>");
    text
}

fn signed(seconds: f64) -> String {
    if seconds < 0.0 { format!("−{}", time(-seconds)) } else { time(seconds) }
}

/// A heading, a sentence and a chart, with buttons that sort it.
fn section(title: &str, words: &str, sorted: Option<&str>, chart: &str) -> String {
    let sort = sorted.map_or_else(String::new, |chart| {
        format!(
            r#"<div class="sort" role="group" aria-label="Order of the chart" data-chart="{chart}" hidden><button type="button" data-order="value" aria-pressed="true">by value</button><button type="button" data-order="name" aria-pressed="false">by name</button></div>"#
        )
    });
    format!(
        r#"<section><div class="head"><div><h2>{title}</h2><p class="soft">{words}</p></div>{sort}</div>{chart}</section>"#
    )
}

fn failed(failures: &[Failure]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let mut text = String::from(r#"<section class="failures"><h2>What failed</h2>"#);
    for failure in failures {
        let _ = write!(
            text,
            "<h3>{}: {}</h3><pre>{}</pre>",
            escaped(&failure.name),
            escaped(&failure.step),
            escaped(failure.reason.trim_end())
        );
    }
    text.push_str("</section>");
    text
}

/// Every figure, as a table that scrolls by itself where it is wider than the page.
fn table(rows: &[Row]) -> String {
    const HEADS: [&str; 14] = [
        "speed-up",
        "interval",
        "over NumPy",
        "call",
        "call, wall",
        "Python",
        "NumPy",
        "cold",
        "cold, cpu",
        "warm",
        "twin’s import",
        "inside",
        "hit",
        "size",
    ];
    let mut text = String::from(
        r#"<div class="scroll" tabindex="0" role="region" aria-label="All figures"><table><thead><tr><th scope="col">template</th>"#,
    );
    for head in HEADS {
        let _ = write!(text, r#"<th scope="col">{head}</th>"#);
    }
    text.push_str("</tr></thead><tbody>");
    for row in rows {
        let calls = row.calls.as_ref();
        let counted = |who| calls?.counted(who).map(time);
        let module = row.loads.as_ref().map(|it| it.module);
        let load = |load: Option<Load>| Some(time(load?.wall.median) + row.mark());
        let speedup = row.speedup();
        let figures = [
            speedup.map(|it| format!("{}×", digits(it.median))),
            speedup.map(|it| format!("{}–{}", digits(it.low), digits(it.high))),
            calls.and_then(|it| it.speedup(Who::NumPy)).map(|it| format!("{}×", digits(it.median))),
            counted(Who::Module),
            calls.and_then(|it| it.of(Who::Module)).map(|it| time(it.wall.median)),
            counted(Who::Twin),
            counted(Who::NumPy),
            row.cold.map(|it| time(it.wall)),
            row.cold.map(|it| time(it.cpu)),
            load(module),
            load(row.twin()),
            module.map(|it| time(it.inside.median)),
            calls.and_then(Calls::hit).map(|it| time(it.median)),
            row.cold.map(|it| format!("{:.0} KiB", it.artifact / 1024.0)),
        ];
        let (category, name) = row.name.split_once('/').unwrap_or(("", &row.name));
        let (category, name) = (escaped(category), escaped(name));
        let _ = write!(text, r#"<tr><th scope="row"><small>{category}/</small>{name}</th>"#);
        for figure in figures {
            let _ = write!(text, "<td>{}</td>", figure.unwrap_or_else(|| "–".into()));
        }
        text.push_str("</tr>");
    }
    text.push_str("</tbody></table></div>");
    if let Some(remark) = remark(rows) {
        let _ = write!(text, r#"<p class="soft">{}</p>"#, escaped(&remark));
    }
    text
}

/// A text as it stands in HTML and in the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(failures: &[Failure]) -> String {
        let row = Row {
            name: "basic/a<b".into(),
            title: "\"quoted\" & <b>".into(),
            cold: None,
            loads: None,
            calls: Some(Calls::with_ratios(&[4.0, 5.0, 6.0])),
            instructions: None,
        };
        let about = json!({ "when": "2026-01-02T03:04:05Z", "python_version": "3.11.7", "load": 0.5 });
        page(&[row], failures, &[], &Facts { about: &about, quick: true, profile: None, took: 12.0 })
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let page = shown(&[]);
        for word in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.starts_with("<!doctype html>") && page.contains("5.00×") && page.contains("4.00–6.00"), "{page}");
    }

    #[test]
    fn what_a_tool_says_is_text() {
        let failure = Failure { name: "x".into(), step: "build".into(), reason: "<script>alert(1)</script>".into() };
        let page = shown(&[failure]);
        assert!(
            page.contains("&lt;script&gt;alert(1)")
                && page.contains("a&lt;b")
                && page.contains("&quot;quoted&quot; &amp;")
        );
        assert_eq!(page.matches("<script>").count(), 1);
    }
}
