//! Programs that are wrong, and those that are as deep or as long as Python bears.

mod shared;

use platskript::{Code, Options, Voice, check, compile, python_error};
use shared::{Question, ask, refusals};

/// Code, line and column of everything that is found.
fn found(source: &str) -> Vec<(Code, usize, usize)> {
    let diagnostics = check(source, &Options::default());
    diagnostics.iter().map(|it| (it.code, it.start.line, it.start.column)).collect()
}

/// What a source becomes with its first suggestion.
fn mended(source: &str) -> String {
    let diagnostics = check(source, &Options::default());
    let suggestion = diagnostics[0].suggestion.as_ref().unwrap_or_else(|| panic!("{source}: {diagnostics:?}"));
    let mut mended = source.to_owned();
    mended.replace_range(suggestion.span.clone(), &suggestion.replacement);
    mended
}

#[test]
fn errors_have_places() {
    let check = |source: &str, code: Code, line: usize, column: usize| {
        assert_eq!(found(source), [(code, line, column)], "{source}");
    };
    check("klap tekst a", Code::MissingAmen, 1, 12);
    check("\n  klap getal 5 # vijf", Code::MissingAmen, 2, 14);
    check("klap 5 # vijf amen", Code::MissingAmen, 1, 6);
    check("als waar amen\ngedaan", Code::MissingDoe, 1, 10);
    check("als waar # doe\ngedaan", Code::MissingDoe, 1, 5);
    check("é tekst a amen", Code::UnknownInstruction, 1, 1);
    check("voor x in y doe\n  klap 1 amen\ngedaan", Code::UnknownInstruction, 1, 1);
    check("maak koffie amen", Code::UnknownInstruction, 1, 6);
    check("gedaan", Code::GedaanWithoutBlock, 1, 1);
    check("plan doe\r\n als waar doe", Code::UnclosedBlocks, 2, 2);
    check("maak funksie f g doe\ngedaan", Code::MissingMet, 1, 16);
    check("maak funksie f x met g doe\ngedaan", Code::TrailingWords, 1, 16);
    check("zet x getal 1 amen", Code::MissingOp, 1, 1);
    check("zet x y op getal 1 amen", Code::TrailingWords, 1, 7);
    check("plan\ngedaan", Code::MissingDoe, 1, 1);
    check("als waar dan\ngedaan", Code::MissingDoe, 1, 10);
    check("klap getal amen", Code::MissingNumber, 1, 6);
    check("klap getal 3,14 amen", Code::BadNumber, 1, 12);
    check("klap getal ٣ amen", Code::BadNumber, 1, 12);
    check("klap da amen", Code::MissingName, 1, 6);
    check("roep amen", Code::MissingName, 1, 1);
    check("zet amen", Code::MissingName, 1, 1);
    check("zet op getal 1 amen", Code::MissingName, 1, 1);
    check("maak funksie doe\ngedaan", Code::MissingName, 1, 6);
    check("zet 5x op getal 1 amen", Code::BadName, 1, 5);
    check("klap da foto's amen", Code::BadName, 1, 9);
    check("anders", Code::AndersWithoutAls, 1, 1);
    check("plan doe\nanders doe\ngedaan", Code::AndersWithoutAls, 2, 1);
    check("als waar doe\nanders\nanders\ngedaan", Code::SecondAnders, 3, 1);
    check("als waar doe\nanders\nanders als waar doe\ngedaan", Code::SecondAnders, 3, 1);
    check("plan doe klap 1 amen\ngedaan", Code::TrailingWords, 1, 10);
    check("klap 1 amen klap 2 amen", Code::TrailingWords, 1, 13);
    check("plan doe\ngedaan amen", Code::TrailingWords, 2, 8);
    check("klap 1 dan 2 amen", Code::TrailingWords, 1, 8);
    check("klap getal 1 derbij amen", Code::MissingValue, 1, 20);
    check("klap keer getal 1 amen", Code::MissingValue, 1, 6);
    check("als doe\ngedaan", Code::MissingValue, 1, 1);
    check("klap () amen", Code::MissingValue, 1, 7);
    check("klap getal 1 getal 2 amen", Code::AdjacentValues, 1, 14);
    check("klap x + y amen", Code::RawPython, 1, 8);
    check("klap a.b amen", Code::RawPython, 1, 6);
    check("klap l[1:2] amen", Code::RawPython, 1, 8);
    check("klap (1, 2) amen", Code::RawPython, 1, 8);
    check("klap \"a amen", Code::UnclosedQuote, 1, 6);
    check("klap \"\\x1\" amen", Code::BadEscape, 1, 7);
    check("klap ( 1 amen", Code::LoneBracket, 1, 6);
    check("klap 1 ) amen", Code::LoneBracket, 1, 8);
    check("klap getal 1 ); print(\"x\" amen", Code::LoneBracket, 1, 14);
    check("klap [1) amen", Code::LoneBracket, 1, 8);
    check("geeftterug amen", Code::ReturnOutsideFunction, 1, 1);
    check("maak funksie f met a en a doe\ngedaan", Code::DuplicateParameter, 1, 25);
    check("maak funksie f met a, b doe\ngedaan", Code::BadName, 1, 20);
    check("zet a-b op 1 amen\nzet a_b op 2 amen", Code::NameClash, 2, 5);
    check("zet is op 1 amen\nzet is_ op 2 amen", Code::NameClash, 2, 5);
    check("roep print met roep max met 1 en 2 amen", Code::NestedCall, 1, 16);
    check("zet waar-naam op 1 amen\nzet True op 1 amen", Code::ConstantSet, 2, 5);
}

