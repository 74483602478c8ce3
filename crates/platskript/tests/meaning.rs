//! What programs mean, beyond the public cases.

mod shared;

use platskript::{Options, compile};
use shared::{Question, ask};

fn python(source: &str) -> String {
    compile(source, &Options::default()).unwrap_or_else(|errors| panic!("{source}: {errors:?}")).python
}

/// Compares the Python of one-line programs.
#[track_caller]
fn check(source: &str, expected: &str) {
    assert_eq!(python(source).trim_end(), expected, "{source}");
}

#[test]
fn operators_bind_as_they_should() {
    check("klap 1 derbij 2 keer 3 amen", "print(1 + 2 * 3)");
    check("klap ( 1 derbij 2 ) keer 3 amen", "print((1 + 2) * 3)");
    check("klap 8 deraf ( 4 deraf 2 ) amen", "print(8 - (4 - 2))");
    check("klap nie 1 isgelijk 2 amen", "print(not 1 == 2)");
    check("klap 1 isgelijk nie 2 amen", "print(1 == (not 2))");
    check("klap ( 1 iskleinerdan 2 ) iskleinerdan 3 amen", "print((1 < 2) < 3)");
    check("klap 1 iskleinerdan 2 izz 3 izzniet 4 amen", "print(1 < 2 == 3 != 4)");
    check("klap waar of onwaar en nie waar amen", "print(True or False and not True)");
    check("klap deraf 5 derbij deraf getal -3 amen", "print(-5 + --3)");
    check("klap 7 rest 2 gedeeld door 3 door 4 amen", "print(7 % 2 / 3 / 4)");
    check("klap 1 plus 2 min 3 maal 4 amen", "print(1 + 2 - 3 * 4)");
    check("klap 1 groterofgelijk 2 ofwel 1 iskleinerofgelijk 2 amen", "print(1 >= 2 or 1 <= 2)");
}

#[test]
fn texts_are_glued() {
    check("klap 1 plakt 2 amen", "print(str(1) + str(2))");
    check("klap tekst a plakt getal 1 derbij 2 amen", "print('a' + str(1 + 2))");
    check("klap 1 derbij 2 plakt tekst a amen", "print(str(1 + 2) + 'a')");
    check("klap tekst a plakt tekst b isgelijk tekst ab amen", "print('a' + 'b' == 'ab')");
    check("klap ( 1 plakt 2 ) keer 3 amen", "print((str(1) + str(2)) * 3)");
    check("klap tekst a plakt ( tekst b plakt tekst c ) amen", "print('a' + ('b' + 'c'))");
    check("klap nie tekst a plakt getal 1 amen", "print(not 'a' + str(1))");
}

#[test]
fn texts_end_where_they_should() {
    check("klap tekst ge zijt nie goe amen", "print('ge zijt nie goe')");
    check("klap tekst jan of da piet amen", "print('jan' or piet)");
    check("klap tekst ja of nee plakt spatie amen", "print('ja of nee' + ' ')");
    check("klap tekst dat plakt goed amen", "print('dat plakt goed')");
    check("klap tekst a plakt telop(2, 3) amen", "print('a' + str(telop(2, 3)))");
    check("klap tekst a plakt \"b  c\" amen", "print('a' + \"b  c\")");
    check("klap tekst x rest da y amen", "print('x rest da y')");
    check("als tekst a isgelijk tekst zie je dan dan doe\ngedaan", "if 'a' == 'zie je dan': pass");
    check("als tekst doe maar doe # x\ngedaan", "if 'doe maar': pass");
    check("klap ( tekst a (b) plakt tekst c ) amen", "print('a (b)' + 'c')");
    check("klap f(tekst ja, tekst nee) amen", "print(f('ja', 'nee'))");
    check("klap (tekst ja, nee) amen", "print('ja, nee')");
    check("klap tekst a # b ) amen", "print('a # b )')");
}

