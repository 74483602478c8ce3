"""`%%pyxide` in IPython: cells that are compiled, each session in a process of its own."""

import json
import re

import pytest

pytest.importorskip("IPython")

# Runs cells as a notebook does and prints what each of them showed.
SESSION = """
    import json, sys
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config
    if __name__ == "__main__":
        config = Config()
        config.HistoryManager.enabled = False
        shell = InteractiveShell.instance(config=config, colors="NoColor")
        shell.run_line_magic("load_ext", "pyxide")
        for cell in json.loads(sys.argv[1]):
            with capture_output() as shown:
                result = shell.run_cell(cell, store_history=True)
            error = result.error_before_exec or result.error_in_exec
            print(json.dumps({
                "out": shown.stdout, "err": shown.stderr, "value": repr(result.result),
                "html": getattr(result.result, "data", None), "error": error and type(error).__name__,
            }))
"""


class Shown(dict):
    """What one cell showed."""

    __getattr__ = dict.__getitem__


@pytest.fixture
def session(python, tmp_path):
    def session(*cells, **options):
        options.setdefault("IPYTHONDIR", tmp_path / "ipython")
        out = python(SESSION, json.dumps(cells), quiet=False, **options)
        return [Shown(json.loads(line)) for line in out.splitlines() if line.startswith('{"out"')]

    return session


FIRST = """\
%%pyxide
# cython: boundscheck=False
_private = 1

def f(int n):
    if n < 0:
        raise ValueError("below zero")
    return n * n
"""


def test_names_are_pushed_and_errors_show_the_cell(session, empty):
    cells = [FIRST, "f(7)", "'_private' in globals()", "f(-1)", "f.__module__"]
    first, value, private, raised, module = session(*cells)
    assert (first.out, first.err, first.error) == ("", "", None)
    assert (value.value, private.value, raised.error) == ("49", "False", "ValueError")
    # The first cell of a session is In[1], and its line 7 is the one that raises.
    assert "Cell In[1]:7" in raised.out
    assert re.search(r'--+> 7 +raise ValueError\("below zero"\)', raised.out), raised.out
    assert module.value.startswith("'pyxide.jit.pyxide_")
    # In another session it is in the cache, and has the number that it has there.
    _, _, value, raised = session("1", FIRST, "f(8)", "f(-1)", PATH=empty)
    assert value.value == "64" and raised.error == "ValueError" and "Cell In[2]:7" in raised.out


WRONG = """\
%%pyxide

def g():
    return undefined_thing
"""


def test_a_compile_error_is_the_cells_own(session, compiler):
    shown, header, after = session(WRONG, '%%pyxide\ncdef extern from "nope.h":\n    int x\ny = x\n', "1 + 1")
    assert shown.error == "CompileError"
    text = shown.out + shown.err
    assert text.startswith("CompileError: error: undeclared name not builtin: undefined_thing\n --> Cell In[1]:4:12\n")
    assert "4 |     return undefined_thing\n" in text and "^^^" in text
    # No frames, neither of the shell nor of this package.
    assert ".py" not in text.replace("pyx", "") and "Traceback" not in text and "/" not in text.split("hint")[0]
    assert header.error == "CompileError" and "nope.h" in header.out + header.err
    assert after.value == "2"


def test_unknown_options_are_usage_errors(session):
    def says(line, words):
        (shown,) = session("%%pyxide " + line + "\nx = 1\n")
        assert shown.error == "UsageError" and words in shown.out + shown.err, shown
        assert "Traceback" not in shown.out + shown.err

    several = session(*["%%pyxide " + line + "\nx = 1\n" for line in ["--nmae vec", "-n 2fast", "-n 'open", "--name"]])
    for shown, words in zip(several, ["unrecognized arguments: --nmae", "`2fast` is no name", "no closing quotation", "--name: expected one"]):
        text = shown.out + shown.err
        assert shown.error == "UsageError" and words in text and "--help" in text and "Traceback" not in text, shown
    (shown,) = session("%%pyxide --profile fastest\nx = 1\n")
    assert shown.error == "ValueError" and "fastest" in shown.out + shown.err
    (shown,) = session("%%pyxide --help\nx = 1\n")
    assert shown.error is None and "--annotate" in shown.out and "--cplus" in shown.out


