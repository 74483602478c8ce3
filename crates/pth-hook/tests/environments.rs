//! What is seen from an environment: whose folders, in what order, how many times.

use std::path::Path;

use pth_hook::{Mark, Severity, Step, Version, audit, lint};
use tempfile::TempDir;

/// Folders with these files below them.
fn folders(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text.replace("$ROOT", root.path().to_str().unwrap())).unwrap();
    }
    root
}

/// What is appended to `sys.path`, and what runs, without the folder.
fn happens(root: &Path, environment: &str, version: Option<&str>) -> Vec<String> {
    let real = fs_err::canonicalize(root).unwrap();
    let below = |path: &Path| path.strip_prefix(&real).unwrap().to_str().unwrap().to_owned();
    let audited = audit(&root.join(environment), version.map(|text| text.parse().unwrap())).unwrap();
    let steps = audited.steps.iter().filter_map(|step| match step {
        Step::Append { path, .. } => Some(below(path)),
        Step::Run { place, .. } => Some(format!("run {}", below(&place.path()))),
        _ => None,
    });
    let customized =
        audited.hooks.iter().filter(|hook| hook.line == 0).map(|hook| format!("run {}", below(&hook.file)));
    steps.chain(customized).collect()
}

const VENV: &str = "v/lib/python3.12/site-packages";
const BASE: &str = "base/lib/python3.12/site-packages";

fn environment(configuration: &str) -> TempDir {
    folders(&[
        ("v/pyvenv.cfg", &format!("home = $ROOT/base/bin\nversion = 3.12.1\n{configuration}")),
        (&format!("{VENV}/a.pth"), "import a\n"),
        (&format!("{VENV}/own-1.dist-info/RECORD"), "a.pth,,\nb.pth,,\n"),
        (&format!("{BASE}/base-2.dist-info/RECORD"), "a.pth,,\nb.pth,,\n"),
        (&format!("{VENV}/usercustomize.py"), ""),
        ("base/lib/python3.12/os.py", ""),
        (&format!("{BASE}/b.pth"), "import b\n"),
        ("base/lib/python3.14/os.py", ""),
        ("base/lib/python3.14/site-packages/c.pth", "import c\n"),
    ])
}

#[test]
fn an_environment_by_itself() {
    let root = environment("include-system-site-packages = false\n");
    let seen = happens(root.path(), "v", None);
    assert_eq!(seen, [VENV, &format!("run {VENV}/a.pth"), &format!("run {VENV}/a.pth")]);
}

#[test]
fn what_is_installed_is_seen_unless_something_else_is_said() {
    for configuration in ["", "include-system-site-packages = false\nInclude-System-Site-Packages=TRUE\n"] {
        let root = environment(configuration);
        let seen = happens(root.path(), "v", None);
        let own = format!("run {VENV}/a.pth");
        let custom = format!("run {VENV}/usercustomize.py");
        assert_eq!(seen, [VENV, &own, &own, BASE, &format!("run {BASE}/b.pth"), &custom], "{configuration}");
        let audited = audit(&root.path().join("v"), None).unwrap();
        assert!(audited.user_site.is_some());
        // Each has the package of its own folder.
        let packages: Vec<_> = audited.hooks.iter().map(|hook| hook.package.as_deref()).collect();
        assert_eq!(packages, [Some("own 1"), Some("base 2"), None]);
        // A site folder by itself is no environment.
        let alone = happens(root.path(), VENV, None);
        assert_eq!(alone, [VENV, &own, &own, &custom]);
        assert_eq!(audit(&root.path().join(VENV), None).unwrap().user_site, None);
    }
}

