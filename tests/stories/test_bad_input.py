"""Bad input: one sentence that names the thing, one next step, the documented exit code, and nothing left behind."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def old():
    """An interpreter that is too old."""
    for place in [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")), Path("/opt/pyenv")]:
        for version in ["3.8*", "3.9*"]:
            try:
                found = [*place.glob("versions/%s/bin/python" % version)]
            except OSError:
                continue
            if found:
                return found[0]
    for name in ["python3.8", "python3.9"]:
        if shutil.which(name) and subprocess.run([name, "-c", ""]).returncode == 0:
            return shutil.which(name)
    pytest.skip("there is no Python 3.8 or 3.9 on this machine")


CASES = {
    "unknown option": (["run", "square.pyx", "--no-such-option"], 2, ["--no-such-option"]),
    "unknown command": (["rum"], 2, ["rum"]),
    "directive without a value": (["run", "square.pyx", "-X", "boundscheck"], 2, ["NAME=VALUE"]),
    "missing file": (["run", "missing.pyx"], 2, ["missing.pyx"]),
    "not UTF-8": (["run", "latin.pyx"], 2, ["latin.pyx", "UTF-8", "line 2"]),
    "NUL byte": (["run", "nul.pyx"], 2, ["nul.pyx", "NUL", "line 2"]),
    "file name": (["run", "my-mod.pyx"], 2, ["my-mod", "identifier"]),
    "wrong suffix": (["run", "plain.txt"], 2, ["plain.txt", ".pyx"]),
    "folder": (["run", "folder.pyx"], 2, ["folder.pyx"]),
    "module name": (["run", "square.pyx", "--name", "2x"], 2, ["`2x`", "identifier"]),
    "unwritable cache": (["run", "square.pyx", "--cache-dir", "square.pyx/cache"], 4, ["square.pyx/cache"]),
    "no such interpreter": (["run", "square.pyx", "--python", "/nonexistent/python"], 3, ["/nonexistent/python"]),
    "no such interpreter on PATH": (["run", "square.pyx", "--python", "nopython"], 3, ["nopython"]),
    "no interpreter": (["run", "square.pyx", "--python", "latin.pyx"], 3, ["latin.pyx"]),
    "building switched off": (["run", "square.pyx", "--no-build"], 4, ["square"]),
    "unknown key": (["cache", "show", "0" * 64], 4, ["0" * 64]),
}


@pytest.fixture
def sources(tmp_path, square):
    (tmp_path / "latin.pyx").write_bytes(b"x = 1\n# gr\xfc\xdfe\n")
    (tmp_path / "nul.pyx").write_bytes(b"x = 1\n\0\n")
    (tmp_path / "my-mod.pyx").write_text("x = 1\n")
    (tmp_path / "plain.txt").write_text("x = 1\n")
    (tmp_path / "folder.pyx").mkdir()


def check(ran, status, words, usage=False):
    ran.fails(status)
    assert ran.out == "", ran
    lines = ran.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert len(errors) == 1 and lines[0] == errors[0], ran
    # What was typed wrong is answered by the parser of options, in its own form.
    steps = [line for line in lines if line.startswith("hint: ") or (usage and "--help" in line)]
    assert len(steps) == 1, ran
    assert usage or len(lines) == 2, ran
    for word in words:
        assert word in ran.err, ran
    assert "Traceback" not in ran.err and "/stage/" not in ran.err and ".rs:" not in ran.err, ran


@pytest.mark.parametrize("words, status, named", CASES.values(), ids=CASES)
def test_bad_input(pyxide, sources, stage_is_empty, cache, words, status, named):
    usage = "option" in words[-1] or words[0] == "rum" or "-X" in words
    check(pyxide(*words), status, named, usage)
    stage_is_empty()
    assert [*cache.glob("v1/entries/*/*")] == []
    if not usage:
        [told] = pyxide(*words, "--json").fails(status).objects()
        assert told["type"] == "error" and named[0].strip("`") in told["message"] and told["hint"], told


def test_an_interpreter_that_is_too_old(pyxide, sources, old):
    check(pyxide("run", "square.pyx", "--python", old), 3, [str(old), "3.10"])


def test_a_program_that_is_no_interpreter(pyxide, sources, tmp_path):
    program = tmp_path / "fake"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    check(pyxide("run", "square.pyx", "--python", program), 3, [str(program)])


def test_no_compiler(pyxide, sources, interpreter, empty, stage_is_empty):
    ran = pyxide("run", "square.pyx", "--python", interpreter, python=None, PATH=empty)
    check(ran, 3, ["no C compiler", "install"])
    check(pyxide("run", "square.pyx", CC="/nonexistent/cc"), 3, ["/nonexistent/cc"])
    stage_is_empty()


def test_a_pipe_is_not_waited_for(pyxide, tmp_path, run_in):
    os.mkfifo(tmp_path / "pipe.pyx")
    timeout = shutil.which("timeout")
    ran = pyxide("run", "pipe.pyx", under=[timeout, "10"])
    assert ran.status != 124, "it waits for a writer"
    assert ran.status == 2 and "pipe.pyx" in ran.err and "regular file" in ran.err, ran


def test_a_build_that_fails_leaves_nothing(pyxide, write, cache, stage_is_empty, interpreter):
    files = {
        "syntax.pyx": ("def f(:\n    pass\n", ["syntax.pyx:1:7", "def f(:"]),
        "header.pyx": ('\ncdef extern from "nope.h":\n    int nope()\ndef f():\n    return nope()\n',
                       ["header.pyx:2", "nope.h: No such file"]),
        "verbatim.pyx": ('cdef extern from *:\n    """\n    int broken = y;\n    """\n',
                         ["verbatim.pyx:3", "int broken = y;"]),
    }  # fmt: skip
    write({name: text for name, (text, _) in files.items()})
    for name, (_, words) in files.items():
        ran = pyxide("run", name).fails(1)
        assert ran.out == "" and ran.err.startswith("error: ") and "^" in ran.err, ran
        for word in words:
            assert word in ran.err, ran
        assert "/stage/" not in ran.err and "Traceback" not in ran.err, ran
        [log] = [line for line in ran.err.splitlines() if line.startswith("note: ") and line.endswith(".log`")]
        assert Path(log.split("`")[1]).is_file() and "note: " not in pyxide("run", name, "--quiet").err, ran
    stage_is_empty()
    assert [*cache.glob("v1/entries/*/*")] == []


def test_help_tells_the_exit_codes(pyxide):
    text = pyxide("--help", python=None).succeeds().out
    for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "130 "]:
        assert any(line.strip().startswith(code) for line in text.splitlines()), code
    for command in ["run", "build", "cache", "doctor", "completions"]:
        assert command in text
        assert "Usage: pyxide %s" % command in pyxide(command, "--help", python=None).succeeds().out


def test_a_failure_is_the_same_data_in_json_and_in_python(pyxide, write, interpreter, tmp_path, cache):
    write({
        "m.pyx": 'cdef extern from *:\n    """\n    static int one(int x) { return y; }\n    static int n = z;\n    """\n',
        "told.py": "import json, sys, pyxide\n"
        "try:\n    pyxide.cython_import(sys.argv[1])\n"
        "except pyxide.CompileError as error:\n    print(json.dumps(vars(error)))\n",
    })  # fmt: skip
    [told] = pyxide("run", "m.pyx", "--json").fails(1).objects()
    variables = {**os.environ, "PYXIDE_CACHE_DIR": str(cache)}
    ran = subprocess.run(
        [interpreter, "told.py", "m.pyx"], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True
    )
    in_python = json.loads(ran.stdout)
    of_the_command = {"format", "type", "kind", "message"}
    assert set(told) - of_the_command == set(in_python)
    for name in set(in_python) - {"command", "output", "log_path"}:
        assert told[name] == in_python[name], name
    assert [one["line"] for one in told["diagnostics"]] == [3, 4]
    assert set(told["diagnostics"][0]) == {
        "severity", "file", "line", "column", "message", "source_line", "notes",
    }  # fmt: skip
    assert Path(told["log_path"]).is_file() and told["versions"]["cython"]
    assert told["phase"] == "compiler" and told["status"] == "ended with exit code 1"


def test_a_module_that_the_loader_refuses(pyxide, write):
    write({
        "m.pyx": 'cdef extern from *:\n    """\n    int far(int);\n    """\n    int far(int)\n\ndef f():\n    return far(1)\n',
    })  # fmt: skip
    for _ in range(2):
        ran = pyxide("run", "m.pyx", "--call", "f()").fails(5)
        assert "error: cannot load `m`: no library has the symbol `far`" in ran.err and "m.pyx:3:9" in ran.err, ran
        assert "hint: " in ran.err and "Traceback" not in ran.err, ran
