//! `pyxide wheel`: what it says, and what its exit codes are. What it does to wheels is tested where that is done.

use std::{io::Write as _, os::unix::ffi::OsStrExt as _};

use insta::assert_snapshot;
use test_support::TestContext;

const NAME: &str = "demo-1.0-py3-none-any.whl";
const MEMBERS: [(&str, &str); 4] = [
    ("demo/__init__.py", "VERSION = '1.0'\n"),
    ("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"),
    ("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    (
        "demo-1.0.dist-info/RECORD",
        "demo/__init__.py,sha256=qDELPlksFSwWLqsldfcO3h82HUM9qbRemTxcdjn1Jb8,16\n\
         demo-1.0.dist-info/METADATA,sha256=NKonpgZPlYtBt4GiF_KQ_Qq1-WUeK25Kzas0G3uTwwU,46\n\
         demo-1.0.dist-info/WHEEL,sha256=aqXGFb0UxhuyESyS_oF0S_8090OgK_qCvBIDoiT0S30,75\n\
         demo-1.0.dist-info/RECORD,,\n",
    ),
];

/// A context with a wheel in its project's folder, and a folder to add.
fn context(members: &[(&str, &str)]) -> TestContext {
    let context = TestContext::new();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .unix_permissions(0o644);
    for (name, text) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    context.write(NAME, writer.finish().unwrap().into_inner());
    context.write("dialects/nl.toml", "taal = 'nl'\n");
    context.write("dialects/__pycache__/x.pyc", "x");
    context.write("hook.pth", "import demo\n");
    context
}

fn wheel(context: &TestContext, arguments: &[&str]) -> String {
    let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    context.snapshot(command.arg("wheel").args(arguments))
}

fn bytes(context: &TestContext) -> Vec<u8> {
    fs_err::read(context.project().join(NAME)).unwrap()
}

#[test]
fn files_are_added_and_taken_away() {
    let context = context(&MEMBERS);
    let before = bytes(&context);
    assert_snapshot!(wheel(&context, &["inject", NAME, "dialects", "hook.pth=zz_demo.pth"]), @"
    exit: 0
    --- stdout
    added      dialects/nl.toml
    added      zz_demo.pth
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "dialects", "--json"]), @r#"
    exit: 0
    --- stdout
    {"added":[],"can_undo":true,"changed":false,"findings":[],"format":1,"removed":[],"renamed":[],"replaced":[],"type":"applied","unchanged":["dialects/nl.toml"],"wheel":"demo-1.0-py3-none-any.whl"}
    --- stderr
    "#);
    assert_snapshot!(wheel(&context, &["inspect", NAME]), @"
    exit: 0
    --- stdout
    demo 1.0
    tags       py3-none-any
    made by    hand
    root       purelib
    undo       can be undone
    0644            16  demo/__init__.py
    0644            12  dialects/nl.toml  (added)
    0644            12  zz_demo.pth  (added)
    0644            46  demo-1.0.dist-info/METADATA
    0644            75  demo-1.0.dist-info/WHEEL
    0644           397  demo-1.0.dist-info/RECORD
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["verify", NAME]), @"
    exit: 0
    --- stdout
    demo-1.0-py3-none-any.whl: warning: `zz_demo.pth:1`: it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18 [form]
    demo-1.0-py3-none-any.whl: warning: `zz_demo.pth:1`: when its package is gone and this file is not, each start of an interpreter prints an error [unguarded]
    demo-1.0-py3-none-any.whl: warning: `zz_demo.pth:1`: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    demo-1.0-py3-none-any.whl: sound: 0 errors, 3 warnings, 0 notes
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["undo", NAME]), @"
    exit: 0
    --- stdout
    removed    dialects/nl.toml
    removed    zz_demo.pth
    --- stderr
    note: the original bytes are back
    ");
    assert_eq!(bytes(&context), before);
    assert_snapshot!(wheel(&context, &["undo", NAME]), @"
    exit: 6
    --- stdout
    --- stderr
    error: the original bytes of `demo-1.0-py3-none-any.whl` cannot be had from it: it has no marks of what was added
    hint: with `--undo-file`, `inject` leaves a file that leads back from any layout
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth=", "--scheme", "scripts", "--mode", "0755", "-q"]), @"
    exit: 0
    --- stdout
    added      demo-1.0.data/scripts/hook.pth
    --- stderr
    ");
}

