"""The README: its examples are run, in their order, and print what stands below them. How both are compared is in readme.py."""

import json
import os
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from readme import Keys, blocks, commands, pieces

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()

#: The files that the examples speak of.
FILES = {
    "square.pyx": "def square(int n):\n    return n * n\n",
    "an.pyx": """\
        from libc.math cimport sqrt

        def f(int n, x):
            cdef int i
            s = x
            for i in range(n):
                s = s + i
            return sqrt(n)
    """,
    "st.pyx": """\
        cdef class Vec:
            cdef public double x

            def __init__(self, double x, int n=3):
                self.x = x

            def dot(self, Vec other) -> float:
                return self.x * other.x

        def area(double w, double h=2.0) -> float:
            return w * h
    """,
    "src/core.pyx": "cdef class Vec:\n    def __init__(self, x):\n        self.x = x\n",
    "src/core.pxd": "cdef class Vec:\n    cdef double x\n",
    "src/algo.pyx": "from .core cimport Vec\ndef norm(Vec v):\n    return abs(v.x)\n",
    "src/__init__.py": "from .algo import norm\n",
    "kernels/fast.pyx": "def fast():\n    return 1\n",
    "kernels/sub/fast.pyx": "def fast():\n    return 2\n",
    "notes.txt": "What else belongs to it.\n",
    "parts.cdx.json": '{"bomFormat": "CycloneDX", "specVersion": "1.6"}\n',
}
#: `cargo pyxide` is this command; what is tried first leaves nothing behind.
SHELL = 'cargo() { shift; pyxide --cache-dir first "$@"; }\n'


@pytest.fixture
def folder(tmp_path):
    """A folder with all that the examples need."""
    folder = tmp_path / "here"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    (folder / "templates").symlink_to(ROOT / "templates")
    return folder


@pytest.fixture
def environment(folder, program, interpreter, tmp_path):
    """The environment of somebody who tries them."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pyxide").symlink_to(program)
    left_out = ("PYXIDE_", "CC", "CXX", "CFLAGS", "CPPFLAGS", "LDFLAGS", "VIRTUAL_ENV", "XDG_", "FORCE_COLOR")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {
        **variables,
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "PATH": "%s:%s" % (tmp_path / "bin", os.environ["PATH"]),
        "PYXIDE_PYTHON": interpreter,
        "PYXIDE_TEMPLATES": str(ROOT / "templates"),
        # Nothing that is shown depends on it, and it saves most of the time.
        "CFLAGS": "-O0",
    }


def wrong(line, command, shown, printed):
    return "README.md:%d: `%s` prints\n%s\nand the README shows\n%s" % (line, command.strip(), printed, shown)


def test_commands(folder, environment):
    keys = Keys()
    for line, command, shown in commands(TEXT):
        ran = subprocess.run(
            ["bash", "-c", SHELL + keys.meant(command)], cwd=folder, env=environment, text=True, timeout=180,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert keys.agree(shown, ran.stdout), wrong(line, command, shown, ran.stdout)
        told = re.search("# exit code ([0-9]+)$", command)
        expected = int(told[1]) if told else 0
        assert ran.returncode == expected, "README.md:%d ends with exit code %d" % (line, ran.returncode)


def test_python(folder, environment, interpreter):
    given = [*pieces(TEXT)]
    session = Path(__file__).with_name("readme.py")
    ran = subprocess.run(
        [interpreter, session], input=json.dumps(given), cwd=folder, env=environment, text=True, capture_output=True, timeout=180
    )
    assert ran.returncode == 0, ran.stderr
    for (line, _, code, shown), printed in zip(given, json.loads(ran.stdout), strict=True):
        assert Keys().agree(shown, printed), wrong(line, code, shown, printed)


@pytest.fixture(scope="module")
def helps(program):
    """What `--help` says of each command, by its words; a group of commands has the others below it."""

    def helps(*words):
        text = subprocess.run([program, *words, "--help"], text=True, capture_output=True, check=True).stdout
        yield " ".join(words), text
        group = re.search(r"^Commands:\n((?: +.*\n)+)", text, re.MULTILINE)
        for name in re.findall(r"^  ([a-z]+)", group[1], re.MULTILINE) if group else []:
            if name != "help":
                yield from helps(*words, name)

    return dict(helps())


def test_each_command_is_shown_with_what_it_prints(helps):
    leaves = {words for words, text in helps.items() if "\nCommands:\n" not in text}
    # What prints nothing is compared with nothing.
    typed = [" %s " % command for _, command, _ in commands(TEXT)]
    missing = [words for words in sorted(leaves) if not any(" pyxide %s " % words in one for one in typed)]
    assert len(leaves) > 40 and missing == [], "the README does not show what these print"


def test_what_is_listed_is_there(helps):
    """The lists of commands: each of their words and options is known to `--help`."""
    listed = re.findall(r"^    pyxide (.+?)(?:  .*)?$", TEXT, re.MULTILINE)
    assert len(listed) > 20
    for line in listed:
        group = None
        for one in line.split(" | "):
            words = re.findall(r"^[a-z ]+(?![a-z|])", one)[0].split()
            words = words if group is None or " ".join(words) in helps else [*group, *words]
            assert " ".join(words) in helps, "there is no `pyxide %s`" % " ".join(words)
            group = words[:-1]
            for option in re.findall(r"--[a-z-]+", one):
                assert option in helps[" ".join(words)], "`pyxide %s` has no option %s" % (" ".join(words), option)


def test_what_is_named_in_python_is_there(interpreter):
    table = re.search(r"^\| functions \|.*?\n\n", TEXT, re.MULTILINE | re.DOTALL)[0]
    named = {name for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", cell)}
    out = subprocess.run([interpreter, "-c", "import pyxide; print(*pyxide.__all__)"], text=True, capture_output=True).stdout
    assert len(named) > 30 and named - set(out.split()) == set()


def test_other_blocks_are_those_that_others_test():
    """Platskript and `pyproject.toml`: tests/vlaams and tests/backends."""
    assert [kind for _, kind, _ in blocks(TEXT, "text", "toml")] == ["toml", "text"]


@pytest.mark.parametrize(
    "shown, printed, agree",
    [
        ("144\n", "144\n", True),
        ("144\n", "145\n", False),
        ("144\n", "", False),
        ("", "144\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("a\n…\nd\n", "a\nb\nc\n", False),
        ("…/square.so\n", "/cache/square.so\n", True),
        ("…/square.so\n", "/cache/cube.so\n", False),
        ("3fb972632cb4b0bd  80 KiB  x\n", "51f3a56e1669f71c   1096 KiB  x\n", True),
        ("3fb972632cb4b0bd  80 KiB  x\n", "51f3a56e1669f71c  80 KiB  y\n", False),
        ("3fb972632cb4b0bd\n", "square\n", False),
        ("3fb97263 3fb972632cb4b0bd\n", "51f3a56e 51f3a56e1669f71c\n", True),
        ("3fb97263 3fb97263\n", "51f3a56e 2cb4b0bd\n", False),
        ("3fb97263 74f9ac05\n", "51f3a56e 51f3a56e\n", False),
        ("at 2026-11-21T22:20:18Z\n", "at noon\n", False),
    ],
)
def test_what_agrees(shown, printed, agree):
    assert Keys().agree(shown, printed) == agree