#[test]
fn doubts_have_places() {
    let check = |source: &str, expected: &[(Code, usize, usize)]| assert_eq!(found(source), expected, "{source}");
    check("klap tekst ik kom nie amen", &[(Code::OperatorInText, 1, 19)]);
    check("klap tekst de maat keer vol keer leeg amen", &[(Code::OperatorInText, 1, 20)]);
    check("klap tekst ga door da raam amen", &[(Code::OperatorInText, 1, 15)]);
    check("klap tekst ga door het raam amen", &[]);
    check("klap tekst ja of nee en amen", &[]);
    check("zet naam op 1 amen\nklap da naan amen\nklap naan amen", &[(Code::UndefinedName, 2, 9)]);
    check("klap len(input) amen", &[]);
    check(
        "maak funksie f met a doe\nroep f amen\ngedaan\nroep f met 1 en 2 amen\nklap f(1) amen",
        &[(Code::ArgumentCount, 2, 6), (Code::ArgumentCount, 4, 6)],
    );
    check("klap x amen\nzet x op 1 amen", &[(Code::UsedBeforeSet, 1, 6)]);
    check("zolang waar doe\nklap x amen\nzet x op 1 amen\ngedaan", &[]);
    check("zet print op 1 amen\nklap print amen", &[(Code::TakenName, 1, 5)]);
    check("maak funksie f doe\ngeeftterug amen\nklap 1 amen\nklap 2 amen\ngedaan", &[(Code::Unreachable, 3, 1)]);
    check("maak funksie f doe\nals waar doe\ngeeftterug amen\nanders\nklap 1 amen\ngedaan\nklap 1 amen\ngedaan", &[]);
    check("roep print met 1 en en 2 amen", &[(Code::EmptyArgument, 1, 21)]);
    check("roep print met 1 en amen", &[(Code::EmptyArgument, 1, 18)]);
}

#[test]
fn suggestions_mend() {
    for (source, expected) in [
        ("klap tekst a", "klap tekst a amen"),
        ("klap getal 5  # vijf", "klap getal 5 amen  # vijf"),
        ("Klap tekst a amen", "klap tekst a amen"),
        ("plan doe\nals waar doe", "plan doe\nals waar doe\ngedaan\ngedaan\n"),
        ("maak functie f doe\ngedaan", "maak funksie f doe\ngedaan"),
        ("maak funksie f a doe\ngedaan", "maak funksie f met a doe\ngedaan"),
        ("maak funksie f met a, b doe\ngedaan", "maak funksie f met a b doe\ngedaan"),
        ("zet x 5 amen", "zet x op 5 amen"),
        ("zet x y op 5 amen", "zet x op 5 amen"),
        ("als waar\ngedaan", "als waar doe\ngedaan"),
        ("klap getal 3,14 amen", "klap getal 3.14 amen"),
        ("klap spatie tekst x amen", "klap spatie plakt tekst x amen"),
        ("klap 1 == 2 amen", "klap 1 isgelijk 2 amen"),
        ("klap 1 isgroterda 2 amen", "klap 1 isgroterdan 2 amen"),
        ("roep print 1 amen", "roep print met 1 amen"),
        ("roep print met roep max met 1 en 2 amen", "roep print met ( roep max met 1 en 2 ) amen"),
        ("klap tekst ik kom nie amen", "klap \"ik kom nie\" amen"),
        ("zet naam op 1 amen\nklap naan amen", "zet naam op 1 amen\nklap naam amen"),
    ] {
        let mended = mended(source);
        assert_eq!(mended, expected);
        assert_eq!(check(&mended, &Options::default()), [], "{mended}");
    }
}

