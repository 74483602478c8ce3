"""`pyxide run`: from a source file to a printed result."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates" / "cython"
# A few of them; tests/python/test_templates.py has all.
FEW = [
    TEMPLATES / name for name in
    ["basic/square", "classes/counter", "cpp/primes", "memoryview/running_mean", "patterns/distance"]
]  # fmt: skip
DEMOS = [
    pytest.param(file.with_suffix(".pyx"), demo["call"], demo["result"], id="%s %s" % (file.name, demo["call"]))
    for file in FEW
    for demo in json.loads(file.with_suffix(".json").read_text())["demo"]
    if "result" in demo
]


def executed(trace):
    """The programs in a trace."""
    return [line.split('"')[1] for line in trace.read_text().splitlines() if "execve(" in line and " = 0" in line]


def test_the_main_command(pyxide, interpreter, empty, tmp_path):
    words = ["run", TEMPLATES / "basic" / "square.pyx", "--call", "square(12)"]
    pyxide(*words).succeeds("144\n")
    pyxide(*words).succeeds("144\n")

    # Without any tool.
    again = pyxide(*words, "--python", interpreter, python=None, PATH=empty)
    again.succeeds("144\n", err=None)
    assert again.err == "" or (again.err.startswith("note: ") and again.err.count("\n") == 1), again

    # With all of them at hand, and none of them started.
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("strace is not installed, or may not trace: it was run without tools only")
    trace = tmp_path / "trace"
    pyxide(*words, under=[strace, "-f", "-qq", "-e", "trace=execve,execveat", "-o", trace]).succeeds("144\n")
    programs = executed(trace)
    assert len(programs) == 2 and Path(programs[1]).name.startswith("python"), programs


@pytest.fixture(scope="module")
def templates(run_in, tmp_path_factory):
    """A folder whose cache has these templates."""
    folder = tmp_path_factory.mktemp("templates")
    files = [file.with_suffix(".pyx") for file in FEW]
    built = run_in(folder, "build", *files).succeeds()
    assert len(built.out.splitlines()) == len(files)
    return folder


@pytest.mark.parametrize("file, call, result", DEMOS)
def test_the_demo_of_a_template(run_in, templates, file, call, result):
    run_in(templates, "run", file, "--call", call, "--no-build").succeeds(result + "\n")


def test_without_a_call_it_is_only_imported(pyxide, write):
    file = write({"m.pyx": 'print("hello from", __name__)\n'})
    pyxide("run", file).succeeds("hello from m\n")
    pyxide("run", file, "--call", "1 + 1").succeeds("hello from m\n2\n")
    assert pyxide("run", file, "--call", "1 + 1", "--json").succeeds().out.splitlines()[0] == "hello from m"


def test_json(pyxide, write):
    file = write({"m.pyx": "def f():\n    return {'a': [1, 'ü\\n']}\n"})
    [result] = pyxide("run", file, "--call", "f()", "--json").succeeds().objects()
    assert result == {"format": 1, "type": "result", "repr": "{'a': [1, 'ü\\n']}"}


def test_an_exception_is_the_users(pyxide, write):
    file = write({"m.pyx": "def f(x):\n    return g(x)\n\ndef g(x):\n    raise KeyError(x)\n"})
    ran = pyxide("run", file, "--call", "f('key')").fails(5)
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert lines[0] == "Traceback (most recent call last):" and lines[-1] == "KeyError: 'key'", ran
    assert ran.err.count("Traceback") == 1
    # The expression, then the two functions: none of our own.
    frames = [line for line in lines if line.startswith("  File ")]
    assert len(frames) == 3, ran
    assert "m.pyx" in frames[1] and "line 2" in frames[1] and "line 5" in frames[2], ran
    assert "importlib" not in ran.err and "main" not in ran.err and "/v1/" not in ran.err, ran


def test_an_exception_while_importing(pyxide, write):
    file = write({"m.pyx": 'raise ValueError("boom")\n'})
    ran = pyxide("run", file).fails(5)
    assert ran.err.splitlines()[-1] == "ValueError: boom" and "importlib" not in ran.err, ran
    assert len([line for line in ran.err.splitlines() if line.startswith("  File ")]) == 1, ran


def test_an_expression_that_is_none(pyxide, filled):
    ran = pyxide("run", "square.pyx", "--call", "square(").fails(5)
    assert "SyntaxError" in ran.err and "square(" in ran.err, ran
    assert [line for line in ran.err.splitlines() if "importlib" in line or ", in main" in line] == []


def test_a_name_that_the_interpreter_uses(pyxide, write):
    file = write({"os.pyx": "def f():\n    return 1\n"})
    ran = pyxide("run", file, "--call", "f()")
    assert ran.status in (2, 5), ran
    error, hint = ran.err.splitlines()
    assert error.startswith("error: the module name `os` is taken by "), ran
    assert hint.startswith("hint: ") and "--name" in hint, ran
    pyxide("run", file, "--call", "f()", "--name", "mine").succeeds("1\n")


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_file_named_json(pyxide, write, words):
    """A name of the standard library: either it works or it is said that it cannot."""
    file = write({"json.pyx": "def f():\n    return 1\n"})
    ran = pyxide("run", file, "--call", "f()", *words)
    assert "Traceback" not in ran.err, ran
    if ran.status == 0:
        assert ran.out == "1\n" if not words else ran.objects()[0]["repr"] == "1", ran
    else:
        assert "`json` is taken" in ran.err, ran


def test_a_python_file_beside_the_source_can_be_imported(pyxide, write, tmp_path):
    write({"project/helper.py": "WORD = 'helped'\n"})
    file = write({"project/m.pyx": "import helper\ndef f():\n    return helper.WORD\n"})
    pyxide("run", file, "--call", "f()", cwd="/").succeeds("'helped'\n")
    pyxide("run", "m.pyx", "--call", "f()", cwd=tmp_path / "project").succeeds("'helped'\n")


@pytest.mark.full("tests/python/test_dependencies.py")
def test_dependencies_are_seen(pyxide, write):
    write({"k.h": "#define K 1\n", "part.pxi": "P = 1\n"})
    file = write({"m.pyx": 'include "part.pxi"\ncdef extern from "k.h":\n    int K\ndef f():\n    return P, K\n'})
    pyxide("run", file, "--call", "f()").succeeds("(1, 1)\n")
    write({"k.h": "#define K 2\n"})
    pyxide("run", file, "--call", "f()").succeeds("(1, 2)\n")
    write({"part.pxi": "P = 2\n"})
    pyxide("run", file, "--call", "f()").succeeds("(2, 2)\n")


def test_build_options(pyxide, write):
    write({"include/k.h": "#define K 4\n"})
    file = write(
        {
            "m.pyx": """\
                cdef extern from "k.h":
                    int K
                cdef extern from *:
                    int N, M
                def f(int a=-7, int b=3):
                    return K, N, M, a % b
                """
        }
    )
    words = ["-I", "include", "-D", "N=5", "--compile-arg", "-DM=6", "-X", "cdivision=True", "-l", "m"]
    pyxide("run", file, "--call", "f()", *words).succeeds("(4, 5, 6, -1)\n")
    pyxide("run", file, "--call", "f()", "--no-build", *words).succeeds("(4, 5, 6, -1)\n")
    pyxide("run", file, "--call", "f()", "--no-build").fails(4)


def test_a_module_with_the_name_of_a_standard_one(pyxide, tmp_path):
    (tmp_path / "json.pyx").write_text("def f():\n    return 1\n")
    ran = pyxide("run", tmp_path / "json.pyx", "--json", "--call", "f()").fails(5)
    assert "error: the module name `json` is taken" in ran.err and "hint: " in ran.err and "Traceback" not in ran.err, ran
    pyxide("run", tmp_path / "json.pyx", "--name", "mine", "--call", "f()").succeeds("1\n")


def test_an_interruption_is_told_without_our_frames(pyxide, tmp_path):
    (tmp_path / "wait.pyx").write_text("def f():\n    raise KeyboardInterrupt\n")
    ran = pyxide("run", tmp_path / "wait.pyx", "--call", "f()").fails(130)
    assert ran.err.rstrip().endswith("KeyboardInterrupt") and "in main" not in ran.err, ran


def test_warnings_of_a_build_are_shown(pyxide, tmp_path):
    (tmp_path / "odd.pyx").write_text("# cython: no_such_directive=True\ndef f():\n    return 1\n")
    ran = pyxide("run", tmp_path / "odd.pyx", "--call", "f()").succeeds("1\n", err=None)
    assert "warning: " in ran.err and "no_such_directive" in ran.err, ran


def test_an_error_in_compiled_code_shows_the_users_line(pyxide, write, tmp_path):
    folder = write({"src/m.pyx": 'include "a.pxi"\ndef f(int n):\n    raise ValueError(n)\n'}).parent
    write({"src/a.pxi": "def g(int n):\n    # Of a file beside it.\n    raise KeyError(n)\n"})
    # The second one is a hit, and the third one is a hit in another place.
    for _ in range(2):
        raised = pyxide("run", "src/m.pyx", "--call", "f(7)").fails(5)
        assert '  File "%s", line 3, in m.f\n    raise ValueError(n)\n' % (folder / "m.pyx") in raised.err, raised
    shutil.move(folder, tmp_path / "moved")
    raised = pyxide("run", "moved/m.pyx", "--no-build", "--call", "g(7)").fails(5)
    assert '  File "%s", line 3, in m.g\n    raise KeyError(n)\n' % (tmp_path / "moved/a.pxi") in raised.err, raised
    assert raised.err.endswith("KeyError: 7\n"), raised
