//! The public cases: what the origin made of programs, and what becomes of them here.
//!
//! What is marked `keep` means the same here; of what is marked `fix`, [`FIXED`] says what happens instead.

mod shared;

use platskript::{Code, Options, Severity, check, compile};
use serde::Deserialize;
use shared::{Question, ask};

#[derive(Debug, Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    source: Option<String>,
    compat: String,
    python: Option<String>,
    stdout: Option<String>,
    error: Option<Failure>,
    ext: Extended,
}

#[derive(Debug, Deserialize)]
struct Failure {
    phase: String,
    #[serde(rename = "type")]
    class: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Extended {
    compat: Option<String>,
    stdout: Option<String>,
}

fn cases() -> Vec<Case> {
    let cases: Cases = serde_json::from_str(include_str!("data/platskript.json")).unwrap();
    assert_eq!(cases.cases.len(), 68);
    cases.cases
}

fn source(case: &Case) -> &str {
    case.source.as_deref().unwrap_or_default()
}

#[test]
fn what_is_kept_means_the_same() {
    let cases = cases();
    let mut kept = Vec::new();
    for case in cases.iter().filter(|case| case.compat == "keep") {
        match (&case.error, compile(source(case), &Options::default())) {
            (Some(failure), Err(diagnostics)) if failure.phase == "compile" => {
                // What a line says is shown beside the message here, rather than in it.
                let (fragment, _) =
                    failure.message.split_once(" statement terminator").unwrap_or((&failure.message, ""));
                let fragment = fragment.split(" tekst").next().unwrap();
                assert_eq!(diagnostics.len(), 1, "{}", case.id);
                let message = diagnostics[0].message(platskript::Voice::English);
                assert!(message.contains(fragment), "{}: {message}", case.id);
            }
            (failure, Ok(compiled)) if failure.as_ref().is_none_or(|failure| failure.phase == "runtime") => {
                kept.push((case, compiled));
            }
            (_, compiled) => panic!("{}: {compiled:?}", case.id),
        }
    }
    assert_eq!(kept.len(), 25);
    let questions: Vec<_> = kept
        .iter()
        .map(|(case, compiled)| Question { python: &compiled.python, other: case.python.as_deref(), run: true })
        .collect();
    for ((case, compiled), answer) in kept.iter().zip(ask(&questions)) {
        assert_eq!(answer.refused, None, "{}", case.id);
        let stdout = case.stdout.as_deref().unwrap_or_default();
        assert_eq!(answer.stdout.as_deref(), Some(stdout), "{}", case.id);
        assert_eq!(answer.raised.as_ref(), case.error.as_ref().map(|failure| &failure.class), "{}", case.id);
        // Only `plakt` is written in another way, since it may stand between numbers.
        let is_same = answer.same == Some(true) || source(case).contains("plakt");
        assert!(is_same, "{}: {}", case.id, compiled.python);
        let lines = source(case).replace("\r\n", "\n").split_terminator(['\n', '\u{c}', '\u{2028}']).count();
        assert_eq!(compiled.python.matches('\n').count(), lines, "{}", case.id);
    }
}

/// What happens instead of what the origin did wrong.
enum Instead {
    /// It prints this.
    Prints(&'static str),
    /// It is refused for this, and nothing else.
    Refused(Code),
}

const FIXED: &[(&str, Instead)] = &[
    ("plan-restje", Instead::Refused(Code::TrailingWords)),
    ("commentaar", Instead::Prints("1\n")),
    ("commentaar-achteraan", Instead::Prints("1\n")),
    ("funksie-zonder-met", Instead::Prints("1\n")),
    ("lege-funksie", Instead::Prints("")),
    ("zet-restje", Instead::Refused(Code::TrailingWords)),
    ("zet-op", Instead::Prints("")),
    ("tekst-stop", Instead::Prints("groter dan ge peist\nkom doe maar\n")),
    ("twee-per-lijn", Instead::Refused(Code::TrailingWords)),
    ("tekst-operatorwoord", Instead::Prints("ik kom nie\n")),
    ("tekst-en", Instead::Prints("jan en piet\n")),
    ("plakt-getal", Instead::Prints("a2\n")),
    ("getal-nullen", Instead::Prints("7\n")),
    ("spatie-tekst", Instead::Refused(Code::AdjacentValues)),
    ("naast-elkaar", Instead::Refused(Code::AdjacentValues)),
    ("roep-leeg", Instead::Refused(Code::MissingName)),
    ("roep-restje", Instead::Refused(Code::TrailingWords)),
    ("terug-buiten", Instead::Refused(Code::ReturnOutsideFunction)),
    ("python-woord", Instead::Prints("")),
    ("print-overschreven", Instead::Prints("2\n")),
    ("als", Instead::Prints("ja\n")),
    ("maak-als", Instead::Prints("klein\n")),
    ("zolang", Instead::Prints("0\n1\n2\n")),
    ("waar-onwaar", Instead::Prints("False\nTrue\nFalse\n")),
    ("roep-uitdrukking", Instead::Prints("8\nuitkomst 10\n")),
    ("anders-los", Instead::Refused(Code::AndersWithoutAls)),
    ("anders-als", Instead::Prints("1\n")),
];

#[test]
fn what_was_wrong_is_mended() {
    let cases = cases();
    let fixed: Vec<&Case> = cases.iter().filter(|case| case.compat == "fix").collect();
    assert_eq!(
        fixed.iter().map(|case| &*case.id).collect::<Vec<_>>(),
        FIXED.iter().map(|(id, _)| *id).collect::<Vec<_>>()
    );
    let mut printing = Vec::new();
    for (case, (id, instead)) in fixed.iter().zip(FIXED) {
        match (instead, compile(source(case), &Options::default())) {
            (Instead::Prints(stdout), Ok(compiled)) => printing.push((case, *stdout, compiled.python)),
            (Instead::Refused(code), Err(diagnostics)) => {
                let errors: Vec<Code> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
                assert_eq!(errors, [*code], "{id}");
            }
            (_, compiled) => panic!("{id}: {compiled:?}"),
        }
    }
    let questions: Vec<_> = printing.iter().map(|(_, _, python)| Question { python, other: None, run: true }).collect();
    for ((case, stdout, python), answer) in printing.iter().zip(ask(&questions)) {
        assert_eq!((answer.refused, answer.raised), (None, None), "{}: {python}", case.id);
        assert_eq!(answer.stdout.as_deref(), Some(*stdout), "{}", case.id);
    }
}

#[test]
fn the_extended_language_is_kept() {
    let cases = cases();
    let kept = cases.iter().filter(|case| case.ext.compat.as_deref() == Some("keep") && case.compat != "fix");
    let kept: Vec<_> = kept.filter(|case| case.ext.stdout.is_some()).collect();
    assert!(kept.len() > 20, "{}", kept.len());
    let compiled: Vec<_> = kept.iter().map(|case| compile(source(case), &Options::default()).unwrap().python).collect();
    let questions: Vec<_> = compiled.iter().map(|python| Question { python, other: None, run: true }).collect();
    for (case, answer) in kept.iter().zip(ask(&questions)) {
        assert_eq!(answer.stdout, case.ext.stdout, "{}", case.id);
    }
}

#[test]
fn free_cases() {
    let source = "klap getal 1 plakt getal 2 amen\nklap 5 amen\nklap \"hoi daar\" amen\nzet l op [1, 2, 3] amen\n\
                  klap len(l) derbij l[0] amen\nklap ( getal 1 derbij getal 2 ) keer getal 3 amen\n";
    let compiled = compile(source, &Options::default()).unwrap();
    let answer = &ask(&[Question { python: &compiled.python, other: None, run: true }])[0];
    assert_eq!(answer.stdout.as_deref(), Some("12\n5\nhoi daar\n4\n9\n"));
    assert_eq!(compiled.warnings, []);
    let unbound = &cases().into_iter().find(|case| case.id == "lokaal").unwrap();
    let warnings = check(unbound.source.as_deref().unwrap(), &Options::default());
    assert_eq!(
        warnings.iter().map(|it| (it.code, it.severity)).collect::<Vec<_>>(),
        [(Code::UsedBeforeSet, Severity::Warning)]
    );
}
