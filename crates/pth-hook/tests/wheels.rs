//! Hooks in wheels, read without unpacking them.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use pth_hook::{Error, Mark, Severity, Version, audit, lint};
use zip::{ZipWriter, write::SimpleFileOptions};

fn wheel(folder: &Path, members: &[(&str, &str)]) -> PathBuf {
    let path = folder.join("pkg-1.0-py3-none-any.whl");
    let mut writer = ZipWriter::new(fs_err::File::create(&path).unwrap());
    for (name, text) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    path
}

/// What a published package had in it, but for its length and what it sent away.
fn worst() -> String {
    let text = "cGFzcw==".repeat(500);
    format!(
        "import os, subprocess, sys; subprocess.Popen([sys.executable, \"-c\", \"import base64; exec(base64.b64decode('{text}'))\"])\n"
    )
}

#[test]
fn the_worst_is_marked() {
    let folder = tempfile::tempdir().unwrap();
    let path =
        wheel(folder.path(), &[("pkg/__init__.py", ""), ("pkg_init.pth", &worst()), ("pkg-1.0.dist-info/RECORD", "")]);
    let audited = audit(&path, None).unwrap();
    assert_eq!((audited.version, audited.hooks.len()), (Version::of(15), 1));
    let hook = &audited.hooks[0];
    assert_eq!(hook.marks, [Mark::Exec, Mark::Encoded, Mark::Process, Mark::LongLine]);
    assert_eq!((hook.package.as_deref(), hook.times), (Some("pkg 1.0"), 1));
    let rules: Vec<_> = lint(&path)
        .unwrap()
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule)
        .collect();
    assert_eq!(rules, ["long-line"]);
}

#[test]
fn paths_of_windows_are_read_as_there() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = |tag: &str| -> Vec<usize> {
        let members = [
            ("demo.pth", "demo\\LIB\nDemo\ndemo\\gone\ndemo\\lib\\A.py\ndem\n"),
            ("demo/lib/a.py", ""),
            ("demo-1.0.dist-info/WHEEL", tag),
            ("demo-1.0.dist-info/RECORD", ""),
        ];
        let found = lint(&wheel(folder.path(), &members)).unwrap();
        found.iter().filter(|finding| finding.rule == "no-folder").map(|finding| finding.line).collect()
    };
    assert_eq!(wrong("Tag: cp312-cp312-win_amd64\n"), [3, 5]);
    assert_eq!(wrong("Tag: cp312-cp312-linux_x86_64\n"), [1, 2, 3, 4, 5]);
    // One tag is enough, and only tags count.
    assert_eq!(wrong("Tag: cp312-cp312-linux_x86_64\nTag: cp312-cp312-win32\nGenerator: x\n"), [3, 5]);
    assert_eq!(wrong("Generator: make-win\nTag: cp312-cp312-linux_x86_64\n"), [1, 2, 3, 4, 5]);
}

#[test]
fn a_long_line_that_hides_nothing_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("import sys; names = [{}]\n", "'name', ".repeat(80));
    let path = wheel(folder.path(), &[("pkg-nspkg.pth", &long), ("pkg-1.0.dist-info/RECORD", "")]);
    let found = lint(&path).unwrap();
    let severity = found.iter().find(|finding| finding.rule == "long-line").map(|finding| finding.severity);
    assert_eq!(severity, Some(Severity::Warning));
    assert!(found.iter().all(|finding| finding.severity != Severity::Error), "{found:?}");
}