#[test]
fn one_run_finds_what_is_wrong_with_each_line() {
    let source = "plan doe\n  klap tekst a\n  als getal x doe\n    zet op 5 amen\n  anders doe\n    roep amen\n  gedaan\n  foo\ngedaan\ngedaan\n";
    let codes = [
        (Code::MissingAmen, 2, 14),
        (Code::BadNumber, 3, 13),
        (Code::MissingName, 4, 5),
        (Code::MissingName, 6, 5),
        (Code::UnknownInstruction, 8, 3),
        (Code::MissingAmen, 8, 3),
        (Code::GedaanWithoutBlock, 10, 1),
    ];
    assert_eq!(found(source), codes);
}

#[test]
fn frames_show_the_place() {
    let frame = |source: &str, voice| check(source, &Options::default())[0].frame(source, "hallo.plats", voice);
    assert_eq!(
        frame("plan doe\n\tklap getal 3,14 amen\ngedaan", Voice::English),
        "error[P009]: invalid number literal: 3,14\n \
         --> hallo.plats:2:13\n  |\n2 | \tklap getal 3,14 amen\n  | \t           ^^^^\n  = do you mean `3.14`?\n"
    );
    assert_eq!(
        frame("klap tekst a", Voice::Dutch),
        "fout[P001]: ge zijt 'amen' vergeten op het einde van de zin (missing 'amen')\n \
         --> hallo.plats:1:12\n  |\n1 | klap tekst a\n  |            ^\n  = zet hier `amen`\n"
    );
    let long = format!("klap tekst {} x nie amen", "a ".repeat(50_000));
    assert!(frame(&long, Voice::Antwerp).len() < 1000);
}

#[test]
fn what_a_codec_answers_is_raised_by_python() {
    let source = "plan doe\n  klap 't is \"goe\" amen\ngedaan\n";
    let diagnostic = &check(source, &Options::default())[0];
    let python = python_error(source, diagnostic, Voice::English);
    let shown = format!(
        "import traceback\ntry:\n    exec({})\nexcept SyntaxError as e:\n    print(e.lineno, e.offset, e.end_offset, \
         repr(e.text), e.msg, e.filename)\n",
        serde_json::to_string(&python).unwrap()
    );
    let answer = &ask(&[Question { python: &shown, other: None, run: true }])[0];
    assert_eq!(
        answer.stdout.as_deref(),
        Some("2 8 24 '  klap \\'t is \"goe\" amen' this quote is not closed [P018] <string>\n")
    );
    assert_eq!(python.matches('\n').count(), 3);
}