#[test]
fn what_modules_of_hooks_do_is_marked() {
    let root = environment("include-system-site-packages = false\n");
    for (name, text) in [
        ("a.pth", "import _b, _a, os; _a.go()\n"),
        ("_a.py", "import socket, ctypes, re\ndef go(): pass\n"),
        ("_b.py", "import socket, subprocess\n"),
        ("b.start", "_a:go\n"),
    ] {
        fs_err::write(root.path().join(VENV).join(name), text).unwrap();
    }
    let audited = audit(&root.path().join("v"), Some("3.15".parse().unwrap())).unwrap();
    let [line, entry_point] = &audited.hooks[..] else { panic!("{:#?}", audited.hooks) };
    assert_eq!(line.module_marks, [Mark::Network, Mark::Process, Mark::Native]);
    assert_eq!(entry_point.module_marks, [Mark::Network, Mark::Native]);
    assert_eq!(entry_point.heavy, ["ctypes", "pkgutil", "re", "socket"], "site imports two of them");
}

#[test]
fn an_installation_is_found_by_links() {
    let root = environment("");
    let program = root.path().join("base/bin/python3.12");
    for folder in ["base/bin", "v/bin", "links/bin"] {
        fs_err::create_dir_all(root.path().join(folder)).unwrap();
    }
    fs_err::write(&program, "").unwrap();
    let configuration = format!("home = {}\nversion = 3.12.1\n", root.path().join("links/bin").display());
    fs_err::write(root.path().join("v/pyvenv.cfg"), configuration).unwrap();
    let hook = format!("run {BASE}/b.pth");
    for link in ["v/bin/python", "links/bin/python3"] {
        let link = root.path().join(link);
        assert!(!happens(root.path(), "v", None).contains(&hook), "nothing leads there");
        fs_err::os::unix::fs::symlink(&program, &link).unwrap();
        assert!(happens(root.path(), "v", None).contains(&hook), "{}", link.display());
        fs_err::remove_file(link).unwrap();
    }
}

#[test]
fn an_installation_has_several_versions() {
    let root = environment("");
    assert!(happens(root.path(), "base", None).contains(&"run base/lib/python3.14/site-packages/c.pth".to_owned()));
    assert_eq!(happens(root.path(), "base", Some("3.12.1")), [BASE, &format!("run {BASE}/b.pth")]);
}

#[test]
fn the_library_is_on_the_path_already() {
    let root = environment("include-system-site-packages = false\n");
    let text = "$ROOT/base/lib/python3.12\n$ROOT/base/lib\n"
        .replace("$ROOT", fs_err::canonicalize(root.path()).unwrap().to_str().unwrap());
    fs_err::write(root.path().join(VENV).join("a.pth"), text).unwrap();
    for version in ["3.12", "3.15"] {
        assert_eq!(happens(root.path(), "v", Some(version)), [VENV, "base/lib"], "{version}");
    }
}

#[test]
fn an_environment_where_the_library_is_in_lib64() {
    let root = environment("include-system-site-packages = false\n");
    fs_err::create_dir(root.path().join("base/lib64")).unwrap();
    fs_err::rename(root.path().join("base/lib/python3.12"), root.path().join("base/lib64/python3.12")).unwrap();
    fs_err::os::unix::fs::symlink("lib", root.path().join("v/lib64")).unwrap();
    let other = VENV.replace("lib", "lib64");
    let runs = |folder: &str| format!("run {folder}/a.pth");
    let twice = [other.clone(), runs(&other), VENV.to_owned(), runs(VENV), runs(&other), runs(VENV)];
    assert_eq!(happens(root.path(), "v", Some("3.14")), twice);
    assert_eq!(happens(root.path(), "v", Some("3.15")), [other.clone(), VENV.to_owned(), runs(&other), runs(VENV)]);
    let ends = |rule| lint(&root.path().join("v")).unwrap().iter().filter(|finding| finding.rule == rule).count();
    assert_eq!(ends("end-date"), 1, "one file is judged once");
    assert!(Version::of(14).reads_twice() && !Version::of(15).reads_twice());
}

#[test]
fn a_folder_of_two_names_is_read_by_one() {
    let root = environment("include-system-site-packages = false\n");
    fs_err::os::unix::fs::symlink("lib", root.path().join("v/lib64")).unwrap();
    let run = format!("run {VENV}/a.pth");
    assert_eq!(happens(root.path(), "v", None), [VENV, &run, &run]);
}

