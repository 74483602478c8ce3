//! Laws of all programs: nothing panics, whatever compiles compiles in Python as well, and a layout changes no meaning.

mod shared;

use std::fmt::Write as _;

use platskript::{Options, Voice, check, compile, format, is_complete, python_error};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use shared::refusals;

/// Words of the language, names, and what is likely to go wrong beside them.
const WORDS: &[&str] = &[
    "plan",
    "doe",
    "gedaan",
    "maak",
    "funksie",
    "als",
    "anders",
    "zolang",
    "klap",
    "zet",
    "op",
    "roep",
    "met",
    "en",
    "of",
    "geeftterug",
    "amen",
    "dan",
    "tekst",
    "getal",
    "da",
    "spatie",
    "waar",
    "onwaar",
    "nie",
    "plakt",
    "derbij",
    "deraf",
    "keer",
    "gedeeld",
    "door",
    "rest",
    "isgelijk",
    "iskleinerdan",
    "groterofgelijk",
    "enook",
    "ofwel",
    "a",
    "b",
    "is",
    "mijn-naam",
    "mijn_naam",
    "print",
    "str",
    "x",
    "None",
    "True",
    "5",
    "-5",
    "007",
    "3,14",
    "3.14",
    "(",
    ")",
    "[",
    "]",
    ",",
    "f(",
    "a)",
    "l[0]",
    "\"hoi",
    "daar\"",
    "\"a\\n\"",
    "'t",
    "\\",
    "\\x",
    "# coding: latin-1",
    "#",
    "\u{feff}",
    "\u{200b}",
    "één",
    "ªb",
    "🇧🇪",
    "\0",
    "\u{a0}",
    "\u{1f}",
    "{",
    "}",
    "==",
    "+",
    ";",
    ":",
    "\u{a7cb}",
];

/// What lines end with.
const ENDS: &[&str] = &["\n", "\r\n", "\r", "\u{c}", "\u{2028}", "\u{85}", "\u{1d}"];

/// Lines that mean something, so that some programs do.
fn line() -> impl Strategy<Value = String> {
    let words = |most| prop::collection::vec(prop::sample::select(WORDS), 0..most).prop_map(|words| words.join(" "));
    let value = value();
    prop_oneof![
        4 => value.clone().prop_map(|value| format!("klap {value} amen")),
        4 => (name(), value.clone()).prop_map(|(name, value)| format!("zet {name} op {value} amen")),
        2 => (name(), prop::collection::vec(value.clone(), 0..4))
            .prop_map(|(name, values)| format!("roep {name} met {} amen", values.join(" en "))),
        2 => (name(), prop::collection::vec(name(), 0..4))
            .prop_map(|(name, names)| format!("maak funksie {name} met {} doe", names.join(" en "))),
        2 => value.clone().prop_map(|value| format!("als {value} dan doe")),
        1 => value.clone().prop_map(|value| format!("anders als {value} doe")),
        1 => Just("anders doe".to_owned()),
        1 => value.clone().prop_map(|value| format!("zolang {value} doe # {value}")),
        1 => value.prop_map(|value| format!("geeftterug {value} amen")),
        5 => Just("gedaan".to_owned()),
        1 => Just("plan doe".to_owned()),
        1 => Just(String::new()),
        1 => words(12),
    ]
}

fn name() -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(&["a", "b", "is", "mijn-naam", "één", "print", "str", "lambda", "f", "e\u{301}"][..])
}

fn value() -> impl Strategy<Value = String> + Clone {
    let leaf = prop_oneof![
        name().prop_map(|name| format!("da {name}")),
        name().prop_map(str::to_owned),
        prop::collection::vec(prop::sample::select(WORDS), 0..4).prop_map(|words| format!("tekst {}", words.join(" "))),
        prop::sample::select(&["getal 5", "getal -7", "getal 007", "12", "-3.50"][..]).prop_map(str::to_owned),
        prop::sample::select(&["waar", "onwaar", "spatie", "\"a  b\"", "'\\u1234\\q'", "None"][..])
            .prop_map(str::to_owned),
    ];
    let operators = &[
        "plakt",
        "derbij",
        "deraf",
        "keer",
        "gedeeld door",
        "rest",
        "isgelijk",
        "isgroterdan",
        "enook",
        "ofwel",
        "en",
        "of",
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            4 => (inner.clone(), prop::sample::select(&operators[..]), inner.clone())
                .prop_map(|(one, operator, other)| format!("{one} {operator} {other}")),
            1 => inner.clone().prop_map(|value| format!("( {value} )")),
            1 => inner.clone().prop_map(|value| format!("nie {value}")),
            1 => inner.clone().prop_map(|value| format!("deraf {value}")),
            1 => (name(), prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(name, values)| format!("{name}({})", values.join(", "))),
            1 => (name(), prop::collection::vec(inner.clone(), 1..3))
                .prop_map(|(name, values)| format!("roep {name} met {}", values.join(" en "))),
            1 => prop::collection::vec(inner.clone(), 0..3).prop_map(|values| format!("[{}]", values.join(","))),
            1 => inner.prop_map(|value| format!("a[{value}]")),
        ]
    })
}

fn program() -> impl Strategy<Value = String> {
    // Few lines, since each may be the one that is refused.
    prop::collection::vec((line(), prop::sample::select(ENDS)), 0..8).prop_map(|lines| {
        let mut program = String::new();
        let mut open = 0_i32;
        for (line, end) in &lines {
            let first = line.split(' ').next().unwrap_or_default();
            open += i32::from(line.contains("doe") && first != "anders") - i32::from(first == "gedaan");
            program.push_str(line);
            program.push_str(end);
        }
        for _ in 0..open {
            program.push_str("gedaan\n");
        }
        program
    })
}