/// Sources that Python has to compile, and the same one step further, which has to be refused.
#[test]
fn limits_are_those_of_python() {
    let nested = |head: &'static str| {
        move |depth: usize| format!("{}klap 1 amen\n{}", head.repeat(depth), "gedaan\n".repeat(depth))
    };
    let blocks = nested("als waar doe\n");
    let functions = nested("maak funksie f doe\n");
    let loops = nested("zolang waar doe\n");
    let cases: &[(&dyn Fn(usize) -> String, usize)] = &[
        (&blocks, 99),
        (&functions, 99),
        (&loops, 20),
        (&(|depth| format!("klap {}1{} amen", "( ".repeat(depth), " )".repeat(depth))) as &dyn Fn(usize) -> String, 49),
        (&(|depth| format!("klap {}1{} amen", "[".repeat(depth), "]".repeat(depth))) as &dyn Fn(usize) -> String, 49),
        (
            &(|depth| format!("klap {}1{} amen", "len(".repeat(depth), ")".repeat(depth))) as &dyn Fn(usize) -> String,
            49,
        ),
        (&(|depth| format!("klap {}1 amen", "nie ".repeat(depth))) as &dyn Fn(usize) -> String, 49),
        (&(|depth| format!("klap {}1 amen", "deraf ".repeat(depth))) as &dyn Fn(usize) -> String, 49),
        (&(|depth| format!("klap 1{} amen", " derbij 1".repeat(depth))) as &dyn Fn(usize) -> String, 499),
        (&(|depth| format!("klap 1{} amen", " plakt 1".repeat(depth))) as &dyn Fn(usize) -> String, 498),
        (&(|depth| format!("klap len{} amen", "[0]".repeat(depth))) as &dyn Fn(usize) -> String, 499),
        (&(|depth| format!("klap len{} amen", "()".repeat(depth))) as &dyn Fn(usize) -> String, 499),
        (&(|count| format!("klap {} amen", "1".repeat(count))) as &dyn Fn(usize) -> String, 4300),
        (
            &(|count| format!("als waar doe\n{}gedaan", "anders als waar doe\n".repeat(count)))
                as &dyn Fn(usize) -> String,
            499,
        ),
    ];
    let mut deepest = Vec::new();
    for (make, limit) in cases {
        let compiled = compile(&make(*limit), &Options::default());
        let further = found(&make(limit + 1));
        assert!(matches!(further[..], [(Code::TooDeep | Code::BadNumber, ..)]), "{limit}: {further:?}");
        deepest.push(compiled.unwrap_or_else(|errors| panic!("{limit}: {errors:?}")).python);
    }
    // Everything at once: the brackets that are written, and those that come with them, in the deepest block with the longest chain.
    let value = format!("{}1{}{}", "( nie deraf ".repeat(16), " derbij 1 )".repeat(16), " plakt 2".repeat(400));
    let tower = format!("{}klap {value} amen\n{}", "maak funksie f doe\n".repeat(99), "gedaan\n".repeat(99));
    deepest.push(compile(&tower, &Options::default()).unwrap().python);
    let programs: Vec<&str> = deepest.iter().map(String::as_str).collect();
    for (python, refused) in programs.iter().zip(refusals(&programs)) {
        assert_eq!(refused, None, "{}", &python[..python.len().min(200)]);
    }
}

#[test]
fn long_lines_take_their_time_and_no_more() {
    // Ten times as much takes ten times as long; without optimisation that is a minute.
    let length = if std::env::var_os("PYXIDE_TEST_FULL").is_some() { 10_000_000 } else { 200_000 };
    let filled =
        |before: &str, filling: &str, after: &str| format!("{before}{}{after}", filling.repeat(length / filling.len()));
    for (source, code) in [
        (filled("klap tekst ", "keer ", "amen"), Some(Code::OperatorInText)),
        (filled("klap tekst ", "a", " amen"), None),
        (filled("klap [", "1,", "1] amen"), None),
        (filled("klap [", "tekst a,", "1] amen"), None),
        (filled("roep print met ", "1 en ", "1 amen"), None),
        (filled("klap 1 ", "derbij 1 ", "amen"), Some(Code::TooDeep)),
        (filled("klap ", "(", " amen"), Some(Code::TooDeep)),
        (filled("klap 1 ", "isgelijk 1 ", "amen"), None),
        (filled("klap \"", "\\n", "\" amen"), None),
        (filled("maak funksie f met ", "a ", "doe\ngedaan"), Some(Code::DuplicateParameter)),
        (filled("zet x ", "y ", "amen"), Some(Code::MissingOp)),
        (filled("#", "coding ", ""), None),
        (filled("", "\u{a0}", ""), None),
        (filled("", "foo ", ""), Some(Code::UnknownInstruction)),
    ] {
        let found = found(&source);
        assert_eq!(found.first().map(|(code, ..)| *code), code, "{}", &source[..40]);
    }
}

#[test]
fn what_is_no_program_at_all_is_refused_briefly() {
    let source = "x\n".repeat(5000);
    assert_eq!(check(&source, &Options::default()).len(), 1000);
    // Warnings leave room for the error.
    let source = format!("{}gedaan", "klap tekst nie amen\n".repeat(2000));
    let found = found(&source);
    assert_eq!((found.len(), found.last()), (1001, Some(&(Code::GedaanWithoutBlock, 2001, 1))));
}

#[test]
fn a_mark_of_the_byte_order_is_nothing() {
    assert_eq!(compile("\u{feff}klap 1 amen", &Options::default()).unwrap().python, "print(1)\n");
    assert_eq!(compile("\u{feff}\nklap 1 amen", &Options::default()).unwrap().python, "\nprint(1)\n");
}
