//! `pyxide hook` without an interpreter: what it writes, says and refuses.

use std::process::Command;

use insta::assert_snapshot;
use test_support::TestContext;

fn shown(context: &TestContext, arguments: &[&str]) -> String {
    let mut command: Command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    context.snapshot(command.arg("hook").args(arguments))
}

#[test]
fn writing() {
    let context = TestContext::new();
    let write = ["write", "greetings", "greetings.codec:register", "--shim", "_greetings_hook"];
    assert_snapshot!(shown(&context, &write), @"");
    // The same again is no change; something else in its place is.
    assert!(shown(&context, &write).starts_with("exit: 0"));
    context.write("greetings.pth", "somebody's path\n");
    assert_snapshot!(shown(&context, &write), @"");
    assert!(shown(&context, &[&write[..], &["--overwrite"]].concat()).starts_with("exit: 0"));
    assert!(shown(&context, &["lint", "--strict", "greetings.pth"]).starts_with("exit: 1"));
    assert!(shown(&context, &["lint", "greetings.pth"]).starts_with("exit: 0"));
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--start", "always", "--dry-run", "--json"]), @"");
    assert!(!context.project().join("x.pth").exists());
}

#[test]
fn what_cannot_be_written() {
    let context = TestContext::new();
    assert_snapshot!(shown(&context, &["write", "x", "pkg.mod"]), @"");
    assert_snapshot!(shown(&context, &["write", "__editable__.pkg", "pkg:go"]), @"");
    assert_snapshot!(shown(&context, &["write", "my_pkg", "pkg:go", "--distribution", "My.Pkg", "--editable"]), @"");
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--requires-python", "3.10"]), @"");
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--shim", "typing", "--json"]), @"");
}

#[test]
fn linting() {
    let context = TestContext::new();
    context.write(
        "site/a.pth",
        " import late\nimport os, base64; exec(base64.b64decode('cGFzcw=='))\nimport gone; gone.f()\nmissing\n",
    );
    context.write("site/b.pth", "import _b_hook; _b_hook.go()\n");
    context.write("site/b.start", "_b_hook:stay\nno entry point\n");
    context.write("site/_b_hook.py", "import typing\ndef go(): pass\n");
    context.write("site/c.pth", "\u{feff}import _b_hook; _b_hook.go()\n");
    context.write("site/d.pth", b"# \xe9\n");
    assert_snapshot!(shown(&context, &["lint", "site"]), @"");
    assert_snapshot!(shown(&context, &["lint", "site/b.pth", "--json"]), @"");
    assert_snapshot!(shown(&context, &["lint", "nowhere"]), @"");
    assert_snapshot!(shown(&context, &["lint", "."]), @"");
}

#[test]
fn auditing() {
    let context = TestContext::new();
    let site = "env/lib/python3.12/site-packages";
    context.write("env/pyvenv.cfg", "home = /nowhere/bin\nversion = 3.12.1\n");
    context.write(format!("{site}/b.pth"), "import _b_hook; _b_hook.go()\nmissing\n");
    context.write(format!("{site}/_b_hook.py"), "def go():\n    import b.core\n");
    context.write(format!("{site}/b/__init__.py"), "");
    context.write(format!("{site}/b/core.py"), "import typing, socket\n");
    context.write(format!("{site}/b-1.2.dist-info/RECORD"), "b.pth,,\n_b_hook.py,,\n");
    context.write(format!("{site}/a.pth"), "import os, base64; exec(base64.b64decode('cGFzcw=='))\n");
    context.write(format!("{site}/c.start"), "_b_hook:go\n");
    context.write(format!("{site}/sitecustomize.py"), "import os\n");
    assert_snapshot!(shown(&context, &["audit", "env"]), @"");
    assert_snapshot!(shown(&context, &["audit", "env", "--python-version", "3.15", "--steps"]), @"");
    assert_snapshot!(shown(&context, &["audit", "env", "--python-version", "3.18"]), @"");
    assert_snapshot!(shown(&context, &["audit", "env", "--json", "--python-version", "3.14"]), @"");
}

#[test]
fn measuring_needs_an_interpreter() {
    let context = TestContext::new();
    context.write("x.pth", "import sys\n");
    assert_snapshot!(shown(&context, &["measure", "x.pth"]), @"");
    assert_snapshot!(shown(&context, &["measure", "x.pth", "--interpreter", "./no-python"]), @"");
}
