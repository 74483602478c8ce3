//! The command without real tools: what it says when they are missing, and that it does not start them needlessly.

use std::process::Command;

use insta::assert_snapshot;
use test_support::{ShimBehaviour, TestContext};

/// What the probe of a plain interpreter answers.
const PYTHON: &str = r#"
{"result": "interpreter", "executable": "/usr/bin/python3", "base_executable": "/usr/bin/python3", "implementation": "cpython",
"version": [3, 11], "full_version": "3.11.7", "soabi": "cpython-311-x86_64-linux-gnu", "extension_suffix": ".cpython-311-x86_64-linux-gnu.so",
"debug": false, "free_threaded": false, "platform": "linux-x86_64", "libc": "glibc 2.36", "abi_flags": [], "include": ["/nowhere/include"],
"has_headers": false, "prefix": "/nowhere", "search_path": [], "cython": null, "numpy": null, "witnesses": []}
"#;

fn pyxide(context: &TestContext, arguments: &[&str]) -> Command {
    let mut command = context.command(env!("CARGO_BIN_EXE_pyxide"));
    command.args(arguments);
    command
}

fn shown(context: &TestContext, arguments: &[&str]) -> String {
    context.snapshot(&mut pyxide(context, arguments))
}

/// The probe is one line on the wire.
fn one_line(text: &str) -> String {
    text.replace('\n', " ").trim().to_owned() + "\n"
}

