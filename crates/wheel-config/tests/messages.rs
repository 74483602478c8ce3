//! What is said of settings that cannot be used: one line with the place, and one with the remedy.

use std::path::Path;

use wheel_config::{Kind, Payload, Settings, sdist_files};

const BUILD: &str = "[tool.pyxide.build]\nbackend = \"inner\"\n";

/// Both lines, for a `[tool.pyxide.wheel]` in a project with these files.
fn complaint(wheel: &str, files: &[&str]) -> String {
    complaint_of(&format!("{BUILD}[tool.pyxide.wheel]\n{wheel}\n"), files)
}

fn complaint_of(text: &str, files: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        write(folder.path(), file, file);
    }
    let error = Settings::read(text)
        .and_then(|settings| {
            Payload::gather(&settings, folder.path(), Kind::Regular)?;
            Payload::gather(&settings, folder.path(), Kind::Editable)?;
            sdist_files(&settings, folder.path())
        })
        .expect_err("it should be refused");
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    format!("{error}{hint}")
}

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(file, text).unwrap();
}

#[track_caller]
fn check(wheel: &str, files: &[&str], expected: &str) {
    assert_eq!(complaint(wheel, files), expected);
}

#[test]
fn unknown_keys() {
    check(
        "hook = []",
        &[],
        "pyproject.toml:4:1: `tool.pyxide.wheel` has no key `hook`\n\
         did you mean `hooks`? The keys are `files`, `folders` and `hooks`",
    );
    // The first one that is written.
    assert!(complaint("zoo = 1\nanimal = 2", &[]).contains("has no key `zoo`"));
    check(
        "files = [{ from = \"a\" },\n  { from = \"a\", executeable = true }]",
        &["a"],
        "pyproject.toml:5:17: `tool.pyxide.wheel.files[1]` has no key `executeable`\n\
         did you mean `executable`? The keys are `executable`, `from`, `scheme` and `to`",
    );
    check(
        "[[tool.pyxide.wheel.folders]]\nfrom = \"a\"\nmode = 5",
        &["a"],
        "pyproject.toml:6:1: `tool.pyxide.wheel.folders[0]` has no key `mode`\n\
         the keys are `editable`, `exclude`, `from`, `scheme` and `to`",
    );
    assert_eq!(
        complaint_of("[tool.pyxide]\nwheels = 1\n", &[]),
        "pyproject.toml:2:1: `tool.pyxide` has no key `wheels`\ndid you mean `wheel`? The keys are `build` and `wheel`"
    );
    // Tables of others are theirs.
    assert!(Settings::read(&format!("[tool.other]\nx = 1\n{BUILD}")).is_ok());
}

#[test]
fn missing_keys() {
    assert_eq!(
        complaint_of("[project]\nname = \"x\"\n", &[]),
        "pyproject.toml:1:1: `tool.pyxide.build` needs the key `backend`\n\
         write, for example, `[tool.pyxide.build] backend = \"setuptools.build_meta\"`"
    );
    check(
        "hooks = [{ call = \"a:b\" }]",
        &[],
        "pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` needs the key `name`\n\
         write, for example, `name = \"package_autoload\"`",
    );
    check(
        "files = [{ to = \"a\" }]",
        &[],
        "pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` needs the key `from`\n\
         write, for example, `from = \"data/words.txt\"`",
    );
}

