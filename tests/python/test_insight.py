"""What lines cost, and what is in a module: `annotate` and `stub`, in Python and as commands."""

import ast
import html
import json
import re
import subprocess
import sys

import pytest

import pyxide

SLOW = """\
def f(int n, x):
    cdef int i
    s = x
    for i in range(n):
        s = s + i
    return s


cdef double g(double a):
    return a * a
"""

TYPED = '''\
"""Everything that a stub can have."""
import math
VERSION = "1.0"
NAMES = ("a", "b")
_private = 1


cpdef enum Color:
    RED = 1
    GREEN = 2


def plain(a, b=1, *args, c, d="x", **kw):
    """Doc."""


def typed(int n, double x=1.5, bint flag=True, str s="a, b", bytes b=b"q", unsigned long long k=5, Py_ssize_t z=-1):
    return n


def buffers(double[:] a, const unsigned char[:, ::1] b=None, float complex z=1j):
    pass


cpdef double area(double w, double h=2.0) except? -1:
    return w * h


def annotated(x: int, y: "str" = "a", *, z: list[int] | None = None) -> float:
    return 1.0


def numbers(int n):
    yield n


def _hidden():
    pass


cdef class Vec:
    """A vector."""
    cdef public double x
    cdef public Vec other
    cdef object hidden

    def __init__(self, double x, int n=3):
        self.x = x

    def __len__(self):
        return 1

    cpdef double dot(self, Vec other):
        return self.x * other.x

    cdef double secret(self):
        return 1

    @property
    def size(self) -> int:
        return 1

    @staticmethod
    def make(int k):
        return Vec(k)


class Plain(ValueError):
    K = 3

    def __init__(self, a: int, b=2):
        self.a = a
'''

STUB = """\
# Made by `pyxide stub` from the built module.

from collections.abc import Iterator
from enum import IntEnum
from typing import Any
from typing_extensions import Buffer
import numpy
"""

LINES = """\
def plain(a: Any, b: Any = 1, *args: Any, c: Any, d: Any = 'x', **kw: Any) -> Any: ...
def typed(n: int, x: float = 1.5, flag: bool = True, s: str = 'a, b', b: bytes = b'q', k: int = 5, z: int = -1) -> Any: ...
def buffers(a: Buffer | numpy.ndarray, b: Buffer | numpy.ndarray | None = None, z: complex = ...) -> Any: ...
def area(w: float, h: float = 2.0) -> float: ...
def annotated(x: int, y: str = 'a', *, z: list[int] | None = None) -> float: ...
def numbers(n: int) -> Iterator[Any]: ...
class Vec:
    def __init__(self, x: float, n: int = 3) -> None: ...
    def __len__(self) -> int: ...
    def dot(self, other: Vec) -> float: ...
    x: float
    other: Vec
    @staticmethod
    def make(k: int) -> Any: ...
    @property
    def size(self) -> int: ...
class Plain(ValueError):
    K: int
    def __init__(self, a: int, b: Any = 2) -> None: ...
class Color(IntEnum):
    RED = 1
    GREEN = 2
VERSION: str
NAMES: tuple[Any, ...]
"""


@pytest.fixture
def command(cache):
    def command(*words, status=0, **more):
        ended = subprocess.run(
            [sys.executable, "-I", "-m", "pyxide", *map(str, words)], capture_output=True, text=True, timeout=60, **more
        )
        assert ended.returncode == status, ended.stderr
        return ended

    return command


def test_lines_that_cost_are_named(cache, tmp_path, write):
    write(tmp_path, {"slow.pyx": SLOW})
    everything = pyxide.annotate(tmp_path / "slow.pyx")
    assert isinstance(everything, pyxide.Annotation) and not everything.used_cache
    assert [line["line"] for line in everything.lines] == list(range(1, 11))
    assert [line["text"] for line in everything.lines] == SLOW.splitlines()
    costly = pyxide.annotate(tmp_path / "slow.pyx", min_score=5)
    assert {line["line"] for line in costly.lines} == {1, 5} and costly.used_cache
    assert re.fullmatch(r" +1 +\d+  def f\(int n, x\):\n +5 +\d+          s = s \+ i", str(costly))
    assert json.loads(json.dumps(costly)) == costly and costly.module_name == "slow"
    # It is the build that anybody gets who asks for the page.
    assert pyxide.cython_import_result(tmp_path / "slow.pyx", annotate=True).key == costly.key
    assert "slow" in sys.modules
    # A text will do, and nothing is imported.
    del sys.modules["slow"]
    assert pyxide.annotate(SLOW, module_name="slow").lines == everything.lines and "slow" not in sys.modules


def test_the_page_is_shown_in_a_notebook(cache, result, square):
    built = result(SLOW, profile="annotate")
    for shown in (built, pyxide.annotate(SLOW, profile="annotate")):
        frame = shown._repr_html_()
        [page] = re.findall('srcdoc="([^"]*)"', frame)
        page = html.unescape(page)
        assert page.startswith("<!DOCTYPE html>") and "Raw output" not in page
        assert "for i in range(n):" in re.sub("<[^>]+>", "", page)
        assert not re.search(r"""(src|href)=["']""", page), "it must not need anything else"
    assert result(square)._repr_html_() is None