#[test]
fn members_get_other_names_and_go() {
    let context = context(&MEMBERS);
    let before = bytes(&context);
    assert_snapshot!(wheel(&context, &["rename", NAME, "demo/__init__.py", "demo/main.py", "--undo-file", "back"]), @"
    exit: 0
    --- stdout
    renamed    demo/__init__.py -> demo/main.py
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["undo", NAME, "--undo-file", "back"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: the original bytes are back
    ");
    assert_eq!(bytes(&context), before);
    assert_snapshot!(wheel(&context, &["remove", NAME, "demo/", "--output", "out.whl"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: the change would make `out.whl` unsound: `out.whl`: the file is not named as a wheel is: `name-version-python-abi-platform.whl`, in letters of ASCII [wheel-file-name]
    hint: give the new file the wheel's own name, in another folder
    ");
    let output = "demo-1.0-0-py3-none-any.whl";
    assert_snapshot!(wheel(&context, &["remove", NAME, "demo/", "--output", output]), @"
    exit: 0
    --- stdout
    removed    demo/__init__.py
    --- stderr
    warning: `demo-1.0.dist-info/WHEEL`: its build number is none, and that of the file name `0` [wheel-build]
    ");
    assert_eq!(bytes(&context), before);
}

#[test]
fn a_wheel_that_is_wrong_is_refused_with_the_reasons() {
    let mut members = MEMBERS;
    members[0].1 = "VERSION = '1.1'\n";
    let context = context(&[&members[..], &[("demo/more.py", "")]].concat());
    let before = bytes(&context);
    assert_snapshot!(wheel(&context, &["verify", NAME]), @"
    exit: 6
    --- stdout
    demo-1.0-py3-none-any.whl: note: other members come behind `.dist-info` [dist-info-last]
    demo-1.0-py3-none-any.whl: error: `demo/more.py`: RECORD does not list it [record-unlisted]
    demo-1.0-py3-none-any.whl: error: `demo/__init__.py`: its hash is not the one in RECORD [record-hash]
    demo-1.0-py3-none-any.whl: not sound: 2 errors, 0 warnings, 1 note
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["verify", NAME, "--json", "--check", "structure"]), @r#"
    exit: 6
    --- stdout
    {"format":1,"message":"other members come behind `.dist-info`","place":null,"rule":"dist-info-last","severity":"note","type":"finding","wheel":"demo-1.0-py3-none-any.whl"}
    {"format":1,"message":"RECORD does not list it","place":"demo/more.py","rule":"record-unlisted","severity":"error","type":"finding","wheel":"demo-1.0-py3-none-any.whl"}
    {"errors":1,"format":1,"notes":1,"ok":false,"type":"verified","warnings":0,"wheel":"demo-1.0-py3-none-any.whl"}
    --- stderr
    "#);
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: `demo-1.0-py3-none-any.whl` is not sound: `demo/more.py`: RECORD does not list it [record-unlisted], and 1 more
    hint: `pyxide wheel verify` lists everything that is wrong with it
    ");
    assert_snapshot!(wheel(&context, &["inspect", NAME]), @"
    exit: 6
    --- stdout
    --- stderr
    error: `demo-1.0-py3-none-any.whl` is not sound: `demo/more.py`: RECORD does not list it [record-unlisted]
    hint: `pyxide wheel verify` lists everything that is wrong with it
    ");
    assert_eq!(bytes(&context), before);
}

#[test]
fn what_is_typed_wrong() {
    let context = context(&MEMBERS);
    assert_snapshot!(wheel(&context, &["inject", NAME, "gone"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot read what is to be added: failed to query resolved metadata `gone`: No such file or directory (os error 2)
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth=../x"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `../x` cannot be a name in a wheel: it has a part that is empty, `.` or `..`
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth", "--limit", "size=1"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value 'size=1' for '--limit <NAME=VALUE>': the limits are members, member-size, total-size, ratio, directory, depth

    For more information, try '--help'.
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth", "--mode", "0777"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value '0777' for '--mode <MODE>': files in wheels have the mode 0644 or 0755

    For more information, try '--help'.
    ");
    assert_snapshot!(wheel(&context, &["verify", "gone.whl"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot read the wheel: failed to open file `gone.whl`: No such file or directory (os error 2)
    ");
    let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    command.args(["wheel", "inject", NAME, "hook.pth"]).env("SOURCE_DATE_EPOCH", "now");
    assert_snapshot!(context.snapshot(&mut command), @"
    exit: 2
    --- stdout
    --- stderr
    error: SOURCE_DATE_EPOCH is `now`, and must be a whole number
    hint: set SOURCE_DATE_EPOCH to such a value, or unset it
    ");
    command.env("SOURCE_DATE_EPOCH", "999999999999999999");
    assert_snapshot!(context.snapshot(&mut command), @"
    exit: 2
    --- stdout
    --- stderr
    error: SOURCE_DATE_EPOCH is `999999999999999999`, and must be from 0 to 1099511627775
    hint: set SOURCE_DATE_EPOCH to such a value, or unset it
    ");
}

#[test]
fn the_epoch_is_honoured() {
    let context = context(&MEMBERS);
    let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    command.args(["wheel", "inject", NAME, "hook.pth", "-q"]).env("SOURCE_DATE_EPOCH", "1580601600");
    context.snapshot(&mut command);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes(&context))).unwrap();
    let time = archive.by_name("hook.pth").unwrap().last_modified().unwrap();
    assert_eq!((time.year(), time.month(), time.day()), (2020, 2, 2));
}

#[test]
fn hooks_are_looked_at_with_the_rest() {
    let context = context(&MEMBERS);
    context.write("broken.pth", "import demo; demo.register()\n");
    context.write("foreign.pth", "import elsewhere; elsewhere.register()\n");
    context.write("with.py", "def register(): pass\n");
    context.write("without.py", "");
    wheel(&context, &["inject", NAME, "with.py=demo/__init__.py", "--replace"]);
    wheel(&context, &["inject", NAME, "broken.pth", "foreign.pth"]);
    wheel(&context, &["inject", NAME, "without.py=demo/__init__.py", "--replace"]);
    let shown = wheel(&context, &["verify", NAME]);
    assert!(shown.starts_with("exit: 6"), "{shown}");
    assert!(shown.contains("error: `broken.pth:1`: `demo` has no `register` [unresolved]"), "{shown}");
    assert!(shown.contains("warning: `foreign.pth:1`: there is no module `elsewhere` here [unresolved]"), "{shown}");
}

#[test]
fn hooks_are_judged_wherever_they_are_installed() {
    let path = "demo-1.0.data/data/lib/python3.12/site-packages/a.pth";
    let mut members = MEMBERS.to_vec();
    let record = format!("{path},sha256=uJh6q_yV_JGCPAKPDnabcDkqo9zsMYb5mXC_SgQ-bEo,44\n{}", MEMBERS[3].1);
    members[3].1 = &record;
    members.insert(1, (path, "# hi\rimport os; os.system('echo')\nno\x1b[2Jdir\n"));
    let context = context(&members);
    assert_snapshot!(wheel(&context, &["verify", NAME]), @r"
    exit: 6
    --- stdout
    demo-1.0-py3-none-any.whl: error: `a.pth`: it has carriage returns without newlines: each ends a line, and editors and terminals may hide what stands behind it [line-ends]
    demo-1.0-py3-none-any.whl: warning: `a.pth:2`: the line starts processes [risk]
    demo-1.0-py3-none-any.whl: warning: `a.pth:2`: it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18 [form]
    demo-1.0-py3-none-any.whl: warning: `a.pth:2`: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    demo-1.0-py3-none-any.whl: error: `a.pth:3`: there is no `no\u{1b}[2Jdir`: up to 3.14 nothing happens, and from 3.15 on each start of an interpreter prints an error [no-folder]
    demo-1.0-py3-none-any.whl: not sound: 2 errors, 3 warnings, 0 notes
    --- stderr
    ");
}

#[test]
fn a_hook_that_fails_is_not_added() {
    let context = context(&MEMBERS);
    let before = bytes(&context);
    context.write("bad.pth", b"\xff\xfe");
    assert_snapshot!(wheel(&context, &["inject", NAME, "bad.pth"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: the change would make `demo-1.0-py3-none-any.whl` unsound: `bad.pth`: it is not UTF-8: up to 3.19 no interpreter starts with it in a UTF-8 locale [encoding]
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "bad.pth", "--scheme", "purelib"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: the change would make `demo-1.0-py3-none-any.whl` unsound: `bad.pth`: it is not UTF-8: up to 3.19 no interpreter starts with it in a UTF-8 locale [encoding]
    ");
    context.write("broken.pth", "import demo; demo.register()\n");
    assert_snapshot!(wheel(&context, &["inject", NAME, "broken.pth", "hook.pth", "--json"]), @r#"
    exit: 6
    --- stdout
    {"format":1,"message":"`demo` has no `register`","place":"broken.pth:1","rule":"unresolved","severity":"error","type":"finding","wheel":"demo-1.0-py3-none-any.whl"}
    {"format":1,"hint":null,"kind":"unsound","message":"the change would make `demo-1.0-py3-none-any.whl` unsound: `broken.pth:1`: `demo` has no `register` [unresolved]","type":"error"}
    --- stderr
    "#);
    assert_eq!(bytes(&context), before);
    wheel(&context, &["inject", NAME, "bad.pth=bad.txt"]);
    assert_snapshot!(wheel(&context, &["rename", NAME, "bad.txt", "bad.pth"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: the change would make `demo-1.0-py3-none-any.whl` unsound: `bad.pth`: it is not UTF-8: up to 3.19 no interpreter starts with it in a UTF-8 locale [encoding]
    ");
}

#[test]
fn what_a_change_brings_about_is_told() {
    let context = context(&MEMBERS);
    for file in ["INSTALLER", "b.pyc", "x", "a=b.txt"] {
        context.write(file, "x");
    }
    let files = ["INSTALLER=demo-1.0.dist-info/", "b.pyc=a/", "a=b.txt", "a=b.txt=c=d.txt"];
    assert_snapshot!(wheel(&context, &[&["inject", NAME], &files[..]].concat()), @"
    exit: 0
    --- stdout
    added      a/b.pyc
    added      a=b.txt
    added      c=d.txt
    added      demo-1.0.dist-info/INSTALLER
    --- stderr
    warning: `a/b.pyc`: it is compiled bytecode [bytecode]
    warning: `demo-1.0.dist-info/INSTALLER`: installers write this file [dist-info-files]
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth"]), @"
    exit: 0
    --- stdout
    added      hook.pth
    --- stderr
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "x=demo/__init__.py", "--scheme", "platlib"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: `demo-1.0.data/platlib/demo/__init__.py` would be installed in the place of `demo/__init__.py`
    ");
}

#[test]
fn all_wheels_are_looked_at_and_limits_are_told() {
    let context = context(&MEMBERS);
    let small = ["verify", NAME, "--limit", "member-size=20"];
    assert_snapshot!(wheel(&context, &small), @"
    exit: 6
    --- stdout
    demo-1.0-py3-none-any.whl: error: `demo-1.0.dist-info/METADATA`: it has 46 bytes, and 20 are allowed (limit `member-size`) [zip-limit]
    demo-1.0-py3-none-any.whl: error: `demo-1.0.dist-info/WHEEL`: it has 75 bytes, and 20 are allowed (limit `member-size`) [zip-limit]
    demo-1.0-py3-none-any.whl: error: `demo-1.0.dist-info/RECORD`: it has 260 bytes, and 20 are allowed (limit `member-size`) [zip-limit]
    demo-1.0-py3-none-any.whl: not sound: 3 errors, 0 warnings, 0 notes
    --- stderr
    note: limits are raised by their names, as with `--limit member-size=8G`
    ");
    assert_snapshot!(wheel(&context, &["inspect", NAME, "--limit", "member-size=20"]), @"
    exit: 6
    --- stdout
    --- stderr
    error: `demo-1.0-py3-none-any.whl` is not sound: `demo-1.0.dist-info/METADATA`: it has 46 bytes, and 20 are allowed (limit `member-size`) [zip-limit], and 2 more
    hint: limits are raised by their names, as with `--limit member-size=8G`
    ");
    assert_snapshot!(wheel(&context, &["verify", "gone.whl", NAME]), @"
    exit: 2
    --- stdout
    demo-1.0-py3-none-any.whl: sound: 0 errors, 0 warnings, 0 notes
    --- stderr
    error: cannot read the wheel: failed to open file `gone.whl`: No such file or directory (os error 2)
    ");
    assert_snapshot!(wheel(&context, &["verify", NAME, "gone.whl", "--limit", "members=1"]), @"
    exit: 6
    --- stdout
    demo-1.0-py3-none-any.whl: error: it has 4 members, and 1 are allowed (limit `members`) [zip-limit]
    demo-1.0-py3-none-any.whl: not sound: 1 error, 0 warnings, 0 notes
    --- stderr
    note: limits are raised by their names, as with `--limit member-size=8G`
    error: cannot read the wheel: failed to open file `gone.whl`: No such file or directory (os error 2)
    ");
    assert_snapshot!(wheel(&context, &["inject", NAME, "hook.pth", "--output", "none/x.whl"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot write into the folder `none`: No such file or directory (os error 2)
    hint: make the folder first
    ");
}

#[test]
fn a_wheel_that_others_have_locked_is_not_changed() {
    let context = context(&MEMBERS);
    let before = bytes(&context);
    let held = fs_err::File::open(context.project().join(NAME)).unwrap();
    held.file().lock().unwrap();
    let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    command.args(["wheel", "inject", NAME, "hook.pth"]).env("PYXIDE_LOCK_TIMEOUT", "0");
    let said = context.snapshot(&mut command).replace(&std::process::id().to_string(), "[PID]");
    assert_snapshot!(said, @"
    exit: 6
    --- stdout
    --- stderr
    error: `demo-1.0-py3-none-any.whl` is locked by process [PID]
    hint: run the command again when that process is done with it
    ");
    assert_eq!(bytes(&context), before);
    drop(held);
    assert!(wheel(&context, &["inject", NAME, "hook.pth"]).starts_with("exit: 0"));
}

#[test]
fn what_would_move_a_cursor_is_escaped_wherever_it_is_from() {
    const GENERATOR: &str = "Generator: h\u{1b}[2Jand";
    let plain = context(&MEMBERS);
    assert_snapshot!(wheel(&plain, &["inspect", "no\u{1b}[2Jne.whl"]), @r"
    exit: 2
    --- stdout
    --- stderr
    error: cannot read the wheel: failed to open file `no\u{1b}[2Jne.whl`: No such file or directory (os error 2)
    ");
    let mut members = MEMBERS;
    let text = members[2].1.replace("Generator: hand", GENERATOR);
    let record = members[3]
        .1
        .replace("aqXGFb0UxhuyESyS_oF0S_8090OgK_qCvBIDoiT0S30,75", "HuovhgYAuWkuk-JUELVca5axvpsORLa5i5NzeG0UOX0,79");
    (members[2].1, members[3].1) = (&text, &record);
    let odd = context(&members);
    odd.write("plain.whl", bytes(&plain));
    let inspected = wheel(&odd, &["inspect", NAME]);
    assert!(inspected.contains(r"made by    h\u{1b}[2Jand"), "{inspected}");
    assert_snapshot!(wheel(&odd, &["diff", "plain.whl", NAME]), @r"
    exit: 1
    --- stdout
    changed    demo-1.0.dist-info/WHEEL (75 -> 79 bytes)
    WHEEL      - generator: hand
    WHEEL      + generator: h\u{1b}[2Jand
    --- stderr
    ");
}

#[test]
fn a_folder_whose_name_is_no_text_is_one() {
    let context = context(&MEMBERS);
    let folder = context.project().join(std::ffi::OsStr::from_bytes(b"f\xff"));
    fs_err::create_dir(&folder).unwrap();
    let path = folder.join(NAME);
    fs_err::copy(context.project().join(NAME), &path).unwrap();
    for arguments in [&["inspect"][..], &["verify"], &["normalise"], &["repair"]] {
        let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
        let said = context.snapshot(command.arg("wheel").args(arguments).arg(&path).arg("--json"));
        assert!(said.starts_with("exit: 0"), "{said}");
    }
}