/// How many cases there are: more where `PYXIDE_TEST_FULL` asks for them.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PYXIDE_TEST_FULL").is_some() { few * 20 } else { few }
}

#[test]
fn whatever_compiles_compiles_in_python() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let (mut sources, mut programs) = (Vec::new(), Vec::new());
    for _ in 0..cases(2000) {
        let source = program().new_tree(&mut runner).unwrap().current();
        if let Ok(compiled) = compile(&source, &Options::default()) {
            sources.push(source);
            programs.push(compiled.python);
        }
    }
    assert!(programs.len() > 100, "only {} programs compile", programs.len());
    let programs: Vec<&str> = programs.iter().map(String::as_str).collect();
    for ((source, python), refused) in sources.iter().zip(&programs).zip(refusals(&programs)) {
        assert_eq!(refused, None, "{source:?}\n{python}");
    }
}

#[test]
fn every_letter_of_a_name_is_one_for_python() {
    let step = if std::env::var_os("PYXIDE_TEST_FULL").is_some() { 1 } else { 97 };
    let letters = (0..=0x0010_ffff).step_by(step).filter_map(char::from_u32);
    let sources = letters.flat_map(|letter| [format!("klap da {letter} amen"), format!("klap da a{letter} amen")]);
    let compiled = sources.filter_map(|source| Some(compile(&source, &Options::default()).ok()?.python));
    let programs: Vec<String> = compiled.collect();
    assert!(programs.len() > 1000, "{}", programs.len());
    // Together, since one is as good as the other; if one is not, it is looked for.
    let whole = programs.concat();
    if refusals(&[&whole])[0].is_some() {
        let programs: Vec<&str> = programs.iter().map(String::as_str).collect();
        for (python, refused) in programs.iter().zip(refusals(&programs)) {
            assert_eq!(refused, None, "{python:?}");
        }
    }
}

fn splitlines(text: &str) -> usize {
    let ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];
    text.replace("\r\n", "\n").split_terminator(ends).count()
}

/// Python without the lines in which nothing happens.
fn meaning(source: &str) -> Option<String> {
    let python = compile(source, &Options::default()).ok()?.python;
    let mut meaning = String::new();
    for line in python.lines().filter(|line| !line.is_empty()) {
        writeln!(meaning, "{line}").unwrap();
    }
    Some(meaning)
}

fn any_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![20 => prop::sample::select(WORDS), 3 => prop::sample::select(ENDS), 1 => Just("  ")];
    let words = prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "));
    prop_oneof![3 => words, 3 => program(), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, cases: cases(300), ..Config::default() })]

    #[test]
    fn nothing_panics(source in any_text(), raw_python: bool) {
        let options = Options { raw_python };
        let diagnostics = check(&source, &options);
        is_complete(&source);
        for diagnostic in &diagnostics {
            prop_assert!(source.get(diagnostic.span.clone()).is_some());
            prop_assert!(diagnostic.start <= diagnostic.end);
            if let Some(suggestion) = &diagnostic.suggestion {
                prop_assert!(source.get(suggestion.span.clone()).is_some());
            }
            for voice in Voice::ALL {
                let frame = diagnostic.frame(&source, "x.plats", voice);
                let place = format!("x.plats:{}:{}", diagnostic.start.line, diagnostic.start.column);
                prop_assert!(frame.contains(&place), "{}", frame);
            }
            let python = python_error(&source, diagnostic, Voice::Dutch);
            prop_assert_eq!(python.lines().position(|line| !line.is_empty()), Some(diagnostic.start.line - 1));
            prop_assert_eq!(python.matches('\n').count(), splitlines(&source).max(1));
        }
        match compile(&source, &options) {
            Ok(compiled) => {
                prop_assert_eq!(&compiled.warnings, &diagnostics);
                prop_assert_eq!(compiled.python.matches('\n').count(), splitlines(&source));
                prop_assert!(compiled.python.is_empty() || compiled.python.ends_with('\n'));
                prop_assert_eq!(splitlines(&compiled.python), splitlines(&source));
            }
            Err(all) => prop_assert_eq!(all, diagnostics),
        }
    }

    #[test]
    fn nothing_is_dropped(source in program(), place: prop::sample::Index, raw_python: bool) {
        let options = Options { raw_python };
        let gaps: Vec<usize> = source.match_indices(' ').map(|(at, _)| at).collect();
        if !gaps.is_empty() {
            let at = *place.get(&gaps);
            let more = format!("{} zzz{}", &source[..at], &source[at..]);
            let line_start = source[..at].rfind(ENDS.iter().flat_map(|end| end.chars()).collect::<Vec<_>>().as_slice());
            let is_comment = source[line_start.unwrap_or(0)..at].contains('#');
            if let Ok(compiled) = compile(&more, &options) {
                prop_assert!(is_comment || compiled.python.contains("zzz"), "{}\n{}", more, compiled.python);
            }
        }
    }

    #[test]
    fn a_layout_changes_nothing_and_is_final(source in any_text()) {
        if let Ok(formatted) = format(&source) {
            prop_assert_eq!(meaning(&formatted), meaning(&source));
            prop_assert_eq!(format(&formatted).unwrap(), formatted);
        }
    }
}