def test_the_command_that_annotates(tmp_path, write, command, cache):
    write(tmp_path, {"slow.pyx": SLOW})
    page = command("annotate", tmp_path / "slow.pyx").stdout.strip()
    assert page.startswith(str(cache)) and "def" in open(page).read()
    lines = command("annotate", tmp_path / "slow.pyx", "--min-score", "5").stdout
    assert re.fullmatch(r"1 +\d+  def f\(int n, x\):\n5 +\d+          s = s \+ i\n", lines)
    told = json.loads(command("--json", "annotate", tmp_path / "slow.pyx", "--min-score", "5").stdout)
    assert (told["format"], told["type"], told["page"]) == (1, "annotation", page)
    assert [line["line"] for line in told["lines"]] == [1, 5] and told["used_cache"] is True
    nothing = command("annotate", tmp_path / "slow.pyx", "--min-score", "1000")
    assert nothing.stdout == "" and "no line has a score of 1000 or more" in nothing.stderr
    (tmp_path / "slow.pyx").write_text("def f(:\n")
    assert "slow.pyx:1:" in command("annotate", tmp_path / "slow.pyx", status=1).stderr


def test_the_page_is_opened_in_the_browser(tmp_path, write, command, environment, cache):
    write(tmp_path, {"slow.pyx": SLOW, "browser": "#!/bin/sh\necho \"$1\" > '%s'\n" % (tmp_path / "opened")})
    (tmp_path / "browser").chmod(0o755)
    variables = environment(PYXIDE_CACHE_DIR=cache, BROWSER=tmp_path / "browser")
    page = command("annotate", tmp_path / "slow.pyx", "--open", env=variables).stdout.strip()
    assert (tmp_path / "opened").read_text().strip() == "file://" + page
    variables = environment(PYXIDE_CACHE_DIR=cache, BROWSER=tmp_path / "none", PATH="")
    assert "there is no browser that shows" in command("annotate", tmp_path / "slow.pyx", "--open", env=variables).stderr


def test_a_stub_has_the_types(cache, tmp_path, write, command):
    write(tmp_path, {"everything.pyx": TYPED})
    text = pyxide.stub(tmp_path / "everything.pyx")
    ast.parse(text)
    assert text.startswith(STUB)
    # The order of the names in a module is Cython's business; that of lines that belong together is not.
    blocks = lambda text: sorted(re.split(r"\n(?=\S)", text.strip()))
    vec = lambda text: [sorted(re.split(r"\n    (?=[@dxo])", block)) for block in text if block.startswith("class Vec")]
    found, expected = blocks(text[len(STUB) :]), blocks(LINES)
    assert [one for one in found if not one.startswith("class Vec")] == [
        one for one in expected if not one.startswith("class Vec")
    ]
    assert [line for line in expected if line.startswith("class Vec")][0].splitlines()[1:] != []
    [lines], [wanted] = vec(found), vec(expected)
    assert set(wanted) <= set(lines), lines
    # All of these are the same.
    assert pyxide.stub(pyxide.cython_import(tmp_path / "everything.pyx")) == text
    assert pyxide.stub(TYPED, module_name="everything") == text
    assert command("stub", tmp_path / "everything.pyx").stdout == text
    assert command("stub", tmp_path / "everything.pyx", "-o", tmp_path).stdout.strip() == str(tmp_path / "everything.pyi")
    assert (tmp_path / "everything.pyi").read_text() == text
    told = json.loads(command("--json", "stub", tmp_path / "everything.pyx").stdout)
    assert (told["type"], told["module"], told["text"], told["path"]) == ("stub", "everything", text, None)


def test_a_stub_of_any_module(cache):
    with pytest.raises(TypeError, match="takes no options"):
        pyxide.stub(json, profile="release")
    ast.parse(pyxide.stub(json))
    ast.parse(pyxide.stub(re))


def test_what_a_module_prints_or_raises_is_not_its_stub(tmp_path, write, command):
    write(tmp_path, {"loud.pyx": "import os\nprint('loud')\nos.write(1, b'louder')\ndef f(int n): pass\n"})
    told = command("stub", tmp_path / "loud.pyx")
    assert "loud" not in told.stdout and "def f(n: int) -> Any: ..." in told.stdout and "louder" in told.stderr
    write(tmp_path, {"fails.pyx": "raise ValueError('not today')\n"})
    told = command("stub", tmp_path / "fails.pyx", "-o", tmp_path / "fails.pyi", status=5)
    assert "ValueError: not today" in told.stderr and not (tmp_path / "fails.pyi").exists()
    with pytest.raises(ValueError, match="not today"):
        pyxide.stub(tmp_path / "fails.pyx")