#[test]
fn values_of_another_kind() {
    const SEE: &str = "see \"Finished wheels\" in the README for examples";
    let cases = [
        ("hooks = {}", "pyproject.toml:4:9: `tool.pyxide.wheel.hooks` should be an array of tables, and is a table"),
        ("files = [\"a\"]", "pyproject.toml:4:10: `tool.pyxide.wheel.files[0]` should be a table, and is a string"),
        (
            "files = [{ from = 1 }]",
            "pyproject.toml:4:19: `tool.pyxide.wheel.files[0].from` should be a string, and is a number",
        ),
        (
            "files = [{ from = \"a\", executable = \"yes\" }]",
            "pyproject.toml:4:37: `tool.pyxide.wheel.files[0].executable` should be `true` or `false`, and is a string",
        ),
        (
            "folders = [{ from = \"a\", exclude = [1] }]",
            "pyproject.toml:4:37: `tool.pyxide.wheel.folders[0].exclude[0]` should be a string, and is a number",
        ),
        (
            "folders = [{ from = \"a\", exclude = [\"[\"] }]",
            "pyproject.toml:4:37: `tool.pyxide.wheel.folders[0].exclude[0]` cannot be `[`: it should be a pattern such as `*.tmp` or `drafts/**`, of a name or of a path below the folder",
        ),
        (
            "hooks = [{ name = \"x\", call = \"a.b\" }]",
            "pyproject.toml:4:31: `tool.pyxide.wheel.hooks[0].call` cannot be `a.b`: it should be `package.module:function`",
        ),
        (
            "hooks = [{ name = \"x\", call = \"a:b\", module = \"a.b\" }]",
            "pyproject.toml:4:47: `tool.pyxide.wheel.hooks[0].module` cannot be `a.b`: it should be the name of a new top-level module",
        ),
        (
            "hooks = [{ name = \"x\", call = \"a:b\", module = \"a b\" }]",
            "pyproject.toml:4:47: `tool.pyxide.wheel.hooks[0].module` cannot be `a b`: it should be the name of a new top-level module",
        ),
        (
            "hooks = [{ file = \"hook.py\" }]",
            "pyproject.toml:4:19: `tool.pyxide.wheel.hooks[0].file` cannot be `hook.py`: it should be a file whose name ends in `.pth` or `.start`",
        ),
    ];
    for (wheel, expected) in cases {
        check(wheel, &["a/b"], &format!("{expected}\n{SEE}"));
    }
    check(
        "files = [{ from = \"a\", scheme = \"script\" }]",
        &["a"],
        "pyproject.toml:4:33: `tool.pyxide.wheel.files[0].scheme` cannot be `script`\n\
         did you mean `scripts`? The values are `root`, `purelib`, `platlib`, `headers`, `scripts` and `data`",
    );
    check(
        "hooks = [{ name = \"x\", call = \"a:b\", start = \"yes\" }]",
        &[],
        "pyproject.toml:4:46: `tool.pyxide.wheel.hooks[0].start` cannot be `yes`\n\
         the values are `auto`, `always` and `never`",
    );
    check(
        "hooks = [{ file = \"a.pth\", start = \"auto\" }]",
        &[],
        "pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` has both `file` and `start`\n\
         keep one of them: `file` or `start`",
    );
    let requires = |text: &str| Settings::read(&format!("{BUILD}requires = ['{text}']\n"));
    for wrong in ["", "not one", "./folder", "-e x", "a[b", "setuptools 80", "a,b", "name-", ".name"] {
        let said = requires(wrong).unwrap_err().to_string();
        let expected = format!(
            "pyproject.toml:3:13: `tool.pyxide.build.requires[0]` cannot be `{wrong}`: it should be a requirement, such as `ninja>=1.11`"
        );
        assert_eq!(said, expected);
    }
    for right in [" a ", "a.b-c>=1", "a [x,y] (>=1,<2)", "a @ https://x.org/a.whl", "a; os_name == \"nt\"", "a~=1"] {
        requires(right).unwrap();
    }
    let backend = |name: &str| Settings::read(&format!("[tool.pyxide.build]\nbackend = \"{name}\"\n"));
    for wrong in ["a b", "a:b c", "a..b", "a.1b", "a-b", "a:"] {
        let said = backend(wrong).unwrap_err().to_string();
        assert!(said.ends_with("it should be `module` or `module:object`, both dotted names"), "{wrong}: {said}");
    }
    for right in ["_a", "a_b.c1:D.e"] {
        assert_eq!(backend(right).unwrap().build.backend.to_string(), right);
    }
}

#[test]
fn files_that_are_no_toml() {
    assert_eq!(
        complaint_of("x = 1\ny = [1,\n", &[]),
        "pyproject.toml:2:8: not TOML: unclosed array, expected `]`\n\
         correct line 2 at column 8, or a bracket or string before it that is not closed"
    );
    assert_eq!(
        complaint_of(&format!("\u{feff}{BUILD}"), &[]),
        "pyproject.toml:1:1: the file begins with a byte order mark, which pip and most backends refuse\n\
         save the file as UTF-8 without a byte order mark"
    );
    let folder = tempfile::tempdir().unwrap();
    let utf16 = BUILD.encode_utf16().flat_map(u16::to_le_bytes);
    for (bytes, place) in [
        (format!("{BUILD}# \u{e9}").into_bytes(), None),
        ([BUILD.as_bytes(), b"# \xe9\n"].concat(), Some("3:3")),
        ([0xff, 0xfe].into_iter().chain(utf16).collect(), Some("1:1")),
    ] {
        fs_err::write(folder.path().join("pyproject.toml"), bytes).unwrap();
        let said =
            Settings::open(folder.path()).map_err(|error| format!("{error}\n{}", error.hint().unwrap_or_default()));
        let expected = place.map(|place| {
            format!(
                "pyproject.toml:{place}: the file is not in UTF-8, which TOML has to be in\n\
                 save the file as UTF-8 without a byte order mark"
            )
        });
        assert_eq!(said.err(), expected);
    }
}