#[test]
fn calls_reach_over_sums_alone() {
    check("klap roep f met 1 derbij 2 isgelijk 3 amen", "print(f(1 + 2) == 3)");
    check("klap roep f met 1 plakt 2 amen", "print(str(f(1)) + str(2))");
    check("klap roep f met 1 en 2 amen", "print(f(1, 2))");
    check("klap roep f met 1 enook 2 amen", "print(f(1) and 2)");
    check("klap roep f en 2 amen", "print(f() and 2)");
    check("klap roep f met nie waar en ( waar en onwaar ) amen", "print(f(not True, True and False))");
    check("klap roep f met ( roep g met 1 en 2 ) en 3 amen", "print(f(g(1, 2), 3))");
    check("roep f met 1 isgelijk 2 en tekst a plakt getal 3 amen", "f(1 == 2, 'a' + str(3))");
    check("roep f met roep g en 2 amen", "f(g(), 2)");
    check("roep f met g(1)[0][1](2) amen", "f(g(1)[0][1](2))");
}

#[test]
fn names_are_made_to_fit() {
    check("zet mijn-naam op da is amen", "mijn_naam = is_");
    check("zet print op str(1) plakt 2 amen", "print_ = str(str(1)) + str(2)");
    check("zet op op da op amen", "op = op");
    check("zet l[0] op 5 amen", "l[0] = 5");
    check("roep amen amen", "amen()");
    check("maak funksie met met doe en is doe\ngedaan", "def met(doe, is_): pass");
    check(
        "maak funksie f met print doe\nklap print amen\ngedaan\nklap print amen",
        "def f(print_):\n    print(print_)\n\nprint(print)",
    );
    check("klap da True enook None amen", "print(True and None)");
}

#[test]
fn each_line_has_its_line() {
    let source = "# coding: vlaamsplats\r\nplan doe\u{2028}als waar doe\n# niks\u{b}amen\nanders\n\nals onwaar doe\ngedaan\rgedaan\ngedaan # uit\n";
    assert_eq!(python(source), "\n\nif True: pass\n\n\nelse:\n\n    if False: pass\n\n\n\n");
    assert_eq!(python(""), "");
    assert_eq!(python("amen"), "\n");
}

#[test]
fn python_passes_through_where_it_may() {
    let raw = |source: &str| compile(source, &Options { raw_python: true }).map(|compiled| compiled.python);
    for (source, expected) in [
        ("klap getal 1 + getal 2 amen", "print(1 + 2)\n"),
        ("zet x.y op { 'a b': 1 } amen", "x.y = { 'a b': 1 }\n"),
        ("roep l.append met x[1:2] en tekst a amen", "l.append(x[1:2], 'a')\n"),
        ("klap f\"{x}\" plakt da is amen", "print(f\"{x}\" + is_)\n"),
        ("als x in (1, 2) dan doe\ngedaan", "if x in (1, 2): pass\n\n"),
        ("klap tekst a plakt getal 1 amen", "print('a' + str(1))\n"),
    ] {
        assert_eq!(raw(source).unwrap(), expected);
        assert!(compile(source, &Options::default()).is_err() || !source.contains(['+', '.', '{', ':']), "{source}");
    }
    for refused in ["klap getal 1 ); print(\"x\" amen", "klap x # y amen", "klap 'a amen", "klap a; b amen"] {
        assert!(raw(refused).is_err(), "{refused}");
    }
}

#[test]
fn programs_run() {
    let source = "plan doe
  maak funksie faculteit met n doe
    als da n iskleinerdan 2 doe
      geeftterug 1 amen
    gedaan
    geeftterug da n keer faculteit(da n deraf 1) amen
  gedaan
  zet i op 1 amen
  zolang da i iskleinerofgelijk 5 doe
    klap da i plakt \"! = \" plakt roep faculteit met da i amen
    zet i op da i derbij 1 amen
  gedaan
gedaan";
    let python = python(source);
    let answer = &ask(&[Question { python: &python, other: None, run: true }])[0];
    assert_eq!(answer.stdout.as_deref(), Some("1! = 1\n2! = 2\n3! = 6\n4! = 24\n5! = 120\n"));
}
