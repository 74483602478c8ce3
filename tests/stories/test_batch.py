"""Several files at once: order, errors, equal files, and Ctrl-C."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

REAL = shutil.which("cc") or shutil.which("gcc")


@pytest.fixture
def counting(tmp_path):
    """A C compiler that lists what it compiles, and waits until as many as `together` says compile at a time."""
    program, log = tmp_path / "cc", tmp_path / "compiled"

    def counting(together=1):
        program.write_text(
            """#!/bin/sh
            case " $* " in *" -shared "*)
                echo "$(echo *.pyx)" >> '%s'
                while [ $(wc -l < '%s') -lt %d ]; do sleep 0.01; done
            esac
            exec '%s' "$@"
            """
            % (log, log, together, REAL)
        )
        program.chmod(0o755)
        return program

    counting.compiled = lambda: sorted(log.read_text().split())
    return counting


@pytest.mark.skipif(os.cpu_count() < 2, reason="one processor builds one at a time")
def test_two_are_built_at_a_time_and_told_in_order(pyxide, write, counting):
    # The second file would hang if the first one were built before it.
    write({"late.pyx": "x = 1\n" * 200, "early.pyx": "y = 2\n", "bad.pyx": "nope nope\n", "last.pyx": "z = 3\n"})
    ran = pyxide("build", "late.pyx", "early.pyx", "bad.pyx", "last.pyx", "--jobs", "2", "--json", CC=counting(2)).fails(1)
    assert [(one["type"], one["file"]) for one in ran.objects()] == [
        ("built", "late.pyx"), ("built", "early.pyx"), ("error", "bad.pyx"), ("built", "last.pyx"),
    ]  # fmt: skip
    assert counting.compiled() == ["early.pyx", "last.pyx", "late.pyx"]


def test_the_first_failure_decides(pyxide, write):
    write({"bad.pyx": "nope nope\n"})
    pyxide("build", "bad.pyx", "missing.pyx", "-j4").fails(1)
    pyxide("build", "missing.pyx", "bad.pyx", "-j4").fails(2)
    pyxide("build", "bad.pyx", "--jobs", "0").fails(2)


def test_equal_files_are_built_once(pyxide, write, counting, stage_is_empty):
    text = "def f():\n    return 1\n"
    write({"a/same.pyx": text, "other.pyx": text})
    files = ["a/same.pyx", "a/same.pyx", "other.pyx", "a/same.pyx"]
    ran = pyxide("build", *files, "--jobs", "4", CC=counting()).succeeds()
    paths = ran.out.splitlines()
    assert len(paths) == 4 and len({paths[0], paths[1], paths[3]}) == 1 and paths[2] != paths[0]
    assert counting.compiled() == ["other.pyx", "same.pyx"]
    stage_is_empty()


def test_ctrl_c_ends_all(program, interpreter, write, tmp_path, counting, stage_is_empty):
    write({"m%d.pyx" % number: "x = %d\n" % number for number in range(6)})
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PYXIDE_CACHE_DIR": str(tmp_path / "cache"),
        "PYXIDE_PYTHON": str(interpreter),
        "CC": str(counting(together=1000)),
    }
    files = ["m%d.pyx" % number for number in range(6)]
    process = subprocess.Popen(
        [program, "build", *files, "--jobs", "2"], cwd=tmp_path, env=variables, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    log = Path(tmp_path, "compiled")
    while not log.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "") and err.count("error") == 1, err
    stage_is_empty()