#[test]
fn patterns_that_could_leave_nothing_out() {
    let said = |pattern: &str| {
        complaint(&format!("folders = [{{ from = \"a\", exclude = ['{pattern}'] }}]"), &["a/b/c", "a/d"])
    };
    for pattern in ["", "/b", "./b/**", "../a/b", "b\\c", "b//c"] {
        assert_eq!(
            said(pattern),
            format!(
                "pyproject.toml:4:37: `tool.pyxide.wheel.folders[0].exclude[0]` cannot be `{pattern}`: it should be a pattern such as `*.tmp` or `drafts/**`, of a name or of a path below the folder\n\
                 see \"Finished wheels\" in the README for examples"
            )
        );
    }
    assert_eq!(
        said("!d").lines().next().unwrap(),
        "pyproject.toml:4:37: `tool.pyxide.wheel.folders[0].exclude[0]` cannot be `!d`: it should be a pattern of what is left out: none takes back what another leaves out"
    );
    check(
        "folders = [{ from = \"x/a\", exclude = [\"b/**\", \"x/a/b/**\"] }]",
        &["x/a/b/c", "x/a/d"],
        "pyproject.toml:4:12: `tool.pyxide.wheel.folders[0]` leaves nothing out with `x/a/b/**`: there is no `x/a/b/**` below `x/a`\n\
         patterns are compared with the path below the folder: write `b/**`",
    );
    check(
        "folders = [{ from = \"x/a\", exclude = [\"a/b/**\"] }]",
        &["x/a/b/c", "x/a/d"],
        "pyproject.toml:4:12: `tool.pyxide.wheel.folders[0]` leaves nothing out with `a/b/**`: there is no `a/b/**` below `x/a`\n\
         patterns are compared with the path below the folder: write `b/**`",
    );
    // There is one of that name, or there may be some day.
    for pattern in ["a/**", "b/", "e/**", "*.tmp", "[!d]"] {
        let (folder, settings) =
            nested(&format!("folders = [{{ from = \"a\", exclude = [\"{pattern}\"] }}]"), &["a/a/b", "a/c", "a/d"]);
        Payload::gather(&settings, folder.path(), Kind::Regular).unwrap();
    }
}

#[test]
fn startup_files_with_the_names_of_others() {
    for (wheel, at) in [
        ("hooks = [{ file = \"__editable__.x.pth\" }]", "10: `tool.pyxide.wheel.hooks[0]`"),
        ("files = [{ from = \"a\", to = \"__editable__.x.pth\" }]", "10: `tool.pyxide.wheel.files[0]`"),
    ] {
        check(
            wheel,
            &["a", "__editable__.x.pth"],
            &format!(
                "pyproject.toml:4:{at} is no startup hook that could be written\n\
                 name it after the package, with an ending that tells what it is for, such as `package_hook`"
            ),
        );
    }
}

