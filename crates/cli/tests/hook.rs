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
    assert_snapshot!(shown(&context, &write), @r#"
    exit: 0
    --- stdout
    ./_greetings_hook.py
    ./greetings.pth
    --- stderr
    note: the .pth runs up to Python 3.17; 3.18 (October 2029) ignores its import line
    note: no .start was written, since no Python that needs one is out, and a .start makes `site` import pkgutil and re: on 3.15 each start of an interpreter takes about 1.8 times as long; build again with a release that knows 3.18, or ask for one with `--start always`, in pyproject.toml `start = "always"`
    "#);
    // The same again is no change; something else in its place is.
    assert!(shown(&context, &write).starts_with("exit: 0"));
    context.write("greetings.pth", "somebody's path\n");
    assert_snapshot!(shown(&context, &write), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is another `./greetings.pth`
    hint: take another name, or write over it with --overwrite
    ");
    assert!(shown(&context, &[&write[..], &["--overwrite"]].concat()).starts_with("exit: 0"));
    assert!(shown(&context, &["lint", "--strict", "greetings.pth"]).starts_with("exit: 6"));
    assert!(shown(&context, &["lint", "greetings.pth"]).starts_with("exit: 0"));
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--start", "always", "--dry-run", "--json"]), @r#"
    exit: 0
    --- stdout
    {"format":1,"path":"./x.pth","text":"import sys; exec(\"try: import pkg as hook\\nexcept ImportError: pass\\nelse: hook.go()\")\n","type":"file","written":false}
    {"format":1,"path":"./x.start","text":"pkg:go\n","type":"file","written":false}
    {"format":1,"text":"the .start replaces the import line of the .pth from Python 3.15 on; 3.18 (October 2029) reads the .start alone","type":"note"}
    {"format":1,"text":"a .start makes `site` import pkgutil and re: on 3.15 each start of an interpreter takes about 1.8 times as long, and until 3.18 the .pth alone would do","type":"note"}
    {"format":1,"text":"a .start prints a traceback at each start when the package is gone; a module of its own (`--shim`, in pyproject.toml `module`) bears that","type":"note"}
    {"format":1,"text":"in a virtual environment of Python up to 3.14 the line runs twice at each start; with a module of its own (`--shim`, in pyproject.toml `module`) the function is called once","type":"note"}
    --- stderr
    "#);
    assert!(!context.project().join("x.pth").exists());
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--to", "nodir"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no folder `nodir`
    hint: make it, or name one that is there with --to
    ");
}

#[test]
fn what_cannot_be_written() {
    let context = TestContext::new();
    assert_snapshot!(shown(&context, &["write", "x", "pkg.mod"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value 'pkg.mod' for '<ENTRY>': `pkg.mod` is no entry point: there is no colon in it

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&context, &["write", "__editable__.pkg", "pkg:go"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: a hook cannot be called `__editable__.pkg`: setuptools calls the files of editable installs so, and removes them
    hint: name it after the package, with an ending that tells what it is for, such as `package_hook`
    ");
    assert_snapshot!(shown(&context, &["write", "my_pkg", "pkg:go", "--distribution", "My.Pkg", "--editable"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: a hook cannot be called `my_pkg`: build backends write a file of the package's own name into editable wheels, with the path of the sources, and one of the two would be lost
    hint: name it after the package, with an ending that tells what it is for, such as `package_hook`
    ");
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--requires-python", "3.10"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `3.10` does not say which versions of Python it means: Unexpected end of version specifier, expected operator
    hint: copy `requires-python` of the project, such as `>=3.10`
    ");
    assert_snapshot!(shown(&context, &["write", "x", "pkg:go", "--shim", "typing", "--json"]), @r#"
    exit: 2
    --- stdout
    {"format":1,"hint":"name it after the package, with an underscore before it, such as `_package_hook`","kind":"input","message":"the module of a hook cannot be called `typing`: a module of Python's own library has this name","type":"error"}
    --- stderr
    "#);
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
    assert_snapshot!(shown(&context, &["lint", "site"]), @"
    exit: 6
    --- stdout
    error: a.pth:1: this is a path up to 3.14, and code from 3.15 on [indented]
    warning: a.pth:1: it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18 [form]
    warning: a.pth:1: when its package is gone and this file is not, each start of an interpreter prints an error [unguarded]
    error: a.pth:1: there is no module `late` here [unresolved]
    warning: a.pth:1: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    warning: a.pth:2: the line runs text as code, decodes something [risk]
    warning: a.pth:2: it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18 [form]
    warning: a.pth:2: a hook is one line: up to 3.14 an error in a line keeps all lines after it from running [one-line]
    warning: a.pth:3: when its package is gone and this file is not, each start of an interpreter prints an error [unguarded]
    error: a.pth:3: there is no module `gone` here [unresolved]
    error: a.pth:4: there is no `missing`: up to 3.14 nothing happens, and from 3.15 on each start of an interpreter prints an error [no-folder]
    warning: b.pth:1: each start of an interpreter imports `typing`; `pyxide hook measure` tells what that costs [heavy-import]
    error: b.pth:1: from 3.15 on the .start of the same name calls `_b_hook:stay`, `no entry point`, and before this line calls `_b_hook:go` [pair]
    warning: b.start: the first .start makes `site` import pkgutil and re, so that each start of 3.15 takes about 1.8 times as long; no .start is needed before 3.18 (October 2029) [start-cost]
    error: b.start:1: `_b_hook` has no `stay` [unresolved]
    warning: b.start:1: each start of an interpreter imports `typing`; `pyxide hook measure` tells what that costs [heavy-import]
    error: b.start:2: `no entry point` is no entry point: each start of an interpreter prints a traceback [entry-point]
    error: c.pth:1: it begins with a byte order mark, which makes the first line a path up to 3.12 [encoding]
    warning: c.pth:1: each start of an interpreter imports `typing`; `pyxide hook measure` tells what that costs [heavy-import]
    warning: c.pth:1: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    error: d.pth: it is not UTF-8: up to 3.19 no interpreter starts with it in a UTF-8 locale [encoding]
    --- stderr
    ");
    assert_snapshot!(shown(&context, &["lint", "site/b.pth", "--json"]), @r#"
    exit: 6
    --- stdout
    {"file":"b.pth","format":1,"line":1,"message":"each start of an interpreter imports `typing`; `pyxide hook measure` tells what that costs","path":"site/b.pth","rule":"heavy-import","severity":"warning","type":"finding"}
    {"file":"b.pth","format":1,"line":1,"message":"from 3.15 on the .start of the same name calls `_b_hook:stay`, `no entry point`, and before this line calls `_b_hook:go`","path":"site/b.pth","rule":"pair","severity":"error","type":"finding"}
    {"file":"b.start","format":1,"line":0,"message":"the first .start makes `site` import pkgutil and re, so that each start of 3.15 takes about 1.8 times as long; no .start is needed before 3.18 (October 2029)","path":"site/b.pth","rule":"start-cost","severity":"warning","type":"finding"}
    {"file":"b.start","format":1,"line":1,"message":"`_b_hook` has no `stay`","path":"site/b.pth","rule":"unresolved","severity":"error","type":"finding"}
    {"file":"b.start","format":1,"line":1,"message":"each start of an interpreter imports `typing`; `pyxide hook measure` tells what that costs","path":"site/b.pth","rule":"heavy-import","severity":"warning","type":"finding"}
    {"file":"b.start","format":1,"line":2,"message":"`no entry point` is no entry point: each start of an interpreter prints a traceback","path":"site/b.pth","rule":"entry-point","severity":"error","type":"finding"}
    --- stderr
    "#);
    assert_snapshot!(shown(&context, &["lint", "nowhere"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot look at what was given: failed to query resolved metadata `nowhere`: No such file or directory (os error 2)
    ");
    assert_snapshot!(shown(&context, &["lint", "."]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `[TEMP]/project` is neither an environment nor a folder with `.pth` or `.start` files
    hint: name a virtual environment, a `site-packages` folder, a wheel, or a folder with the files
    ");
}

#[test]
fn nothing_hides_behind_a_carriage_return() {
    let context = TestContext::new();
    context.write("site/a.pth", "# hi\rimport os; os.system('echo PWNED')\n");
    context.write("site/b.start", "# hi\rno entry point\n");
    context.write("site/c.pth", "# hi\r\n");
    assert_snapshot!(shown(&context, &["lint", "site"]), @"
    exit: 6
    --- stdout
    error: a.pth: it has carriage returns without newlines: each ends a line, and editors and terminals may hide what stands behind it [line-ends]
    warning: a.pth:2: the line starts processes [risk]
    warning: a.pth:2: it is not of the form `import m; m.f()`, so no .start can replace it when import lines end with 3.18 [form]
    warning: a.pth:2: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    error: b.start: it has carriage returns without newlines: each ends a line, and editors and terminals may hide what stands behind it [line-ends]
    warning: b.start: the first .start makes `site` import pkgutil and re, so that each start of 3.15 takes about 1.8 times as long; no .start is needed before 3.18 (October 2029) [start-cost]
    error: b.start:2: `no entry point` is no entry point: each start of an interpreter prints a traceback [entry-point]
    --- stderr
    ");
}

#[test]
fn no_finding_moves_a_cursor() {
    let context = TestContext::new();
    let site = "env/lib/python3.15/site-packages";
    context.write(format!("{site}/a.pth"), "nodir\x1b]0;owned\x07\x1b[2J\n");
    context.write(format!("{site}/b\x1b[2J.pth"), "import x\u{202e}\n");
    context.write(format!("{site}/p\x1b[2J-1.dist-info/RECORD"), "b\x1b[2J.pth,,\n");
    for arguments in [
        &["lint", "env"][..],
        &["audit", "env"],
        &["audit", "env", "--steps"],
        &["audit", "env", "--python-version", "3.12", "--steps"],
        &["lint", "env", "--json"],
    ] {
        let mut command: Command = context.command(env!("CARGO_BIN_EXE_pyxide"));
        let output = command.arg("hook").args(arguments).output().unwrap();
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        let orders = shown.chars().find(|letter| letter.is_control() && *letter != '\n' || *letter == '\u{202e}');
        assert_eq!(orders, None, "{arguments:?}: {shown:?}");
        assert!(shown.contains("[2J"), "{arguments:?}: {shown}");
    }
    assert_snapshot!(shown(&context, &["lint", &format!("{site}/a.pth")]), @r"
    exit: 6
    --- stdout
    error: a.pth:1: there is no `nodir\u{1b}]0;owned\u{7}\u{1b}[2J`: up to 3.14 nothing happens, and from 3.15 on each start of an interpreter prints an error [no-folder]
    --- stderr
    ");
}

#[test]
fn lines_that_python_cannot_read() {
    let context = TestContext::new();
    context.write("site/a.pth", "import (\n");
    context.write("site/b.pth", "import sys; if sys: pass\n");
    assert_snapshot!(shown(&context, &["lint", "site"]), @"
    exit: 6
    --- stdout
    error: a.pth:1: Python cannot read it, and each start of an interpreter prints an error: `(` is never closed [syntax]
    warning: a.pth:1: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    error: b.pth:1: Python cannot read it, and each start of an interpreter prints an error: `if` begins a block, which cannot stand behind a semicolon [syntax]
    warning: b.pth:1: import lines end: 3.18 (October 2029) ignores them, and 3.20 (October 2031) warns of them; there is no .start of the same name [end-date]
    --- stderr
    ");
}

#[test]
fn auditing() {
    let context = TestContext::new();
    let site = "env/lib/python3.12/site-packages";
    context.write("env/pyvenv.cfg", "home = /nowhere/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n");
    context.write(format!("{site}/b.pth"), "import _b_hook; _b_hook.go()\nmissing\n");
    context.write(format!("{site}/_b_hook.py"), "def go():\n    import b.core\n");
    context.write(format!("{site}/b/__init__.py"), "");
    context.write(format!("{site}/b/core.py"), "import typing, socket\n");
    context.write(format!("{site}/b-1.2.dist-info/RECORD"), "b.pth,,\n_b_hook.py,,\n");
    context.write(format!("{site}/a.pth"), "import os, base64; exec(base64.b64decode('cGFzcw=='))\n");
    context.write(format!("{site}/c.start"), "_b_hook:go\n");
    context.write(format!("{site}/sitecustomize.py"), "import os\n");
    assert_snapshot!(shown(&context, &["audit", "env"]), @"
    exit: 0
    --- stdout
     1  [TEMP]/project/env/lib/python3.12/site-packages/a.pth:1  (of no package, 2 times)
        import os, base64; exec(base64.b64decode('cGFzcw=='))
          the line: runs text as code; decodes something
     2  [TEMP]/project/env/lib/python3.12/site-packages/b.pth:1  (b 1.2, 2 times)
        import _b_hook; _b_hook.go()
          imports: _b_hook, b, b.core
          takes long: socket, typing
     3  [TEMP]/project/env/lib/python3.12/site-packages/sitecustomize.py  (of no package)
        import sitecustomize
          imports: sitecustomize
    --- stderr
    ");
    assert_snapshot!(shown(&context, &["audit", "env", "--python-version", "3.15", "--steps"]), @"
    exit: 0
    --- stdout
     1  [TEMP]/project/env/lib/python3.12/site-packages/a.pth:1  (of no package)
        import os, base64; exec(base64.b64decode('cGFzcw=='))
          the line: runs text as code; decodes something
     2  [TEMP]/project/env/lib/python3.12/site-packages/b.pth:1  (b 1.2)
        import _b_hook; _b_hook.go()
          imports: _b_hook, b, b.core
          takes long: socket, typing
     3  [TEMP]/project/env/lib/python3.12/site-packages/c.start:1  (of no package)
        _b_hook:go
          imports: _b_hook, b, b.core
          takes long: pkgutil, re, socket, typing
     4  [TEMP]/project/env/lib/python3.12/site-packages/sitecustomize.py  (of no package)
        import sitecustomize
          imports: sitecustomize
    path  [TEMP]/project/env/lib/python3.12/site-packages
    print In [TEMP]/project/env/lib/python3.12/site-packages/b.pth: [TEMP]/project/env/lib/python3.12/site-packages/missing does not exist; skipping sys.path append [b.pth:2]
    skip  there is no such folder [b.pth:2]
    run   import os, base64; exec(base64.b64decode('cGFzcw==')) [a.pth:1]
    run   import _b_hook; _b_hook.go() [b.pth:1]
    run   _b_hook:go [c.start:1]
    --- stderr
    ");
    assert_snapshot!(shown(&context, &["audit", "env", "--python-version", "3.18"]), @"
    exit: 0
    --- stdout
     1  [TEMP]/project/env/lib/python3.12/site-packages/c.start:1  (of no package)
        _b_hook:go
          imports: _b_hook, b, b.core
          takes long: pkgutil, re, socket, typing
     2  [TEMP]/project/env/lib/python3.12/site-packages/sitecustomize.py  (of no package)
        import sitecustomize
          imports: sitecustomize
    --- stderr
    warning: Python 3.18 prints at each start: In [TEMP]/project/env/lib/python3.12/site-packages/b.pth: [TEMP]/project/env/lib/python3.12/site-packages/missing does not exist; skipping sys.path append
    ");
    assert_snapshot!(shown(&context, &["audit", "env", "--json", "--python-version", "3.14"]), @r#"
    exit: 0
    --- stdout
    {"code":"import os, base64; exec(base64.b64decode('cGFzcw=='))","file":"[TEMP]/project/env/lib/python3.12/site-packages/a.pth","format":1,"heavy":[],"imports":[],"length":53,"line":1,"marks":["exec","encoded"],"module_marks":[],"order":1,"package":null,"python":"3.14","times":2,"type":"hook"}
    {"code":"import _b_hook; _b_hook.go()","file":"[TEMP]/project/env/lib/python3.12/site-packages/b.pth","format":1,"heavy":["socket","typing"],"imports":["_b_hook","b","b.core"],"length":28,"line":1,"marks":[],"module_marks":[],"order":2,"package":"b 1.2","python":"3.14","times":2,"type":"hook"}
    {"code":"import sitecustomize","file":"[TEMP]/project/env/lib/python3.12/site-packages/sitecustomize.py","format":1,"heavy":[],"imports":["sitecustomize"],"length":10,"line":0,"marks":[],"module_marks":[],"order":3,"package":null,"python":"3.14","times":1,"type":"hook"}
    --- stderr
    "#);
}

#[test]
fn modules_that_every_interpreter_imports() {
    let context = TestContext::new();
    let site = "prefix/lib/python3.12/site-packages";
    context.write(format!("{site}/sitecustomize/__init__.py"), "import base64\n");
    context.write(format!("{site}/sitecustomize.py"), "import socket\n");
    context.write(format!("{site}/usercustomize.cpython-312-x86_64-linux-gnu.so"), "");
    context.write(format!("{site}/usercustomize.cpython-313-x86_64-linux-gnu.so"), "");
    context.write(format!("{site}/pkg-1.0.dist-info/RECORD"), "sitecustomize/__init__.py,,\n");
    assert_snapshot!(shown(&context, &["audit", "prefix"]), @"
    exit: 0
    --- stdout
     1  [TEMP]/project/prefix/lib/python3.12/site-packages/sitecustomize/__init__.py  (pkg 1.0)
        import sitecustomize
          imports: sitecustomize
          its modules: decodes something
     2  [TEMP]/project/prefix/lib/python3.12/site-packages/usercustomize.cpython-312-x86_64-linux-gnu.so  (of no package)
        import usercustomize
          imports: usercustomize
          its modules: cannot be read: compiled, not UTF-8, or very large
    --- stderr
    note: the user site folder was not looked at: where there is one, `pyxide hook audit ~/.local/lib/python3.12/site-packages` reads it
    ");
    assert_snapshot!(shown(&context, &["audit", "prefix", "--json", "--python-version", "3.14"]), @r#"
    exit: 0
    --- stdout
    {"code":"import sitecustomize","file":"[TEMP]/project/prefix/lib/python3.12/site-packages/sitecustomize/__init__.py","format":1,"heavy":[],"imports":["sitecustomize"],"length":14,"line":0,"marks":[],"module_marks":["encoded"],"order":1,"package":"pkg 1.0","python":"3.14","times":1,"type":"hook"}
    {"format":1,"text":"the user site folder was not looked at: where there is one, `pyxide hook audit ~/.local/lib/python3.14/site-packages` reads it","type":"note"}
    --- stderr
    "#);
}

#[test]
fn such_modules_are_found_on_all_of_the_path() {
    let context = TestContext::new();
    let site = "prefix/lib/python3.12/site-packages";
    context.write(format!("{site}/a.pth"), "far\n");
    context.write(format!("{site}/far/usercustomize.py"), "import socket\n");
    context.write(format!("{site}/sitecustomize.py"), "import base64\n");
    context.write("prefix/lib/python3.12/sitecustomize.py", "");
    assert_snapshot!(shown(&context, &["audit", "prefix"]), @"
    exit: 0
    --- stdout
     1  [TEMP]/project/prefix/lib/python3.12/sitecustomize.py  (of no package)
        import sitecustomize
          imports: sitecustomize
     2  [TEMP]/project/prefix/lib/python3.12/site-packages/far/usercustomize.py  (of no package)
        import usercustomize
          imports: usercustomize
          takes long: socket
          its modules: knows the network
    --- stderr
    note: the user site folder was not looked at: where there is one, `pyxide hook audit ~/.local/lib/python3.12/site-packages` reads it
    ");
}

#[test]
fn rounds_that_say_nothing_are_refused() {
    let context = TestContext::new();
    context.write("x.pth", "import sys\n");
    assert_snapshot!(shown(&context, &["measure", "x.pth", "--rounds", "2"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value '2' for '--rounds <NUMBER>': at least 6 rounds are needed to tell a difference from chance

    For more information, try '--help'.
    ");
}

#[test]
fn nothing_that_a_caller_says_about_python_is_measured() {
    let context = TestContext::new();
    context.write("x.pth", "import sys\n");
    let script = r#"#!/bin/sh
case "$1" in
-I) printf '%s\n3.12.1\n/lib/site-packages\n' "$0" ;;
-E) ;;
*) echo "$PYTHONPLATLIBDIR counts" >&2 ;;
esac
"#;
    let program = context.write("python", script);
    fs_err::set_permissions(&program, fs_err::metadata(context.bin()).unwrap().permissions()).unwrap();
    let mut command: Command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    command.env("PYTHONPLATLIBDIR", "nowhere");
    command.args(["hook", "measure", "x.pth", "--rounds", "6", "--interpreter"]).arg(&program);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn measuring_needs_an_interpreter() {
    let context = TestContext::new();
    context.write("x.pth", "import sys\n");
    assert_snapshot!(shown(&context, &["measure", "x.pth"]), @"
    exit: 3
    --- stdout
    --- stderr
    error: there is no program `python3` on PATH
    hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
    ");
    assert_snapshot!(shown(&context, &["measure", "x.pth", "--interpreter", "./no-python"]), @"
    exit: 3
    --- stdout
    --- stderr
    error: `./no-python` cannot be measured: it cannot be started: No such file or directory (os error 2)
    ");
}