OPTIONS = """\
%%pyxide -+ -c=-DFACTOR=6 -lm --profile fast-debug -f
from libcpp.vector cimport vector
cdef extern from *:
    int FACTOR
def f():
    cdef vector[int] numbers
    numbers.push_back(7)
    return numbers[0] * FACTOR
"""

WARNS = "%%pyxide -a\ndef f():\n    cdef int x\n    return x\n"


def test_options_and_warnings(session):
    _, value, warned, again = session(OPTIONS, "f()", WARNS, WARNS)
    assert value.value == "42"
    for number, shown in [(3, warned), (4, again)]:
        assert "referenced before assignment" in shown.err and "Cell In[%d]:4:12" % number in shown.err
        # The page is shown, and leads nowhere else.
        assert "Generated by Cython" in shown.html and "<a href" not in shown.html


VEC = """\
%%pyxide --name vec
ctypedef double real
cdef struct Pair:
    int a
cdef class Vec:
    cdef double x
    def __init__(self, x):
        self.x = x
    cdef double get(self):
        return self.x
cdef real add(Vec one, Vec other):
    return one.x + other.x
cdef inline Pair pair(int a):
    return Pair(a)
"""

USES = """\
%%pyxide -n uses
from vec cimport Vec, add
cimport vec, libc.math
cdef double total(Vec one, Vec other):
    return add(one, other) + one.get() + vec.pair(100).a
"""

USES_USES = """\
%%pyxide
from vec cimport Vec
from uses cimport total
def f(Vec one, Vec other): return total(one, other)
"""


def test_cells_cimport_from_earlier_cells(session):
    """Functions, classes, structures; and after the earlier cell has changed."""
    changed = VEC.replace("cdef double x", "cdef double y, x").replace("one.x + other.x", "one.x * other.x")
    cells = [VEC, USES, USES_USES, "f(Vec(2), Vec(3))", "import vec; vec.Vec is Vec"]
    shown = session(
        *cells, changed, USES_USES, USES, USES_USES, "f(Vec(2), Vec(3))", USES.replace("from vec", "from nowhere")
    )
    assert [one.error for one in shown] == [None] * 6 + ["UsageError"] + [None] * 3 + ["CompileError"], shown
    assert (shown[3].value, shown[4].value, shown[9].value) == ("107.0", "True", "108.0")
    assert "`uses` was compiled with an earlier `vec`; run it again first" in shown[6].out + shown[6].err
    assert "'nowhere.pxd' not found" in shown[10].out + shown[10].err


NESTED = """\
import multiprocessing
with multiprocessing.get_context("spawn").Pool(1) as pool:
    found = pool.apply(f, (Vec(2), Vec(3))), pool.map(vec.length, [Vec(4)])
found
"""

WITH_PICKLES = VEC.replace("    cdef double get", "    def __reduce__(self): return Vec, (self.x,)\n    cdef double get")
WITH_PICKLES += "def length(Vec vec): return vec.x\n"


def test_a_worker_runs_functions_of_cells_that_cimport_each_other(session):
    shown = session(WITH_PICKLES, USES, USES_USES, "import vec", NESTED, "Vec.__module__")
    assert shown[4].value == "(107.0, [4.0])", shown
    assert re.match(r"'pyxide\.jit\.vec_[0-9a-f]{16}'", shown[5].value)


def test_a_name_that_is_taken_is_refused(session):
    shown = session("%%pyxide --name json\nx = 1\n", "%%pyxide --name traitlets\nx = 1\n")
    for one, words in zip(shown, ["standard library", "already imported"]):
        assert one.error == "UsageError" and words in one.out + one.err


POOL = """\
import multiprocessing
with multiprocessing.get_context("spawn").Pool(1) as pool:
    found = pool.map(f, [2, 3])
found
"""


def test_a_worker_runs_a_function_of_a_cell(session):
    assert session(FIRST, POOL)[1].value == "[4, 9]"


def test_unloading_takes_the_magic_away(session):
    _, shown = session("%unload_ext pyxide", FIRST)
    assert shown.error == "UsageError" and "`%%pyxide` not found" in shown.out + shown.err
