"""The worker makes Cython's table of tokens in its own way. It must be Cython's own, and so must be the generated C."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

Cython = pytest.importorskip("Cython")

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "crates" / "cython-driver" / "src"
LEXICON = (SOURCES / "lexicon.py").read_text()
WORKER = (SOURCES / "worker.py").read_text()
EXAMPLES = [
    ROOT / "templates" / "cython" / (name + ".pyx") for name in
    ["basic/square", "classes/counter", "cpp/primes", "memoryview/running_mean", "patterns/distance", "classes/vector"]
]  # fmt: skip

# Tokens of all kinds, and letters of all lengths.
TOKENS = '''\
# cython: language_level=3
"""A docstring with ünïcödé and \\N{SNOWMAN}."""
cdef int ſtraße_1 = 0xFF, ñ\t= 0b1_01
größe, имя, 变量, 𝔘nicode, x·y, ª = 1_000, 1e-3, .5, 0o17, 3.14j, 1.
text = "a\\tb" 'c' r"\\d" u"ü" f"{größe!r:>{10}} {{}} {имя + 1:x}" """long
"quoted" string""" + rf'{变量["key"]}\\d'
raw = b"bytes\\x00" rb'\\raw'
def f(a, /, b: "int" = 2, *args, c=[1, (2, {3: {4}})], **kwargs) -> object:
    if a != b: return a // b ** c if a else ~b << 2 >> 1
    a += 1; a -= 1; a *= 2; a //= 2; a **= 2; a <<= 1; a >>= 1; a &= 1; a |= 1; a ^= 1  # done
    return (lambda *x: [*x, ..., x[1:2:3]])(a) \\
        or (yes := not a) and a is not None
cdef extern from *:
    """
    #define ONE 1
    """
    int ONE
cdef class Counter:
    cdef public long long _n
    @property
    def n(self): return <int>self._n
    cdef int view(self, double *p, unsigned char[:] q): return 1
'''

# Each with a token that is none, or a text that does not end.
BROKEN = [
    "x = 1 ? 2\n",
    "x = 'abc\n",
    'x = """abc\n',
    "x = 0b12\n",
    "a = €\n",
    "def f(:\n  x = $\n",
    "x = f'{a'\n",
    "if 1:\n\tx\n        y\n",
]
TABS = "def f():\n\tif\t1:\n\t\treturn\t2\t# two\n"

CASES = {**{path.stem: path.read_text() for path in EXAMPLES}, "tokens": TOKENS, "tabs": TABS}
CASES.update({"broken%d" % number: text for number, text in enumerate(BROKEN)})

# Translates each source in a fork, as the worker does.
PROGRAM = """
load_compiler()
print(sys.modules["Cython.Plex.DFA"].nfa_to_dfa.__module__)
for name in json.loads(sys.argv[-1]):
    if os.fork() == 0:
        job = {"folder": name, "source": name + ".pyx", "output": name + ".c", "module": name, "include": [], "header": [],
               "directives": {}, "cplus": False, "annotate": False, "line_directives": False, "without_pxd": False, "cells": None,
               "memoryviews": "own"}
        with open(name + "/report.json", "w") as file:
            json.dump(transpile(job), file)
        os._exit(0)
    assert os.wait()[1] == 0, name
"""


def run(code, *arguments, folder="/"):
    """Runs a program as the worker is run, with this Cython."""
    environment = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LC_ALL": "C"}
    command = [sys.executable, "-s", "-S", "-B", "-c", code, "1", os.path.dirname(Cython.__path__[0]), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def translated(folder, has_ours):
    """What the worker reports about each source, and its C."""
    for name, text in CASES.items():
        (folder / name).mkdir(parents=True)
        (folder / name / (name + ".pyx")).write_text(text)
    for header in (path.with_suffix(".pxd") for path in EXAMPLES):
        if header.exists():
            (folder / header.stem / header.name).write_bytes(header.read_bytes())
    # Without the first part, what it should have defined is missing, which the worker passes over.
    code = (LEXICON if has_ours else "") + WORKER
    code = code.replace("\nmain()\n", "\nsys.path[:] = STANDARD + CYTHON\n" + PROGRAM)
    table_of = run(code, json.dumps(list(CASES)), folder=folder).split()[0]
    assert table_of == ("__main__" if has_ours else "Cython.Plex.DFA")
    results = {}
    for name in CASES:
        c = folder / name / (name + ".c")
        results[name] = (folder / name / "report.json").read_text(), c.read_bytes() if c.exists() else None
    return results


@pytest.mark.full("test_the_table_is_cythons_own")
def test_c_and_errors_are_those_of_cythons_own_table(tmp_path):
    ours, own = translated(tmp_path / "ours", True), translated(tmp_path / "own", False)
    for name, (report, c) in ours.items():
        assert json.loads(report)["ok"] != name.startswith("broken"), report
        expected, expected_c = own[name]
        assert report.replace(str(tmp_path / "ours"), "") == expected.replace(str(tmp_path / "own"), "")
        assert c == expected_c, name


def test_the_table_is_cythons_own():
    out = run(
        LEXICON
        + """
import sys
sys.path.append(sys.argv[2])
from Cython.Plex import DFA
original = DFA.nfa_to_dfa
hasten_lexicon()
ours = DFA.nfa_to_dfa
def compare(machine, debug=None):
    automaton, own = ours(machine), original(machine)
    print(ours is not original, are_equal(automaton, own), len(own.states) > 100)
    largest = max(automaton.states, key=len)
    del largest["x"]
    print(are_equal(automaton, own))
    return own
DFA.nfa_to_dfa = compare
from Cython.Compiler.Lexicon import make_lexicon
make_lexicon()
"""
    )
    assert out == "True True True\nFalse\n"


@pytest.mark.parametrize("change", [
    # Another meaning of entries, another kind of state, another kind of node.
    "state['else'] = machine.states[0]",
    "state['kind'] = 1",
    "del state['number']",
    "machine.states.pop()",
    "raise ValueError",
])
def test_another_plex_is_left_alone(change):
    out = run(
        LEXICON
        + """
import sys
sys.path.append(sys.argv[2])
from Cython.Plex import DFA
original = DFA.nfa_to_dfa
def other(old, debug=None):
    machine = original(old, debug)
    state = machine.states[-1]
    %s
    return machine
DFA.nfa_to_dfa = other
try:
    hasten_lexicon()
except Exception:
    pass
print(DFA.nfa_to_dfa is other)
""" % change
    )
    assert out == "True\n"
