//! What is done to wheels, and what an sdist must hold.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wheel_config::{Finished, Kind, Payload, Settings, relocated, sdist_files};
use wheel_patch::{Change, Content, Target};
use zip::{ZipWriter, write::SimpleFileOptions};

const BUILD: &str = "[tool.pyxide.build]\nbackend = \"inner\"\n";

/// A project, and a wheel that its backend has made.
struct Project {
    folder: TempDir,
    settings: Settings,
}

impl Project {
    fn new(wheel: &str, files: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, *file).unwrap();
        }
        Self { folder, settings: Settings::read(&format!("{BUILD}[tool.pyxide.wheel]\n{wheel}\n")).unwrap() }
    }

    fn write(&self, file: &str, bytes: &[u8]) {
        fs_err::write(self.folder.path().join(file), bytes).unwrap();
    }

    fn root(&self) -> PathBuf {
        fs_err::canonicalize(self.folder.path()).unwrap()
    }

    /// One line for each addition to a wheel with these members, then the notes; or the complaint.
    fn outcome(&self, kind: Kind, members: &[(&str, &str)]) -> String {
        let wheel = self.folder.path().join("sample-1.0-py3-none-any.whl");
        write_wheel(&wheel, members);
        let outcome = Payload::gather(&self.settings, self.folder.path(), kind)
            .and_then(|payload| payload.changes(&Finished::open(&wheel, "inner")?));
        let changes = match outcome {
            Ok(changes) => changes,
            Err(error) => return format!("{error}\n"),
        };
        let mut text = String::new();
        for change in changes.changes {
            let Change::Add(it) = change else { panic!("nothing is removed or renamed") };
            let scheme = match it.target {
                Target::Root => String::new(),
                Target::Scheme(scheme) => format!("{scheme:?}/"),
            };
            let content = match it.content {
                Content::File(file) => file.strip_prefix(self.root()).unwrap().display().to_string(),
                Content::Bytes(bytes) => format!("{:?}", self.shown(&String::from_utf8(bytes).unwrap())),
            };
            let marks = [(it.executable, " executable"), (it.replace, " replace")];
            let marks: String = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
            writeln!(text, "{scheme}{} <- {content}{marks}", it.path).unwrap();
        }
        // The others are about hooks and not about this wheel.
        for note in changes.notes.iter().filter(|note| note.contains("`inner`") || note.contains("editable")) {
            writeln!(text, "note: {note}").unwrap();
        }
        text
    }

    /// What a `.pth` says, without how it is guarded.
    fn shown(&self, text: &str) -> String {
        let text = text.replace(self.root().to_str().unwrap(), "[PROJECT]");
        let line = |line: &str| match line.strip_prefix("import sys; exec(\"try: import ") {
            Some(call) => format!("[HOOK {}]\n", call.split(' ').next().unwrap()),
            None => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }
}

