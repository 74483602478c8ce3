//! `plats doctor`

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{Error, FAILURE, SUCCESS, args::PythonOptions, packs, python, report::Report, settings::Settings};

/// The oldest interpreter that the package works with.
const OLDEST: (u64, u64) = (3, 10);
/// The names under which the codec is found.
const CODECS: [&str; 2] = ["vlaamsplats", "plats"];

/// What builds the package from its sources, beside a Rust compiler.
const TOOLS: [&str; 3] = ["build", "pyxide", "maturin"];

/// One question with its answer.
struct Answer {
    /// What it is about, for programs.
    topic: &'static str,
    good: bool,
    text: String,
    /// What to do, where something is wrong.
    remedy: Option<String>,
}

/// Finds out what is wrong with the installation: one sentence each, and a remedy.
pub(crate) fn doctor(options: &PythonOptions, json: bool, report: &Report, settings: &Settings) -> u8 {
    report.speak_json(json);
    let mut answers = vec![Answer {
        topic: "version",
        good: true,
        text: format!("plats {}", env!("CARGO_PKG_VERSION")),
        remedy: None,
    }];
    answers.push(dialects(report, settings));
    match python::find(options, settings).and_then(|program| python::probe(&program)) {
        Ok(found) => answers.extend([
            interpreter(&found, report),
            package(&found, report),
            hook(&found, report),
            codec(&found, report),
            tools(&found, report),
        ]),
        Err(error) => answers.push(failed("python", &error, report)),
    }
    for answer in &answers {
        let word = if answer.good { report.word("goed", "good") } else { report.word("fout", "wrong") };
        report.line(&format!("{word}: {}", answer.text));
        if let Some(remedy) = &answer.remedy {
            report.line(&format!(
                "  {}: {remedy}",
                if answer.good {
                    report.word("voor de rest", "for the rest")
                } else {
                    report.word("doe dit", "do this")
                }
            ));
        }
        report.object(
            "answer",
            json!({ "topic": answer.topic, "good": answer.good, "text": answer.text, "remedy": answer.remedy }),
        );
    }
    if answers.iter().all(|answer| answer.good) { SUCCESS } else { FAILURE }
}

fn failed(topic: &'static str, error: &Error, report: &Report) -> Answer {
    Answer { topic, good: false, text: error.say(report.voice), remedy: error.advise(report.voice) }
}

/// Are the packs found, and where were they looked for?
fn dialects(report: &Report, settings: &Settings) -> Answer {
    let found = packs::folder(settings).and_then(|folder: PathBuf| {
        let packs = dialect::Packs::open(&folder)?;
        Ok((folder, packs.entries().len()))
    });
    match found {
        Ok((folder, count)) => Answer {
            topic: "dialects",
            good: true,
            text: format!("{count} {} `{}`", report.word("dialecten in", "dialects in"), folder.display()),
            remedy: None,
        },
        Err(error) => failed("dialects", &error, report),
    }
}

/// Which interpreter, and is it new enough?
fn interpreter(found: &Value, report: &Report) -> Answer {
    let minor = (found["minor"][0].as_u64().unwrap_or(0), found["minor"][1].as_u64().unwrap_or(0));
    let good = minor >= OLDEST;
    let remedy = report.word("neem Python 3.10 of nieuwer, met --python", "take Python 3.10 or newer, with --python");
    Answer {
        topic: "python",
        good,
        text: format!("Python {} `{}`", text(found, "version"), text(found, "executable")),
        remedy: (!good).then(|| remedy.to_owned()),
    }
}

