//! Which rules a startup file breaks, by its text and by what is around it.

use std::path::Path;

use pth_hook::{Finding, Severity, lint};

/// The findings of these rules in a folder with these files: rule, severity, file and line.
fn found(folder: &Path, files: &[(&str, &str)], rules: &[&str]) -> Vec<String> {
    for (name, text) in files {
        let path = folder.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let shown = |it: Finding| format!("{} {} {}:{}", it.severity.name(), it.rule, it.file, it.line);
    let findings = lint(folder).unwrap().into_iter();
    findings.filter(|finding| rules.is_empty() || rules.contains(&finding.rule)).map(shown).collect()
}

#[test]
fn by_its_text() {
    let cases: [(&str, &str, &[&str]); 12] = [
        (".a.pth", "# so\n", &["warning hidden .a.pth:0"]),
        ("a.pth", "# \u{e4}\n", &["note encoding a.pth:0"]),
        ("a.pth", "# a\u{c}b\n", &["error line-ends a.pth:0", "error no-folder a.pth:2"]),
        ("a.pth", " # so\n", &["error indented a.pth:1"]),
        ("a.pth", " .\n", &[]),
        ("a.pth", ".\nsub\n./\n", &[]),
        ("a.start", "\u{feff}_m:\u{e4}\n", &["error unresolved a.start:1"]),
        ("a.start", " _m:go \n\n# so\n", &[]),
        ("a.pth", "import _m; _m.go()\n", &[]),
        ("a.pth", "import sub._m; sub._m.go()\n", &["warning unguarded a.pth:1"]),
        ("a.pth", "import os; os.environ.get('A') and __import__('sub._m').go()\n", &["warning form a.pth:1"]),
        ("a.pth", "import _n, typing; _n.typing.x\n", &["warning form a.pth:1", "warning heavy-import a.pth:1"]),
    ];
    for (name, text, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let around = [("_m.py", "def go(): pass\n"), ("_n.py", ""), ("sub/_m.py", "def go(): pass\n"), (name, text)];
        let findings = found(folder.path(), &around, &[]);
        let findings: Vec<_> =
            findings.iter().filter(|it| !it.contains("end-date") && !it.contains("start-cost")).collect();
        assert_eq!(findings, expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_at_a_glance_and_hides_something() {
    let long = "'x', ".repeat(110);
    for (code, severity) in [
        ("len", Severity::Warning),
        ("exec", Severity::Error),
        ("os.system", Severity::Error),
        ("zlib.crc32", Severity::Error),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let findings =
            found(folder.path(), &[("a.pth", &format!("import os, zlib; {code}([{long}])\n"))], &["long-line"]);
        assert_eq!(findings.len(), 1);
        // `zlib` itself decodes something, wherever it stands.
        let expected = if code == "len" { Severity::Error } else { severity };
        assert_eq!(findings[0], format!("{} long-line a.pth:1", expected.name()), "{code}");
    }
}

#[test]
fn a_place_on_one_machine() {
    let files = [("a.pth", "/\nC:\\x\n/gone\n")];
    let folder = tempfile::tempdir().unwrap();
    let on_one = |line: usize| format!("warning no-folder a.pth:{line}");
    assert_eq!(found(folder.path(), &files, &["no-folder"]), [1, 2, 3].map(on_one));
    // In an environment it is the right one.
    let root = tempfile::tempdir().unwrap();
    let site = root.path().join("lib/python3.12/site-packages");
    found(&site, &files, &[]);
    fs_err::write(root.path().join("lib/python3.12/os.py"), "").unwrap();
    assert_eq!(found(root.path(), &[], &["no-folder"]), [2, 3].map(|line| format!("error no-folder a.pth:{line}")));
}

#[test]
fn a_pair_is_one_whatever_stands_around_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let files = [("a.pth", "import _m; _m.go()\n"), ("a.start", "# so\n\n  _m:go  \n"), ("_m.py", "def go(): pass\n")];
    assert_eq!(found(folder.path(), &files, &["pair", "entry-point", "end-date"]), [""; 0]);
}