#[test]
fn hooks_are_found_where_they_are_installed() {
    let folder = tempfile::tempdir().unwrap();
    let members = [
        ("pkg-1.0.data/purelib/a.pth", "import _hook; _hook.go()\n"),
        ("pkg-1.0.data/platlib/_hook.py", "def go(): pass\n"),
        ("pkg-1.0.data/data/b.pth", "import nothing\n"),
        ("pkg/c.pth", "import nothing\n"),
        ("d.pth", "import wanted; wanted.go()\npkg\n"),
    ];
    let path = wheel(folder.path(), &members);
    let audited = audit(&path, Some(Version::of(13))).unwrap();
    let files: Vec<_> = audited.hooks.iter().map(|hook| hook.file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(files, ["a.pth", "d.pth"]);
    // A wheel is in no environment, where folders are read twice and another belongs to who starts it.
    assert!(audited.hooks.iter().all(|hook| hook.times == 1) && audited.user_site.is_none());
    let findings = lint(&path).unwrap();
    // What a wheel requires may bring the module.
    let unresolved: Vec<_> = findings.iter().filter(|finding| finding.rule == "unresolved").collect();
    assert_eq!(unresolved.len(), 1);
    assert_eq!((unresolved[0].severity, unresolved[0].file.as_str()), (Severity::Warning, "d.pth"));
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{findings:#?}");
}

#[test]
fn a_place_in_a_prefix_is_a_place_in_a_site_folder() {
    let folder = tempfile::tempdir().unwrap();
    let members = [
        ("a.pth", "import os; os.getcwd()\n"),
        ("pkg-1.0.data/data/lib/python3.12/site-packages/a.pth", "import (\n"),
        ("pkg-1.0.data/data/lib/python3.12/site-packages/evil.pth", "import base64; exec(base64.b64decode(''))\n"),
        ("pkg-1.0.data/data/lib/python3.12/site-packages/sitecustomize/__init__.pyc", ""),
        ("usercustomize.py", ""),
        ("pkg-1.0.dist-info/RECORD", ""),
    ];
    let path = wheel(folder.path(), &members);
    let audited = audit(&path, Some(Version::of(12))).unwrap();
    let real = fs_err::canonicalize(&path).unwrap();
    let files: Vec<_> = audited.hooks.iter().map(|hook| hook.file.strip_prefix(&real).unwrap()).collect();
    assert_eq!(files, ["a.pth", "evil.pth", "sitecustomize/__init__.pyc", "usercustomize.py"].map(Path::new));
    assert!(audited.hooks.iter().all(|hook| hook.package.as_deref() == Some("pkg 1.0")), "{:#?}", audited.hooks);
    assert_eq!(audited.hooks[2].module_marks, [Mark::Opaque]);
    // Both that come to lie in one place are judged.
    let findings = lint(&path).unwrap();
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{findings:#?}");
    assert_eq!((errors[0].rule, errors[0].file.as_str()), ("syntax", "a.pth"));
}

#[test]
fn modules_are_found_where_a_path_leads() {
    for (line, tag) in [("far/away", "linux_x86_64"), ("far\\away", "win_amd64")] {
        let folder = tempfile::tempdir().unwrap();
        let members = [
            ("a.pth", line),
            ("far/away/sitecustomize.py", "import helper\nimport socket\n"),
            ("far/away/helper.py", ""),
            ("pkg-1.0.dist-info/WHEEL", &format!("Tag: py3-none-{tag}\n")),
            ("pkg-1.0.dist-info/RECORD", ""),
        ];
        let path = wheel(folder.path(), &members);
        let audited = audit(&path, Some(Version::of(12))).unwrap();
        let [hook] = audited.hooks.as_slice() else { panic!("{:#?}", audited.hooks) };
        assert!(hook.file.ends_with(format!("{line}/sitecustomize.py")), "{}", hook.file.display());
        assert_eq!(hook.package.as_deref(), Some("pkg 1.0"));
        assert_eq!(
            (hook.imports.join(" "), hook.module_marks.as_slice()),
            ("helper sitecustomize".to_owned(), &[Mark::Network][..])
        );
    }
}

#[test]
fn a_module_that_a_wheel_does_not_have_may_be_that_of_a_requirement() {
    let folder = tempfile::tempdir().unwrap();
    let members =
        [("a.pth", "import pkg.gone, other.gone\n.\n"), ("pkg/__init__.py", ""), ("pkg-1.0.dist-info/RECORD", "")];
    let found = lint(&wheel(folder.path(), &members)).unwrap();
    let of = |rule| found.iter().filter(move |it| it.rule == rule).map(|it| (it.severity, it.message.as_str()));
    assert_eq!(
        of("unresolved").collect::<Vec<_>>(),
        [
            (Severity::Error, "there is no module `pkg.gone` here"),
            (Severity::Warning, "there is no module `other.gone` here")
        ]
    );
    assert_eq!(of("no-folder").count(), 0, "the folder itself is there");
}

#[test]
fn what_is_no_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pkg-1.0-py3-none-any.whl");
    fs_err::write(&path, "nothing of the kind").unwrap();
    assert!(matches!(audit(&path, None), Err(Error::Wheel { .. })));
    let empty = wheel(folder.path(), &[("pkg/__init__.py", "")]);
    assert_eq!((audit(&empty, None).unwrap().hooks, lint(&empty).unwrap()), (Vec::new(), Vec::new()));
}