#[test]
fn targets_that_escape_or_belong_to_others() {
    let cases = [
        ("../x", "it leads out with `..`"),
        ("a/../../x", "it leads out with `..`"),
        ("/etc/x", "it is absolute"),
        ("C:/x", "it is absolute"),
        ("a\\\\x", "it has a backslash"),
        ("a\\u0007x", "it has a control character"),
        ("", "it is empty"),
        ("x/", "a file needs a name"),
        (".", "a file needs a name"),
        ("x-1.0.dist-info/RECORD", "folders that end in `.dist-info` and `.data` belong to the installer"),
        ("x-1.0.data/scripts/x", "folders that end in `.dist-info` and `.data` belong to the installer"),
        ("pkg/x.pyc", "bytecode belongs to one interpreter, and installers make it"),
        ("pkg/__pycache__/x", "bytecode belongs to one interpreter, and installers make it"),
    ];
    for (target, reason) in cases {
        let complaint = complaint(&format!("files = [{{ from = \"a\", to = \"{target}\" }}]"), &["a"]);
        let first = complaint.lines().next().unwrap();
        assert!(first.starts_with("pyproject.toml:4:") && first.contains("nothing can be put at"), "{first}");
        assert!(first.ends_with(reason), "{first}");
        assert!(complaint.lines().count() == 2, "{complaint}");
    }
    check(
        "folders = [{ from = \".\" }]",
        &["a"],
        "pyproject.toml:4:21: nothing can be put at `.`: a file needs a name\n\
         name the file in `to`, as in `to = \"data/words.txt\"`",
    );
    check(
        "folders = [{ from = \"a\", scheme = \"scripts\" }]",
        &["a/b"],
        "pyproject.toml:4:12: nothing can be put at `a/b`: the scheme `scripts` has files only, no folders\n\
         give each script in `files`, with `to` as its bare name",
    );
}

#[test]
fn sources_that_cannot_be_used() {
    const RELATIVE: &str = "paths are relative to the folder of pyproject.toml; correct the path or make the file";
    let cases = [
        ("files = [{ from = \"b\" }]", "`b`, which `tool.pyxide.wheel.files[0]` names, does not exist", RELATIVE),
        (
            "files = [{ from = \"a/b/c\" }]",
            "`a/b/c`, which `tool.pyxide.wheel.files[0]` names, does not exist",
            RELATIVE,
        ),
        (
            "folders = [{ from = \"a/*\" }]",
            "`a/*`, which `tool.pyxide.wheel.folders[0]` names, does not exist",
            "a path has no patterns: name one file, or in `folders` a whole folder, of which `exclude` leaves something out",
        ),
        (
            "files = [{ from = \"a\" }]",
            "`a`, which `tool.pyxide.wheel.files[0]` names, is a folder",
            "give folders in `folders`",
        ),
        (
            "folders = [{ from = \"a/b\" }]",
            "`a/b`, which `tool.pyxide.wheel.folders[0]` names, is a file",
            "give files in `files`",
        ),
        (
            "folders = [{ from = \"a\", exclude = [\"b\"] }]",
            "`a`, which `tool.pyxide.wheel.folders[0]` names, holds no files",
            "remove the entry, or correct its `from` and `exclude`",
        ),
        (
            "hooks = [{ file = \"x.pth\" }]",
            "`x.pth`, which `tool.pyxide.wheel.hooks[0]` names, does not exist",
            RELATIVE,
        ),
    ];
    for (wheel, message, hint) in cases {
        let complaint = complaint(wheel, &["a/b"]);
        assert!(
            complaint.starts_with("pyproject.toml:4:") && complaint.ends_with(&format!(": {message}\n{hint}")),
            "{complaint}"
        );
    }
    check(
        "files = [{ from = \"../a\", to = \"a\" }]",
        &[],
        &format!("pyproject.toml:4:10: `../a`, which `tool.pyxide.wheel.files[0]` names, does not exist\n{RELATIVE}"),
    );
    for path in ["a/../../b", "..", "../../", "../a/../b"] {
        check(
            &format!("files = [{{ from = \"{path}\", to = \"a\" }}]"),
            &[],
            &format!(
                "pyproject.toml:4:19: `tool.pyxide.wheel.files[0].from` cannot be `{path}`: `..` may only lead to something beside the project, at the start\n\
                 write, for example, `from = \"../../data\"`; a source distribution has it in its own folder, as `data`"
            ),
        );
    }
}

#[test]
fn names_that_look_like_others() {
    const SAID: &str = "the name is not in Unicode's composed form (NFC)\n\
        write the name in `to` in that form, or rename the file in a folder; what looks the same may be several characters";
    let said = |at: &str| format!("pyproject.toml:4:{at}: nothing can be put at `{{}}`: {SAID}");
    check("files = [{ from = \"a\", to = \"u\\u0308.txt\" }]", &["a"], &said("10").replace("{}", "u\u{308}.txt"));
    check("folders = [{ from = \"d\" }]", &["d/u\u{308}.txt"], &said("12").replace("{}", "d/u\u{308}.txt"));
}