#[test]
fn paths_that_begin_with_dots_are_followed() {
    let root = environment("include-system-site-packages = false\n");
    let site = root.path().join(VENV);
    fs_err::create_dir(site.join("there")).unwrap();
    fs_err::write(site.join("a.pth"), "./there\nthere/../there/\n..\n.\n./gone\n../gone\nthere/../gone\n.gone\n")
        .unwrap();
    let gone = |path: &Path| {
        let findings = lint(path).unwrap();
        findings.iter().filter(|finding| finding.rule == "no-folder").map(|finding| finding.line).collect::<Vec<_>>()
    };
    assert_eq!(gone(&root.path().join("v")), [5, 6, 7, 8]);
    // What will be above it cannot be seen from a file alone.
    assert_eq!(gone(&site.join("a.pth")), [5, 7, 8]);
}

#[test]
fn modules_are_where_path_lines_lead() {
    let hook =
        |name: &str, call: &str| (format!("v/lib/python3.12/site-packages/{name}.pth"), format!("import {call}\n"));
    let hooks = [
        hook("good", "pkg.core; pkg.core.f()"),
        hook("function", "pkg.core; pkg.core.g()"),
        hook("module", "pkg.gone; pkg.gone.f()"),
        hook("nothing", "other; other.f()"),
        hook("installed", "base; base.f()"),
    ];
    let mut files = vec![
        ("v/pyvenv.cfg", "home = $ROOT/base/bin\nversion = 3.12.1\n"),
        ("v/lib/python3.12/site-packages/__editable__.pkg.pth", "$ROOT/project/src\n$ROOT/gone\n"),
        ("project/src/pkg/__init__.py", ""),
        ("project/src/pkg/core.py", "import subprocess\n\n\ndef f():\n    pass\n"),
        ("gone.py", ""),
        ("base/lib/python3.12/os.py", ""),
        ("base/lib/python3.12/site-packages/base.py", "def f():\n    pass\n"),
    ];
    files.extend(hooks.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let root = folders(&files);
    let environment = root.path().join("v");
    let found: Vec<_> =
        lint(&environment).unwrap().into_iter().filter(|finding| finding.rule == "unresolved").collect();
    let found: Vec<_> = found.iter().map(|finding| (finding.file.as_str(), finding.message.as_str())).collect();
    assert_eq!(
        found,
        [
            ("function.pth", "`pkg.core` has no `g`"),
            ("module.pth", "there is no module `pkg.gone` here"),
            ("nothing.pth", "there is no module `other` here"),
        ]
    );
    let audited = audit(&environment, None).unwrap();
    let good = audited.hooks.iter().find(|hook| hook.file.ends_with("good.pth")).unwrap();
    assert_eq!(good.imports, ["pkg", "pkg.core"]);
    assert_eq!(good.heavy, ["subprocess"]);
    assert_eq!(good.module_marks, [Mark::Process]);
}

#[test]
fn what_code_of_an_editable_installation_finds_is_not_known() {
    let root = folders(&[
        (
            "site-packages/__editable__.pkg-1.0.pth",
            "import __editable___pkg_finder; __editable___pkg_finder.install()\n",
        ),
        ("site-packages/__editable___pkg_finder.py", "def install():\n    pass\n"),
        ("site-packages/pkg_hook.pth", "import pkg; pkg.f()\n"),
    ]);
    let unresolved =
        || lint(&root.path().join("site-packages")).unwrap().into_iter().find(|it| it.rule == "unresolved");
    let found = unresolved().unwrap();
    assert_eq!(found.severity, Severity::Warning);
    assert_eq!(found.message, "there is no module `pkg` here, unless code of `__editable__.pkg-1.0.pth` finds it");
    fs_err::remove_file(root.path().join("site-packages/__editable__.pkg-1.0.pth")).unwrap();
    assert_eq!(unresolved().unwrap().severity, Severity::Error);
}