/// Is the package there, and of this version?
fn package(found: &Value, report: &Report) -> Answer {
    let answer = |good, text, remedy| Answer { topic: "package", good, text, remedy };
    let install = || Some(reinstall(found, report));
    let ours = env!("CARGO_PKG_VERSION");
    match (found["package"].as_str(), found["place"].as_str()) {
        (Some(version), Some(place)) if version == ours => {
            answer(true, format!("vlaamscodex {version} {} `{place}`", report.word("in", "in")), None)
        }
        (Some(version), Some(_)) => {
            let text = format!(
                "vlaamscodex {version} {} plats {ours}",
                report.word("is een andere versie dan", "is another version than")
            );
            answer(false, text, install())
        }
        (Some(version), None) => {
            let text = format!(
                "vlaamscodex {version} {}",
                report.word("staat op de lijst, maar is half weg", "is listed, but half of it is gone")
            );
            answer(false, text, install())
        }
        (None, Some(place)) => answer(
            true,
            format!("vlaamscodex {} `{place}`", report.word("zonder versie, uit", "without a version, from")),
            None,
        ),
        (None, None) => {
            let text =
                report.word("deze Python heeft geen pakket vlaamscodex", "this Python has no package vlaamscodex");
            answer(false, text.to_owned(), install())
        }
    }
}

/// What is there to build the package from its sources? Nobody needs that who only uses it.
fn tools(found: &Value, report: &Report) -> Answer {
    let version = |name: &str| found["tools"][name].as_str().map(str::to_owned);
    let listed: Vec<_> = TOOLS.iter().filter_map(|name| Some(format!("{name} {}", version(name)?))).collect();
    let of = report.word("om het pakket zelf te bouwen is er", "to build the package itself there is");
    let text = if listed.is_empty() {
        format!("{of} {}", report.word("niets, en dat hoeft ook niet", "nothing, which is no fault"))
    } else {
        format!("{of} {}", listed.join(", "))
    };
    let remedy = report
        .word("`cargo xtask build-wheel` haalt wat er nog ontbreekt", "`cargo xtask build-wheel` gets what is missing");
    let remedy = (listed.len() < TOOLS.len() && !listed.is_empty()).then(|| remedy.to_owned());
    Answer { topic: "build", good: true, text, remedy }
}

/// Does the startup hook lie where the interpreter looks?
fn hook(found: &Value, report: &Report) -> Answer {
    let list = |key: &str| {
        let all: Vec<_> = found[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        all.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ")
    };
    let hooks = list("hooks");
    if hooks.is_empty() {
        let text = report.word("`vlaamscodex_autoload.pth` staat niet in", "`vlaamscodex_autoload.pth` is not in");
        let remedy = reinstall(found, report);
        return Answer { topic: "hook", good: false, text: format!("{text} {}", list("site")), remedy: Some(remedy) };
    }
    let text = format!("{} {hooks}", report.word("de haak staat in", "the hook lies in"));
    Answer { topic: "hook", good: true, text, remedy: None }
}

/// Did the hook register the codec?
fn codec(found: &Value, report: &Report) -> Answer {
    let names: Vec<_> = found["codecs"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let registered = CODECS.iter().all(|name| names.contains(name));
    if registered {
        let text = report.word(
            "de codec `vlaamsplats` is bij het starten geregistreerd",
            "the codec `vlaamsplats` is registered at startup",
        );
        return Answer { topic: "codec", good: true, text: text.to_owned(), remedy: None };
    }
    let error = names.iter().find_map(|name| name.strip_prefix('!')).map(|error| format!(" ({error})"));
    let text = report.word(
        "Python kent de codec `vlaamsplats` niet na het starten",
        "Python does not know the codec `vlaamsplats` after its start",
    );
    let remedy = report.word(
        "start Python zonder -S, en installeer vlaamscodex in dezelfde omgeving",
        "start Python without -S, and install vlaamscodex into the same environment",
    );
    Answer {
        topic: "codec",
        good: false,
        text: text.to_owned() + &error.unwrap_or_default(),
        remedy: Some(remedy.to_owned()),
    }
}

/// How to install the package again: from its own wheel, since others may have its name elsewhere.
fn reinstall(found: &Value, report: &Report) -> String {
    let how = report.word("installeer het wheel van vlaamscodex met", "install the wheel of vlaamscodex with");
    format!("{how} `{} -m pip install --force-reinstall vlaamscodex-....whl`", text(found, "executable"))
}

fn text<'a>(found: &'a Value, key: &str) -> &'a str {
    found[key].as_str().unwrap_or_default()
}