#[test]
fn names_that_collide() {
    check(
        "files = [{ from = \"a\", to = \"x/b\" }]\nfolders = [{ from = \"x\", scheme = \"purelib\" }]",
        &["a", "x/B"],
        "pyproject.toml:5:12: `tool.pyxide.wheel.folders[0]` puts `x/B` into the wheel, and so does `tool.pyxide.wheel.files[0]` (pyproject.toml:4:10)\n\
         change one of the two",
    );
    check(
        "hooks = [{ name = \"x\", call = \"a:b\" }]\nfiles = [{ from = \"x.pth\" }]",
        &["x.pth"],
        "pyproject.toml:4:10: `tool.pyxide.wheel.hooks[0]` puts `x.pth` into the wheel, and so does `tool.pyxide.wheel.files[0]` (pyproject.toml:5:10)\n\
         change one of the two",
    );
    check(
        "files = [{ from = \"a\", to = \"b\" }, { from = \"a\", to = \"b/c\" }]",
        &["a"],
        "pyproject.toml:4:36: `tool.pyxide.wheel.files[1]` puts `b/c` into the wheel, where the file `b` of `tool.pyxide.wheel.files[0]` (pyproject.toml:4:10) leaves no room for it\n\
         change one of the two",
    );
    check(
        "files = [{ from = \"a\", to = \"b/c\" }, { from = \"a\", to = \"b\", scheme = \"platlib\" }]",
        &["a"],
        "pyproject.toml:4:38: `tool.pyxide.wheel.files[1]` puts `b` into the wheel, where the folder `b` of `tool.pyxide.wheel.files[0]` (pyproject.toml:4:10) leaves no room for it\n\
         change one of the two",
    );
    check(
        "files = [{ from = \"a\", to = \"b/c\" }, { from = \"a\", to = \"B/d\" }]",
        &["a"],
        "pyproject.toml:4:38: `tool.pyxide.wheel.files[1]` puts `B/d` into the wheel, where the folder `b`, which is the same as `B` on some systems, of `tool.pyxide.wheel.files[0]` (pyproject.toml:4:10) leaves no room for it\n\
         change one of the two",
    );
    // Other schemes are other places, where names may be those that others have in a site folder.
    let schemes = ["headers", "scripts", "data"].map(|scheme| format!("{{ from = \"a\", scheme = \"{scheme}\" }}"));
    let data =
        ["x.data/y", "__editable__.x.pth"].map(|to| format!("{{ from = \"a\", to = \"{to}\", scheme = \"data\" }}"));
    let deep = "{ from = \"a\", to = \"pkg/__editable__.x.pth\" }";
    let wheel = format!("files = [{{ from = \"a\" }}, {}, {}, {deep}]", schemes.join(", "), data.join(", "));
    let (folder, settings) = nested(&wheel, &["a"]);
    Payload::gather(&settings, folder.path(), Kind::Regular).unwrap();
}

#[test]
fn a_path_line_shows_a_folder_under_its_own_name() {
    check(
        "folders = [{ from = \"data/words\", to = \"dialects\", editable = \"path\" }]",
        &["data/words/a"],
        "pyproject.toml:4:12: `editable = \"path\"` cannot show `data/words` as `dialects`: a path line shows a folder under its own name only\n\
         rename the folder so that it ends with `dialects`, or write `editable = \"copy\"`",
    );
    check(
        "folders = [{ from = \"words\", scheme = \"data\", editable = \"path\" }]",
        &["words/a"],
        "pyproject.toml:4:12: `tool.pyxide.wheel.folders[0]` has both `scheme` and `editable = \"path\"`\n\
         keep one of them: `scheme` or `editable = \"path\"`",
    );
}

#[test]
fn a_backend_in_the_tree_must_be_there() {
    let text = "[tool.pyxide.build]\nbackend = \"inner.build\"\nbackend-path = [\".\", \"tools\"]\n";
    assert_eq!(
        complaint_of(text, &["tools/other.py"]),
        "pyproject.toml:2:11: there is no `inner` in `.`, `tools`\n\
         correct the name or `backend-path`, which is relative to the folder of pyproject.toml"
    );
    let system = "[build-system]\nbuild-backend = \"shim\"\nbackend-path = [\".\"]\n";
    assert!(
        complaint_of(&format!("{BUILD}{system}"), &[]).starts_with("pyproject.toml:4:17: there is no `shim` in `.`")
    );
    let escaping = text.replace("\".\"", "\"../elsewhere\"");
    assert!(
        complaint_of(&escaping, &[])
            .starts_with("pyproject.toml:3:17: `tool.pyxide.build.backend-path[0]` cannot be `../elsewhere`")
    );
}