#[test]
fn nothing_on_path() {
    let context = TestContext::new();
    context.write("square.pyx", "def square(int x): return x * x\n");
    assert_snapshot!(shown(&context, &["run", "square.pyx"]), @"
    exit: 3
    --- stdout
    --- stderr
    error: there is no program `python3` on PATH
    hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
    ");
    assert_snapshot!(shown(&context, &["run", "square.pyx", "--json"]), @r#"
    exit: 3
    --- stdout
    {"format":1,"hint":"name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON","kind":"tools","message":"there is no program `python3` on PATH","type":"error"}
    --- stderr
    "#);
    assert_snapshot!(shown(&context, &["cache", "list"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: the cache `[TEMP]/cache` is empty
    ");
    assert_snapshot!(shown(&context, &["cache", "verify"]), @"
    exit: 0
    --- stdout
    0 intact, 0 damaged
    --- stderr
    ");
}

#[test]
fn no_compiler() {
    let context = TestContext::new();
    context.shim("python3", &ShimBehaviour::answers(one_line(PYTHON)));
    context.write("square.pyx", "def square(int x): return x * x\n");
    let text = shown(&context, &["build", "square.pyx"]);
    assert!(text.contains("error: no C compiler: looked for cc, gcc, clang on PATH\nhint: install one, "), "{text}");
    assert!(text.starts_with("exit: 3"), "{text}");
}

#[test]
fn a_missing_file_is_told_before_any_tool_is_looked_for() {
    let context = TestContext::new();
    context.shim("python3", &ShimBehaviour::answers(one_line(PYTHON)));
    assert_snapshot!(shown(&context, &["build", "gone.pyx"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no file `gone.pyx`
    hint: the path is relative to `[TEMP]/project`
    ");
}

#[test]
fn unsuitable_interpreters() {
    let context = TestContext::new();
    let refused = |fields: &str| {
        ShimBehaviour::answers(format!("a startup hook says hello\n{{\"result\": \"refused\", {fields}}}\n"))
    };
    context.shim("old", &refused(r#""reason": "too_old", "version": "3.9.18""#));
    context.shim("pypy", &refused(r#""reason": "not_cpython", "implementation": "pypy""#));
    context.shim("chatty", &ShimBehaviour::answers("hello\n"));
    context.shim("broken", &ShimBehaviour::fails(3, "no such library\n"));
    context.write("square.pyx", "");
    for name in ["old", "pypy", "chatty", "broken"] {
        let path = context.bin().join(name);
        let text = shown(&context, &["run", "square.pyx", "--python", path.to_str().unwrap()]);
        match name {
            "old" => assert_snapshot!(text, @"
            exit: 3
            --- stdout
            --- stderr
            error: `[TEMP]/bin/old` is Python 3.9.18, and CPython 3.10 or newer is needed
            hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
            "),
            "pypy" => assert_snapshot!(text, @"
            exit: 3
            --- stdout
            --- stderr
            error: `[TEMP]/bin/pypy` is pypy, and only CPython's C interface is supported
            hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
            "),
            "chatty" => assert_snapshot!(text, @"
            exit: 3
            --- stdout
            --- stderr
            error: `[TEMP]/bin/chatty` does not answer as a Python interpreter: hello
            hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
            "),
            _ => assert_snapshot!(text, @"
            exit: 3
            --- stdout
            --- stderr
            error: `[TEMP]/bin/broken` does not answer as a Python interpreter: no such library
            hint: name an interpreter with `--python`, for example `--python /usr/bin/python3`, or with PYXIDE_PYTHON
            "),
        }
    }
}

#[test]
fn the_interpreter_is_asked_once() {
    let context = TestContext::new();
    context.shim("python3", &ShimBehaviour::answers(one_line(PYTHON)));
    context.write("square.pyx", "def square(int x): return x * x\n");
    shown(&context, &["build", "square.pyx"]);
    assert_eq!(context.calls("python3").len(), 1, "one question for one command");
}

#[test]
fn doctor_names_everything_that_is_missing() {
    let context = TestContext::new();
    context.shim("python3", &ShimBehaviour::answers(one_line(PYTHON)));
    let text = shown(&context, &["doctor"]);
    for line in [
        "missing  headers       no Python.h in `/nowhere/include`",
        "missing  C compiler    no C compiler",
        "absent   NumPy",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(text.starts_with("exit: 3"), "{text}");
}

#[test]
fn words_that_are_no_command() {
    let context = TestContext::new();
    assert_snapshot!(shown(&context, &["build", "--nonsense", "x.pyx"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: unexpected argument '--nonsense' found

      tip: to pass '--nonsense' as a value, use '-- --nonsense'

    Usage: pyxide build [OPTIONS] <FILE>...

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&context, &["build", "x.pyx", "-X", "boundscheck"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: invalid value 'boundscheck' for '--directive <NAME=VALUE>': a directive is written NAME=VALUE, such as boundscheck=False

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&context, &["cache", "show", "xyz"]), @"
    exit: 4
    --- stdout
    --- stderr
    error: `xyz` is not a key: 64 lowercase hexadecimal digits are
    hint: `pyxide cache list` shows the keys there are; where a beginning is enough, it has at least six digits
    ");
    let completions = shown(&context, &["completions", "bash"]);
    assert!(completions.starts_with("exit: 0") && completions.contains("_pyxide()"), "{completions}");
}

#[test]
fn templates_without_a_python() {
    let context = TestContext::new();
    assert_snapshot!(shown(&context, &["template", "list"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the templates are not there: `[TEMP]/project/templates` does not hold them
    hint: use the command that the Python distribution installs, or set PYXIDE_TEMPLATES to the folder `templates` of pyxide's sources
    ");
    context.write("templates/template.schema.json", "{}");
    let sidecar = r#"{"format": 1, "title": "A header", "teaches": "including", "demo": []}"#;
    context.write("templates/cython/patterns/header.json", sidecar);
    context.write("templates/cython/patterns/header.pyx", "cdef extern from \"own.h\":\n    int f()\n");
    context.write("templates/cython/patterns/own.h", "int f(void);\n");
    context.write("templates/cython/basic/long_name.json", sidecar);
    context.write("templates/cython/basic/long_name.pyx", "");
    assert_snapshot!(shown(&context, &["template", "list"]), @"
    exit: 0
    --- stdout
    basic/long_name  A header
    patterns/header  A header
    --- stderr
    ");
    assert_snapshot!(shown(&context, &["template", "list", "numpy"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no category `numpy` of templates
    hint: there are basic, patterns; `pyxide template show` takes the name of a template
    ");
    assert_snapshot!(shown(&context, &["template", "show", "header"]), @r#"
    exit: 0
    --- stdout
    cdef extern from "own.h":
        int f()
    --- stderr
    note: A header: including
    note: it comes with `own.h`: `pyxide template copy header FOLDER` brings all
    "#);
    assert_snapshot!(shown(&context, &["template", "copy", "header", "mine"]), @"
    exit: 0
    --- stdout
    mine/header.pyx
    mine/own.h
    --- stderr
    ");
    assert_snapshot!(shown(&context, &["template", "copy", "header", "mine"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `mine/header.pyx` is there already
    hint: choose another folder, or replace it with `--overwrite`
    ");
    assert_snapshot!(shown(&context, &["template", "copy", "header", "mine", "--overwrite", "--json"]), @r#"
    exit: 0
    --- stdout
    {"files":["mine/header.pyx","mine/own.h"],"format":1,"id":"patterns/header","type":"copied"}
    --- stderr
    "#);
    let options = r#"{"openmp": true, "limited_api": true, "libraries": ["m"], "compiler_directives": {"cdivision": true}, "profile": "release"}"#;
    let sidecar = format!(r#"{{"format": 1, "title": "Long", "teaches": "it", "options": {options}, "demo": []}}"#);
    context.write("templates/cython/basic/long_name.json", &sidecar);
    assert_snapshot!(shown(&context, &["template", "copy", "long_name", "mine"]), @"
    exit: 0
    --- stdout
    mine/long_name.pyx
    --- stderr
    note: it is built with `--openmp --limited-api -l m -X cdivision=True --profile=release`
    ");
}