fn write_wheel(path: &Path, members: &[(&str, &str)]) {
    let mut archive = ZipWriter::new(fs_err::File::create(path).unwrap());
    let metadata = ("sample-1.0.dist-info/METADATA", "Name: sample\n\nRequires-Python: >=3.18\n");
    let metadata = Some(&metadata).filter(|_| members.iter().all(|(name, _)| *name != metadata.0));
    for (name, text) in members.iter().chain(metadata) {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn files_and_folders() {
    let project = Project::new(
        r#"
        files = [{ from = "data/tool.sh", to = "tool", scheme = "scripts" }, { from = "data/x.txt", executable = true }]
        folders = [
            { from = "words", to = "pkg/words", exclude = ["*.tmp", "deep/left/**"] },
            { from = "inc", to = ".", scheme = "headers" },
        ]"#,
        &[
            "data/tool.sh",
            "data/x.txt",
            "words/a",
            "words/b.tmp",
            "words/deep/b.tmp",
            "words/deep/c",
            "words/deep/left/d",
            "words/__pycache__/a.pyc",
            "words/.git/config",
            "words/a.pyc",
            "inc/x.h",
        ],
    );
    insta::assert_snapshot!(project.outcome(Kind::Regular, &[]), @r"
    Scripts/tool <- data/tool.sh executable
    x.txt <- data/x.txt executable
    pkg/words/a <- words/a
    pkg/words/deep/c <- words/deep/c
    Headers/x.h <- inc/x.h
    ");
}

#[cfg(unix)]
#[test]
fn who_may_run_a_file() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new(
        r#"
        hooks = [{ file = "x.pth" }]
        files = [{ from = "run" }, { from = "run", to = "no", executable = false }]
        folders = [{ from = "bin" }, { from = "bin", to = ".", scheme = "scripts" }]"#,
        &["x.pth", "run", "bin/run", "bin/read"],
    );
    for (file, mode) in [("x.pth", 0o755), ("run", 0o744), ("bin/run", 0o654)] {
        fs_err::set_permissions(project.folder.path().join(file), PermissionsExt::from_mode(mode)).unwrap();
    }
    insta::assert_snapshot!(project.outcome(Kind::Regular, &[]), @r"
    x.pth <- x.pth
    run <- run executable
    no <- run
    bin/read <- bin/read
    bin/run <- bin/run executable
    Scripts/read <- bin/read executable
    Scripts/run <- bin/run executable
    ");
}

#[test]
fn an_editable_wheel_has_copies_or_path_lines_or_nothing() {
    let project = Project::new(
        r#"
        folders = [
            { from = "words" },
            { from = "data/lexicon", to = "lexicon", editable = "path" },
            { from = "data/more", editable = "path" },
            { from = "dialects", editable = "path" },
            { from = "left", to = "pkg/left", editable = "none" },
        ]"#,
        &["words/a", "data/lexicon/b", "data/more/c", "dialects/d", "left/e"],
    );
    insta::assert_snapshot!(project.outcome(Kind::Editable, &[]), @r#"
    words/a <- words/a
    _pyxide_editable_sample.pth <- "[PROJECT]/data\n[PROJECT]\n"
    "#);
    insta::assert_snapshot!(project.outcome(Kind::Regular, &[]), @r"
    words/a <- words/a
    lexicon/b <- data/lexicon/b
    more/c <- data/more/c
    dialects/d <- dialects/d
    pkg/left/e <- left/e
    ");
}

#[test]
fn a_hook_joins_the_file_of_its_name_in_an_editable_wheel() {
    let hook = r#"hooks = [{ name = "sample", call = "sample:register" }]"#;
    let project = Project::new(hook, &[]);
    let theirs = ("sample.pth", "/somewhere/src");
    insta::assert_snapshot!(project.outcome(Kind::Editable, &[theirs]), @r#"
    sample.pth <- "/somewhere/src\n[HOOK sample]\n" replace
    note: `sample.pth` is also the name of a file of `inner` that leads to the sources: its line is in `sample.pth`
    "#);
    // Twice is as good as once.
    let request = pth_hook::Request {
        name: "sample".to_owned(),
        entry: "sample:register".parse().unwrap(),
        policy: pth_hook::StartPolicy::Auto,
        requires_python: None,
        shim: None,
    };
    let line = String::from_utf8(pth_hook::write(&request).unwrap().files.remove(0).1).unwrap();
    let both = format!("/somewhere/src\n{line}");
    insta::assert_snapshot!(project.outcome(Kind::Editable, &[("sample.pth", &both)]), @"");
    // Nothing stands before the first line.
    assert!(project.outcome(Kind::Editable, &[("sample.pth", "")]).starts_with("sample.pth <- \"[HOOK sample]\\n\""));
    // Elsewhere it is another file of that name.
    insta::assert_snapshot!(project.outcome(Kind::Regular, &[theirs]), @"pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` puts `sample.pth` into the wheel, and `inner` has put another file there");
}

#[test]
fn a_hook_that_would_be_read_too_early_joins_the_last_file() {
    let hooks = r#"
        hooks = [
            { name = "autoload", call = "sample:register" },
            { name = "sample-hook", call = "sample:more" },
            { name = "zz", call = "sample:last" },
        ]"#;
    let members = [("_first.pth", "/first\n"), ("sample.pth", "/somewhere/src")];
    insta::assert_snapshot!(Project::new(hooks, &[]).outcome(Kind::Editable, &members), @r#"
    zz.pth <- "[HOOK sample]\n"
    sample.pth <- "/somewhere/src\n[HOOK sample]\n[HOOK sample]\n" replace
    note: `autoload.pth` would be read before a file of `inner` that leads to the sources: its line is in `sample.pth`
    note: `sample-hook.pth` would be read before a file of `inner` that leads to the sources: its line is in `sample.pth`
    "#);
    let started = Project::new(r#"hooks = [{ name = "autoload", call = "sample:register", start = "always" }]"#, &[]);
    insta::assert_snapshot!(started.outcome(Kind::Editable, &members), @r#"
    autoload.start <- "sample:register\n"
    autoload.pth <- "[HOOK sample]\n"
    note: `autoload.pth` is read before `sample.pth` of `inner`: before Python 3.15 the hook may not find what it calls
    "#);
    // Nor may it join what a `.start` of theirs replaces.
    let paired = [("sample.pth", "/somewhere/src\n"), ("sample.start", "finder:install\n")];
    let project = Project::new(r#"hooks = [{ name = "autoload", call = "sample:register" }]"#, &[]);
    insta::assert_snapshot!(project.outcome(Kind::Editable, &paired), @r#"
    autoload.pth <- "[HOOK sample]\n"
    note: `autoload.pth` is read before `sample.pth` of `inner`: before Python 3.15 the hook may not find what it calls
    "#);
}

#[test]
fn a_start_would_switch_off_the_lines_of_the_other() {
    let started = Project::new(r#"hooks = [{ name = "sample", call = "sample:register", start = "always" }]"#, &[]);
    let code = ("sample.pth", "/somewhere/src\nimport finder; finder.install()\n");
    insta::assert_snapshot!(started.outcome(Kind::Editable, &[code]), @"pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` puts `sample.pth` into the wheel, and `inner` has put a `.pth` that runs code, which the `.start` of the hook would switch off, there");
    let path = ("sample.pth", "/somewhere/src\n");
    insta::assert_snapshot!(started.outcome(Kind::Editable, &[path]), @r#"
    sample.start <- "sample:register\n"
    sample.pth <- "/somewhere/src\n[HOOK sample]\n" replace
    note: `sample.pth` is also the name of a file of `inner` that leads to the sources: its line is in `sample.pth`
    "#);
    let plain = Project::new(r#"hooks = [{ name = "sample", call = "sample:register" }]"#, &[]);
    let members = [("sample.pth", "/somewhere/src\n"), ("sample.start", "finder:install\n")];
    insta::assert_snapshot!(plain.outcome(Kind::Editable, &members), @"pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` puts `sample.pth` into the wheel, and `inner` has put a `.pth` together with a `.start`, which would switch off the hook, there");
}

#[test]
fn what_a_hook_calls_in_a_folder_of_the_project_is_on_the_path_before() {
    let outcome = |hooks: &str, members: &[(&str, &str)]| {
        let folders = r#"folders = [{ from = "ex/extra", to = "extra", editable = "path" }]"#;
        let project = Project::new(&format!("hooks = [{hooks}]\n{folders}"), &["ex/extra/codec.py"]);
        project.outcome(Kind::Editable, members)
    };
    let theirs = &[("__editable__.sample-1.0.pth", "/somewhere/src")][..];
    let hook = |name: &str| format!(r#"{{ name = "{name}", call = "extra:register" }}"#);
    // As a line of theirs, behind theirs.
    insta::assert_snapshot!(outcome(&hook("B"), theirs), @r#"
    __editable__.sample-1.0.pth <- "/somewhere/src\n[PROJECT]/ex\n[HOOK extra]\n" replace
    note: `B.pth` would be read before a file of `inner` that leads to the sources: its line is in `__editable__.sample-1.0.pth`
    note: `__editable__.sample-1.0.pth` has the lines of `editable = "path"`, too: they are read before its hook
    "#);
    // In a file of its own that is read before ours would be.
    insta::assert_snapshot!(outcome(&hook("_greetings"), theirs), @r#"
    _greetings.pth <- "[PROJECT]/ex\n[HOOK extra]\n"
    note: `_greetings.pth` has the lines of `editable = "path"`, too: they are read before its hook
    "#);
    insta::assert_snapshot!(outcome(&format!("{}, {}", hook("_greetings"), hook("B")), &[]), @r#"
    _greetings.pth <- "[HOOK extra]\n"
    B.pth <- "[PROJECT]/ex\n[HOOK extra]\n"
    note: `B.pth` has the lines of `editable = "path"`, too: they are read before its hook
    "#);
    // One of the name that ours would have.
    insta::assert_snapshot!(outcome(&hook("_pyxide_editable_sample"), &[]), @r#"
    _pyxide_editable_sample.pth <- "[PROJECT]/ex\n[HOOK extra]\n"
    note: `_pyxide_editable_sample.pth` has the lines of `editable = "path"`, too: they are read before its hook
    "#);
    // What is read later needs nothing.
    insta::assert_snapshot!(outcome(&hook("z"), theirs), @r#"
    z.pth <- "[HOOK extra]\n"
    _pyxide_editable_sample.pth <- "[PROJECT]/ex\n"
    "#);
}

#[test]
fn a_mark_at_the_beginning_is_not_merged() {
    let outcome = |folders: &str, members: &[(&str, &str)]| {
        let project =
            Project::new(&format!("files = [{{ from = \"a.txt\", to = \"A.pth\" }}]\n{folders}"), &["a.txt", "ex/x"]);
        project.write("a.txt", b"\xef\xbb\xbfimport sample; sample.go()\nimport sample; sample.on()\n");
        project.outcome(Kind::Editable, members)
    };
    insta::assert_snapshot!(outcome("", &[("sample.pth", "/somewhere/src\n")]), @r#"
    sample.pth <- "/somewhere/src\nimport sample; sample.go()\nimport sample; sample.on()\n" replace
    note: `A.pth` would be read before a file of `inner` that leads to the sources: its line is in `sample.pth`
    "#);
    insta::assert_snapshot!(outcome("folders = [{ from = \"ex\", editable = \"path\" }]", &[]), @r#"
    A.pth <- "[PROJECT]\nimport sample; sample.go()\nimport sample; sample.on()\n"
    note: `A.pth` has the lines of `editable = "path"`, too: they are read before its hook
    "#);
}

#[test]
fn a_startup_file_of_the_project_is_judged() {
    let project = Project::new(r#"hooks = [{ file = "data/a.pth" }]"#, &["data/a.pth"]);
    let with = |bytes: &[u8], members: &[(&str, &str)]| {
        project.write("data/a.pth", bytes);
        // What its text alone shows is found before there is a wheel.
        let payload = match Payload::gather(&project.settings, project.folder.path(), Kind::Regular) {
            Ok(payload) => payload,
            Err(error) => return format!("before: {error}\n{}", error.hint().unwrap()),
        };
        let wheel = project.folder.path().join("sample-1.0-py3-none-any.whl");
        let file = ("a.pth", std::str::from_utf8(bytes).unwrap());
        write_wheel(&wheel, &[members, &[file]].concat());
        match payload.lint(&wheel) {
            Ok(notes) => notes.join("\n"),
            Err(error) => format!("{error}\n{}", error.hint().unwrap()),
        }
    };
    insta::assert_snapshot!(with(b"\xff\xfei", &[]), @r"
    before: pyproject.toml:4:10: the startup file `a.pth` of `tool.pyxide.wheel.hooks[0]` is wrong: it is not UTF-8: up to 3.19 no interpreter starts with it in a UTF-8 locale
    correct the file by the rule `encoding` of `pyxide hook lint`: a startup file is UTF-8 without a mark at its beginning
    ");
    assert!(with(b"import (\n", &[]).starts_with("before: pyproject.toml:4:10: the startup file `a.pth`"));
    let module = &[("pkg/__init__.py", ""), ("pkg/mod.py", "def go(): ...")][..];
    insta::assert_snapshot!(with(b"import pkg.gone; pkg.gone.go()\n", module), @r"
    pyproject.toml:4:10: the startup file `a.pth` of `tool.pyxide.wheel.hooks[0]` is wrong (line 1): there is no module `pkg.gone` here
    correct what it calls, or see that the backend takes the module along: the hook would fail at every start of Python
    ");
    insta::assert_snapshot!(with(b"import pkg.mod; pkg.mod.nope()\n", module), @r"
    pyproject.toml:4:10: the startup file `a.pth` of `tool.pyxide.wheel.hooks[0]` is wrong (line 1): `pkg.mod` has no `nope`
    correct what it calls, or see that the backend takes the module along: the hook would fail at every start of Python
    ");
    // That may be the module of a requirement.
    insta::assert_snapshot!(with(b"import other; other.go()\n", module), @r"
    `a.pth` (line 1): when its package is gone and this file is not, each start of an interpreter prints an error
    `a.pth` (line 1): there is no module `other` here
    `a.pth` (line 1): import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name
    ");
    // Whatever is wrong with those of the backend is its own.
    assert!(!with(b"import os\n", &[("b.pth", "import gone; gone.go()\n")]).contains("gone"));
}

#[test]
fn what_a_hook_calls_is_looked_for_where_an_editable_wheel_leads() {
    let sources = tempfile::tempdir().unwrap();
    fs_err::create_dir(sources.path().join("sample")).unwrap();
    fs_err::write(sources.path().join("sample/__init__.py"), "def go(): ...\n").unwrap();
    let lead = format!("{}\n", sources.path().display());
    let judged = |call: &str, theirs: &str| {
        let project = Project::new(&format!(r#"hooks = [{{ name = "sample_hook", call = "{call}" }}]"#), &[]);
        let payload = Payload::gather(&project.settings, project.folder.path(), Kind::Editable).unwrap();
        let wheel = project.folder.path().join("sample-1.0-py3-none-any.whl");
        let (module, function) = call.split_once(':').unwrap();
        let line = format!("import {module}; {module}.{function}()\n");
        write_wheel(&wheel, &[("__editable__.sample-1.0.pth", theirs), ("sample_hook.pth", &line)]);
        match payload.lint(&wheel) {
            Ok(notes) => notes.join("\n"),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(judged("sample:go", &lead), "");
    insta::assert_snapshot!(judged("sample:stop", &lead), @"pyproject.toml:4:10: the startup file `sample_hook.pth` of `tool.pyxide.wheel.hooks[0]` is wrong (line 1): `sample` has no `stop`");
    insta::assert_snapshot!(judged("sample.gone:go", &lead), @"pyproject.toml:4:10: the startup file `sample_hook.pth` of `tool.pyxide.wheel.hooks[0]` is wrong (line 1): there is no module `sample.gone` here");
    // It may be what a requirement has, or what the backend's code finds.
    assert_eq!(judged("other:go", &lead), "");
    assert_eq!(judged("sample.gone:go", &format!("{lead}import finder; finder.install()\n")), "");
}

#[test]
fn only_startup_files_are_judged() {
    let project = Project::new(
        r#"
        hooks = [{ file = "a.pth" }]
        files = [
            { from = "b.pth", to = "pkg/b.pth" },
            { from = "b.pth", scheme = "data" },
            { from = "b.pth", to = "sample.pth", scheme = "headers" },
        ]"#,
        &["b.pth"],
    );
    project.write("b.pth", b"import (\n");
    // What is not taken along is wrong for nobody; what may be wrong is told when there is a wheel.
    project.write("a.start", b"\xff");
    project.write("a.pth", "# \u{e4}\nimport sample; sample.go()\n".as_bytes());
    insta::assert_snapshot!(project.outcome(Kind::Editable, &[("sample.pth", "/somewhere/src\n")]), @r#"
    pkg/b.pth <- b.pth
    Data/b.pth <- b.pth
    Headers/sample.pth <- b.pth
    sample.pth <- "/somewhere/src\n# ä\nimport sample; sample.go()\n" replace
    note: `a.pth` would be read before a file of `inner` that leads to the sources: its line is in `sample.pth`
    "#);
}

#[test]
fn hooks_that_are_written_are_judged_with_what_they_call() {
    let project = Project::new(r#"hooks = [{ name = "x", call = "other:go", start = "always", module = "_x" }]"#, &[]);
    let wheel = project.folder.path().join("sample-1.0-py3-none-any.whl");
    let notes = |kind| {
        let payload = Payload::gather(&project.settings, project.folder.path(), kind).unwrap();
        write_wheel(&wheel, &[]);
        let changes = payload.changes(&Finished::open(&wheel, "inner").unwrap()).unwrap();
        let members: Vec<_> = changes
            .changes
            .iter()
            .map(|change| match change {
                Change::Add(it) => match &it.content {
                    Content::Bytes(bytes) => (it.path.as_str(), std::str::from_utf8(bytes).unwrap()),
                    Content::File(_) => unreachable!(),
                },
                _ => unreachable!(),
            })
            .collect();
        write_wheel(&wheel, &members);
        [changes.notes, payload.lint(&wheel).unwrap()].map(|notes| notes.join("\n")).join("\n---\n")
    };
    insta::assert_snapshot!(notes(Kind::Regular), @r"
    the .start replaces the import line of the .pth from Python 3.15 on; 3.18 (October 2029) reads the .start alone
    a .start makes `site` import pkgutil and re: on 3.15 each start of an interpreter takes about 1.8 times as long, and until 3.18 the .pth alone would do
    ---
    `x.pth` (line 1): each start of an interpreter imports `other`; `pyxide hook measure` tells what that costs
    `x.start` (line 1): each start of an interpreter imports `other`; `pyxide hook measure` tells what that costs
    ");
    insta::assert_snapshot!(notes(Kind::Editable), @r"
    the .start replaces the import line of the .pth from Python 3.15 on; 3.18 (October 2029) reads the .start alone
    a .start makes `site` import pkgutil and re: on 3.15 each start of an interpreter takes about 1.8 times as long, and until 3.18 the .pth alone would do
    ---
    ");
}

#[test]
fn who_is_to_blame_for_what_no_wheel_takes() {
    let project = Project::new(r#"files = [{ from = "a" }, { from = "a", to = "b", scheme = "data" }]"#, &["a"]);
    let wheel = project.folder.path().join("sample-1.0-py3-none-any.whl");
    write_wheel(&wheel, &[]);
    let payload = Payload::gather(&project.settings, project.folder.path(), Kind::Regular).unwrap();
    let changes = payload.changes(&Finished::open(&wheel, "inner").unwrap()).unwrap();
    let key = |name: &str| {
        let error = wheel_patch::Error::Exists { name: name.to_owned() };
        changes.blame(&error).map(|place| place.key.clone())
    };
    assert_eq!(key("a").unwrap(), "tool.pyxide.wheel.files[0]");
    assert_eq!(key("sample-1.0.data/data/b").unwrap(), "tool.pyxide.wheel.files[1]");
    assert_eq!(key("b"), None);
}

#[test]
fn the_files_of_libraries_are_one_folder() {
    let in_purelib = Project::new(r#"files = [{ from = "a.pth", scheme = "purelib" }]"#, &["a.pth"]);
    insta::assert_snapshot!(in_purelib.outcome(Kind::Editable, &[("a.pth", "/somewhere/src\n")]), @r#"
    a.pth <- "/somewhere/src\na.pth\n" replace
    note: `a.pth` is also the name of a file of `inner` that leads to the sources: its line is in `a.pth`
    "#);
    let in_data = Project::new(r#"hooks = [{ name = "a", call = "sample:go" }]"#, &[]);
    insta::assert_snapshot!(in_data.outcome(Kind::Editable, &[("sample-1.0.data/platlib/b.pth", "/somewhere/src\n")]), @r#"
    Platlib/b.pth <- "/somewhere/src\n[HOOK sample]\n" replace
    note: `a.pth` would be read before a file of `inner` that leads to the sources: its line is in `b.pth`
    "#);
}

#[test]
fn names_that_the_wheel_has() {
    let project = Project::new(r#"files = [{ from = "a", to = "pkg/a" }]"#, &["a"]);
    let taken = |member: &str, text: &str| project.outcome(Kind::Regular, &[(member, text)]);
    insta::assert_snapshot!(taken("pkg/a", "a"), @"pkg/a <- a");
    insta::assert_snapshot!(taken("pkg/a", "b"), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put another file there");
    insta::assert_snapshot!(taken("pkg/A", "a"), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put `pkg/A`, which is the same file on some systems, there");
    let capital = Project::new(r#"files = [{ from = "a", to = "Pkg/a" }]"#, &["a"]);
    assert!(
        capital.outcome(Kind::Regular, &[("pkg/a", "a")]).contains("`pkg/a`, which is the same file on some systems,")
    );
    insta::assert_snapshot!(taken("pkg/a/b", ""), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put the folder `pkg/a` there");
    insta::assert_snapshot!(taken("Pkg/b", ""), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put the folder `Pkg`, which is the same as `pkg` on some systems, there");
    insta::assert_snapshot!(taken("sample-1.0.data/purelib/pkg/a", "a"), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put `sample-1.0.data/purelib/pkg/a`, which is installed as the same file, there");
    // Other schemes are other places.
    assert_eq!(taken("sample-1.0.data/data/pkg/a", "b"), "pkg/a <- a\n");
    insta::assert_snapshot!(taken("pkg", ""), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `pkg/a` into the wheel, and `inner` has put the file `pkg` there");
}

#[test]
fn commands_that_installers_make_for_the_wheel() {
    let project = Project::new("files = [{ from = \"tool.sh\", to = \"Sample\", scheme = \"scripts\" }]", &["tool.sh"]);
    let outcome = |entry_points: &str| {
        project.outcome(Kind::Editable, &[("sample-1.0.dist-info/entry_points.txt", entry_points)])
    };
    insta::assert_snapshot!(outcome("[console_scripts]\nsample = sample:main\n"), @"pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` puts `Sample` into the wheel, and `inner` has put an entry point for which installers make the command `sample` there");
    insta::assert_snapshot!(outcome("[console_scripts]\nother = sample:main\n[plugins]\nsample = sample\n"), @"Scripts/Sample <- tool.sh executable");
}

#[test]
fn what_a_hook_calls_is_there() {
    let project = Project::new(r#"hooks = [{ name = "autoload", call = "pkg.mod:register" }]"#, &[]);
    let good = "autoload.pth <- \"[HOOK pkg.mod]\\n\"\n";
    for members in [
        &[("pkg/__init__.py", ""), ("pkg/mod.py", "def register(): ...")][..],
        &[("pkg/__init__.py", ""), ("pkg/mod/__init__.py", "from .x import register")],
        &[("pkg/__init__.py", ""), ("pkg/mod.cpython-312-x86_64-linux-gnu.so", "")],
        &[("sample-1.0.data/purelib/pkg/__init__.py", ""), ("sample-1.0.data/platlib/pkg/mod.py", "register = 1")],
        // It may be that of a requirement.
        &[("other/__init__.py", ""), ("pkgs/x.py", "")],
    ] {
        assert_eq!(project.outcome(Kind::Regular, members), good, "{members:?}");
    }
    for members in [
        &[("pkg/__init__.py", ""), ("pkg/model.py", "")][..],
        &[("pkg/__init__.py", ""), ("pkg/model.so", ""), ("pkg/mod.txt", "")],
        &[("pkg.py", "")],
    ] {
        let complaint = project.outcome(Kind::Regular, members);
        assert_eq!(
            complaint,
            "pyproject.toml:4:10: the hook calls `pkg.mod:register`, and the wheel has `pkg` without `pkg.mod`\n"
        );
        // An editable wheel has no modules at all.
        assert_eq!(project.outcome(Kind::Editable, members), good);
    }
    let with = |text| project.outcome(Kind::Regular, &[("pkg/__init__.py", ""), ("pkg/mod.py", text)]);
    insta::assert_snapshot!(with("def registers(): ...\n"), @"pyproject.toml:4:10: the hook calls `pkg.mod:register`, and `pkg.mod` in the wheel has no `register`");
    // What the text cannot tell is told.
    assert_eq!(with("from .x import *\n"), good);
}

#[test]
fn what_a_hook_calls_may_be_in_the_project() {
    let outcome = |to: &str, text: &str, members: &[(&str, &str)]| {
        let wheel =
            format!("hooks = [{{ name = \"x\", call = \"pkg.mod:go\" }}]\nfiles = [{{ from = \"mod\", {to} }}]");
        let project = Project::new(&wheel, &["mod"]);
        project.write("mod", text.as_bytes());
        project.outcome(Kind::Regular, members).lines().last().unwrap().to_owned()
    };
    let (ours, good) = ("to = \"pkg/mod.py\"", "x.pth <- \"[HOOK pkg.mod]\\n\"");
    assert_eq!(outcome(ours, "def go(): ...", &[]), good);
    insta::assert_snapshot!(outcome(ours, "def no(): ...", &[]), @"pyproject.toml:4:10: the hook calls `pkg.mod:go`, and `pkg.mod` in the wheel has no `go`");
    // What lies elsewhere is not imported.
    let elsewhere = "to = \"pkg/mod.py\", scheme = \"data\"";
    assert_eq!(outcome(elsewhere, "", &[]), good);
    assert_eq!(outcome(elsewhere, "", &[("pkg/__init__.py", ""), ("pkg/mod.py", "def go(): ...")]), good);
}

#[test]
fn the_metadata_says_which_files_a_hook_needs() {
    let project = Project::new(r#"hooks = [{ name = "autoload", call = "pkg:register" }]"#, &[]);
    let metadata = |text| {
        let others = [("pkg/METADATA", "Requires-Python: >=3.18\n"), ("sample-1.0.dist-info/AUTHORS", "")];
        let members =
            [&others[..], &[("sample-1.0.dist-info/METADATA", text), ("pkg/__init__.py", "register = 1")]].concat();
        project.outcome(Kind::Regular, &members)
    };
    let pth = "autoload.pth <- \"[HOOK pkg]\\n\"\n";
    assert_eq!(metadata("Name: sample\nRequires-Python: >=3.10\n\nText.\n"), pth);
    // The description is not metadata.
    assert_eq!(metadata("Name: sample\n\nRequires-Python: >=3.18\n"), pth);
    assert_eq!(metadata("Name: sample\nrequires-python: >=3.18\n"), "autoload.start <- \"pkg:register\\n\"\n");
}

#[test]
fn what_is_no_wheel() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.whl");
    fs_err::write(&path, "no archive").unwrap();
    assert_eq!(Finished::open(&path, "inner").unwrap_err().to_string(), "cannot read the wheel that `inner` made");
}

#[test]
fn an_sdist_holds_all_that_a_build_needs() {
    let project = Project::new(
        r#"
        hooks = [{ file = "hooks/x.pth" }, { name = "y", call = "a:b" }]
        files = [{ from = "a", to = "b" }, { from = "./a", to = "c" }]
        folders = [{ from = "data/words", exclude = ["*.tmp"], editable = "none" }]

        [build-system]
        build-backend = "shim"
        backend-path = ["."]
        "#,
        &["hooks/x.pth", "a", "data/words/x", "data/words/y.tmp", "shim.py", "other.py"],
    );
    let files = sdist_files(&project.settings, project.folder.path()).unwrap();
    let names: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(names, ["a", "data/words/x", "hooks/x.pth", "pyproject.toml", "shim.py"]);
    assert!(files.iter().all(|file| !file.executable));
}

#[test]
fn what_lies_beside_the_project_is_in_its_sdist() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["data/x.pth", "words/nl/a", "LICENSE", "crates/py/own"] {
        let path = folder.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, file).unwrap();
    }
    let text = format!(
        "{BUILD}[tool.pyxide.wheel]\nhooks = [{{ file = \"../../data/x.pth\" }}]\nfiles = [{{ from = \"own\" }}, {{ from = \"../../LICENSE\" }}]\n\
         folders = [{{ from = \"../../words\", to = \"dialects\" }}]\n"
    );
    let inside = |text: &str, project: &Path| -> Vec<String> {
        let payload = Payload::gather(&Settings::read(text).unwrap(), project, Kind::Regular).unwrap();
        let wheel = folder.path().join("sample-1.0-py3-none-any.whl");
        write_wheel(&wheel, &[]);
        let changes = payload.changes(&Finished::open(&wheel, "inner").unwrap()).unwrap().changes;
        let names = changes.into_iter().map(|change| match change {
            Change::Add(it) => it.path,
            other => panic!("{other:?}"),
        });
        names.collect()
    };
    let project = folder.path().join("crates/py");
    let expected = ["x.pth", "own", "LICENSE", "dialects/nl/a"];
    assert_eq!(inside(&text, &project), expected);
    // The source distribution has all of it, and makes the same wheel.
    let sdist = folder.path().join("sdist");
    for file in sdist_files(&Settings::read(&text).unwrap(), &project).unwrap() {
        let path = sdist.join(&file.path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        match fs_err::copy(project.join(file.source.to_string()), &path) {
            Ok(_) => {}
            Err(_) => assert_eq!(file.path, "pyproject.toml"),
        }
    }
    assert_eq!(inside(&relocated(&text).unwrap(), &sdist), expected);
}

#[test]
fn a_backend_that_is_a_package_is_taken_whole() {
    let folder = tempfile::tempdir().unwrap();
    for file in
        ["tools/inner/__init__.py", "tools/inner/deep/data.txt", "tools/inner/__pycache__/x.pyc", "tools/other.py"]
    {
        let path = folder.path().join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "").unwrap();
    }
    let settings =
        Settings::read("[tool.pyxide.build]\nbackend = \"inner.build:api\"\nbackend-path = [\".\", \"tools\"]\n")
            .unwrap();
    let names: Vec<_> = sdist_files(&settings, folder.path()).unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(names, ["pyproject.toml", "tools/inner/__init__.py", "tools/inner/deep/data.txt"]);
}