/// A project two folders below a repository that it shares files with.
fn nested(wheel: &str, files: &[&str]) -> (tempfile::TempDir, Settings) {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        write(folder.path(), file, file);
    }
    (folder, Settings::read(&format!("{BUILD}[tool.pyxide.wheel]\n{wheel}\n")).unwrap())
}

#[test]
fn files_beside_the_project_that_a_source_distribution_could_not_tell_apart() {
    let (folder, settings) = nested(
        "folders = [{ from = \"words\" }, { from = \"../../words\", to = \"others\" }]",
        &["crates/py/words/one", "words/one", "words/two"],
    );
    let error = sdist_files(&settings, &folder.path().join("crates/py")).unwrap_err();
    assert_eq!(
        format!("{error}\n{}", error.hint().unwrap()),
        "pyproject.toml:4:32: `tool.pyxide.wheel.folders[1]` takes `../../words/one` along, which would be the same file of a source distribution as `words/one`\n\
         rename one of the two: a source distribution has no place above its own folder, so `../` is dropped there"
    );
}

#[cfg(unix)]
#[test]
fn links_beside_the_project_stay_below_the_folder_where_the_path_starts() {
    use std::os::unix::fs::symlink;

    let (folder, settings) =
        nested("folders = [{ from = \"../../words\" }]", &["repo/crates/py/x", "repo/words/a", "secret"]);
    let root = fs_err::canonicalize(folder.path()).unwrap();
    let outcome =
        || sdist_files(&settings, &root.join("repo/crates/py")).map(|files| files.len()).map_err(|it| it.to_string());
    // To another folder of the repository, which the path starts from.
    symlink(root.join("repo/crates/py/x"), root.join("repo/words/b")).unwrap();
    assert_eq!(outcome(), Ok(3));
    symlink(root.join("secret"), root.join("repo/words/c")).unwrap();
    let expected = format!(
        "pyproject.toml:4:12: `../../words/c`, which `tool.pyxide.wheel.folders[0]` names, leads out of the project to `{}`",
        root.join("secret").display()
    );
    assert_eq!(outcome(), Err(expected));
}

#[cfg(unix)]
#[test]
fn links() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    write(folder.path(), "secret/key", "");
    write(&project, "data/a", "a");
    write(&project, "other/b", "b");
    let settings = Settings::read(&format!("{BUILD}[tool.pyxide.wheel]\nfolders = [{{ from = \"data\" }}]\n")).unwrap();
    let outcome = || Payload::gather(&settings, &project, Kind::Regular).map(|_| ()).map_err(|error| error.to_string());
    let link = project.join("data/link");
    let to = |target: &str| {
        let _ = fs_err::remove_file(&link);
        symlink(target, &link).unwrap();
        outcome().map_err(|error| error.split(" names, ").nth(1).unwrap_or_default().to_owned())
    };
    assert_eq!(to("../other"), Ok(()));
    assert_eq!(to("../other/b"), Ok(()));
    let (_, whole) = nested("folders = [{ from = \".\", to = \"x\" }]", &[]);
    for outside in ["../../secret", "../../secret/key"] {
        let message = to(outside).unwrap_err();
        assert!(message.starts_with("leads out of the project to `"), "{message}");
        for settings in [&settings, &whole] {
            let message = Payload::gather(settings, &project, Kind::Regular).unwrap_err().to_string();
            let expected = "pyproject.toml:4:12: `data/link`, which `tool.pyxide.wheel.folders[0]` names, leads out";
            assert!(message.starts_with(expected), "{message}");
        }
    }
    assert_eq!(to("../gone"), Err("does not exist".to_owned()));
    let error = Payload::gather(&whole, &project, Kind::Regular).unwrap_err().to_string();
    assert_eq!(error, "pyproject.toml:4:12: `data/link`, which `tool.pyxide.wheel.folders[0]` names, does not exist");
    assert_eq!(to("."), Err("holds itself through a link".to_owned()));
    // A folder of the project that is a link itself is one that leads out, too.
    fs_err::remove_file(&link).unwrap();
    fs_err::rename(project.join("data"), folder.path().join("data")).unwrap();
    symlink("../data", project.join("data")).unwrap();
    assert!(outcome().unwrap_err().contains("leads out of the project"));
}
