"""`pyxide build`: several files, errors, JSON, colour, and readers that go away."""

import os
import subprocess
from pathlib import Path

import pytest


def test_one_broken_file_does_not_keep_the_others_from_being_built(pyxide, write, tmp_path, stage_is_empty):
    write({"one.pyx": "x = 1\n", "bad.pyx": "def f():\n    return nope\n", "two.pyx": "x = 2\n"})
    ran = pyxide("build", "one.pyx", "bad.pyx", "two.pyx").fails(1)
    built = [Path(line) for line in ran.out.splitlines()]
    assert [path.name.split(".")[0] for path in built] == ["one", "two"] and all(path.is_file() for path in built)
    assert "bad.pyx:2:12" in ran.err and "return nope" in ran.err and "^^^^" in ran.err, ran
    assert ran.err.count("error") == 1
    stage_is_empty()
    again = pyxide("build", "one.pyx", "two.pyx").succeeds()
    assert again.out == ran.out


def test_json(pyxide, write, tmp_path):
    write({"one.pyx": "x = 1\n", "bad.pyx": "def f():\n    return nope\n\ndef g():\n    return neither\n"})
    ran = pyxide("build", "one.pyx", "bad.pyx", "missing.pyx", "--json").fails(1)
    assert ran.err == ""
    built, bad, missing = ran.objects()
    assert [one["file"] for one in (built, bad, missing)] == ["one.pyx", "bad.pyx", "missing.pyx"]
    assert built["type"] == "built" and built["file"] == "one.pyx"
    assert built["module"] == "one" and built["used_cache"] is False
    assert Path(built["artifact"]).is_file() and built["key"] in built["artifact"] and built["warnings"] == []
    assert bad["type"] == "error" and bad["kind"] == "build" and bad["phase"] == "cython"
    assert [(one["file"], one["line"], one["column"]) for one in bad["diagnostics"]] == [
        ("bad.pyx", 2, 12),
        ("bad.pyx", 5, 12),
    ]
    assert bad["diagnostics"][0]["source_line"] == "    return nope" and "nope" in bad["message"]
    assert missing["type"] == "error" and "missing.pyx" in missing["message"] and "diagnostics" not in missing


@pytest.mark.parametrize(
    "words, changes, coloured",
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color", "never"], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
        ([], {"NO_COLOR": "1"}, False),
    ],
)
def test_colour(pyxide, write, words, changes, coloured):
    write({"2x.pyx": "x = 1\n"})
    ran = pyxide("build", "2x.pyx", *words, **changes).fails(2)
    assert ("\x1b[" in ran.err) == coloured, ran


def test_colour_of_diagnostics(pyxide, write):
    write({"bad.pyx": "def f():\n    return nope\n"})
    assert "\x1b[" not in pyxide("build", "bad.pyx", "--color", "never").fails(1).err
    assert "\x1b[" in pyxide("build", "bad.pyx", "--color", "always").fails(1).err


def test_colour_on_a_terminal(program, write, tmp_path):
    """On a terminal there is colour, unless NO_COLOR is set."""
    write({"2x.pyx": "x = 1\n"})
    seen = []
    for changes in [{}, {"NO_COLOR": "1"}]:
        ours, theirs = os.openpty()
        variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "xterm-256color", **changes}
        process = subprocess.Popen(
            [program, "build", "2x.pyx"], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=tmp_path,
            env=variables,
        )  # fmt: skip
        os.close(theirs)
        text = b""
        try:
            while data := os.read(ours, 4096):
                text += data
        except OSError:
            pass  # The terminal was closed at the other end.
        os.close(ours)
        assert process.wait(60) != 0
        seen.append(b"\x1b[" in text)
    assert seen == [True, False]


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["completions", "bash"],
        ["cache", "list"],
        ["cache", "list", "--json"],
        ["doctor"],
        ["build", "square.pyx"],
    ],
)
def test_a_reader_that_goes_away_is_no_error(pyxide, filled, words):
    reading, writing = os.pipe()
    os.close(reading)
    ran = pyxide(*words, stdout=writing)
    os.close(writing)
    assert (ran.status, ran.err) == (0, ""), ran


def test_quiet_prints_data_and_errors_only(pyxide, write):
    write({"m.pyx": 'cdef extern from *:\n    """\n    #warning "mind the gap"\n    """\n'})
    loud = pyxide("build", "m.pyx").succeeds(err=None)
    assert "warning: " in loud.err and "mind the gap" in loud.err and "m.pyx" in loud.err, loud
    pyxide("build", "m.pyx", "--quiet", "--force").succeeds(loud.out)


def test_force(pyxide, filled):
    [built] = pyxide("build", "square.pyx", "--json").succeeds().objects()
    assert built["used_cache"] is True
    [again] = pyxide("build", "square.pyx", "--json", "--force").succeeds().objects()
    assert again["used_cache"] is False and again["key"] == built["key"]


def test_damage_is_one_warning_and_a_rebuild(pyxide, filled):
    [built] = pyxide("build", "square.pyx", "--json").succeeds().objects()
    artifact = Path(built["artifact"])
    artifact.chmod(0o600)
    artifact.write_bytes(artifact.read_bytes()[:1000])
    ran = pyxide("run", "square.pyx", "--call", "square(5)").succeeds("25\n", err=None)
    assert ran.err.count("\n") == 1 and ran.err.startswith("warning: ") and built["key"] in ran.err, ran
    pyxide("run", "square.pyx", "--call", "square(5)").succeeds("25\n")


def test_warnings_are_kept_and_shown_on_request(pyxide, write):
    write({"m.pyx": "# distutils: nosuch = 1\ndef f(x):\n    if x is 1:\n        return 2\n    return 3\n"})
    first = pyxide("build", "m.pyx").succeeds(err=None)
    for words in ["unknown setting `nosuch`", "m.pyx:1:1", "# distutils: nosuch = 1"]:
        assert words in first.err, first
    assert "warning: " in first.err
    pyxide("build", "m.pyx").succeeds(err="")
    assert pyxide("build", "m.pyx", "--warnings").succeeds(err=None).err == first.err
    assert pyxide("run", "m.pyx", "--call", "f(2)", "--warnings").succeeds("3\n", err=None).err == first.err
    [told] = pyxide("build", "m.pyx", "--json").succeeds().objects()
    assert told["used_cache"] is True and any("nosuch" in text for text in told["remarks"])
    shown = pyxide("cache", "show", told["key"]).succeeds().out
    assert "unknown setting `nosuch`" in shown
