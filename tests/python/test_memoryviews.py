"""Modules with memoryviews: Cython's own code for them is compiled once, and linked into each of them."""

import shutil
import signal
import subprocess
import sys
import time
from array import array
from pathlib import Path

import pytest

import pyxide

TOTAL = """\
def total(const double[:] values):
    cdef double sum = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        sum += values[i]
    return sum


def every_second(double[:] values):
    return values[::2]
"""
# What uses more of that code: copies, messages, contiguity, a new array, slices of objects.
LARGER = """\
from cython.view cimport array


cdef class Table:
    cdef double[:, ::1] cells

    def __init__(self, double[:, :] cells):
        self.cells = cells.copy()

    def row(self, Py_ssize_t number):
        return self.cells[number]

    def is_contiguous(self, double[:, :] other):
        return other.is_c_contig()


def zeros(Py_ssize_t rows, Py_ssize_t columns):
    cdef double[:, ::1] cells = array((rows, columns), sizeof(double), "d")
    cells[:] = 0
    return Table(cells), cells
"""


@pytest.fixture
def objects(cache):
    """The object files in the cache, by name, with what tells that one is another."""
    shutil.rmtree(cache / "v1" / "objects", ignore_errors=True)

    def objects():
        found = [*cache.glob("v1/objects/*")]
        return {file.name: (file.stat().st_ino, file.stat().st_size) for file in found}

    return objects


@pytest.fixture
def commands(tmp_path):
    """A C compiler that notes its commands, one a line, and fails at those that have `failing` in them."""
    log = tmp_path / "commands"
    log.touch()

    def commands(failing="never"):
        program = tmp_path / "cc"
        program.write_text(
            '#!/bin/sh\necho "$*" >> "%s"\ncase " $* " in *" %s "*) exit 3 ;; esac\nexec "%s" "$@"\n'
            % (log, failing, shutil.which("gcc"))
        )
        program.chmod(0o755)
        return str(program)

    commands.of = lambda word: [line for line in log.read_text().splitlines() if word in line]
    return commands


def utilities():
    return [name for name in sys.modules if name.startswith("_pyxide_cython_")]


def test_the_second_module_has_that_code_from_the_first(cache, result, objects, commands, monkeypatch):
    monkeypatch.setenv("CC", commands())
    first = result(TOTAL)
    made = objects()
    assert len(made) == 1 and len(commands.of("-c utility.c")) == 1
    # It comes while the module is compiled, and then is linked.
    assert len(commands.of("object-0.o utility.o -shared")) == 1
    second = result(TOTAL.replace("total", "sum_of"))
    assert objects() == made and len(commands.of("-c utility.c")) == 1
    assert len(commands.of(".c utility.o -shared")) == 1
    values = array("d", [1, 2, 3])
    assert (first.module.total(values), second.module.sum_of(values)) == (6, 6)
    # All have the same types, so what one gives another one knows.
    half = first.module.every_second(values)
    assert type(half) is type(second.module.every_second(half)) and second.module.sum_of(half) == 4
    assert len(utilities()) == 1
    plain = result("def f(int n):\n    return n\n", module_name="plain")
    assert plain.module.f(2) == 2 and commands.of("plain.c") and not commands.of("plain.c utility.o")


def test_all_of_that_code_works(cache, result):
    module = result(LARGER).module
    table, cells = module.zeros(2, 3)
    assert [*table.row(1)] == [0, 0, 0] and cells.shape == (2, 3)
    cells[1, 2] = 5
    assert table.row(1)[2] == 0, "a copy"
    assert table.is_contiguous(cells) and not table.is_contiguous(cells.T)
    with pytest.raises(IndexError, match="out of bounds"):
        table.row(2)
    with pytest.raises(ValueError, match="wrong number of dimensions"):
        module.Table(array("d"))
    with pytest.raises(TypeError, match="bytes-like object is required"):
        module.Table(3)


def test_the_artifact_needs_nothing_else(cache, result, tmp_path):
    built = result(TOTAL, module_name="totals")
    shutil.copy(built.module.__file__, tmp_path)
    code = "import totals, array; print(totals.total(array.array('d', [1, 2])), 'pyxide' in __import__('sys').modules)"
    ran = subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["3.0", "False"]


def test_threads_that_import_at_once_share_it(cache, result, python):
    keys = [result(TOTAL, salt=str(number)).key for number in range(4)]
    code = """
        import sys, threading
        from array import array
        import pyxide

        sums, start = [], threading.Barrier(4)

        def load(key):
            start.wait()
            sums.append(pyxide.import_cached(key).total(array("d", [1, 2])))

        threads = [threading.Thread(target=load, args=(key,)) for key in sys.argv[1:]]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sums, len([name for name in sys.modules if name.startswith("_pyxide_cython_")]))
    """
    for _ in range(5):
        assert python(code, *keys, PYXIDE_CACHE_DIR=cache) == "[3.0, 3.0, 3.0, 3.0] 1\n"


def test_a_damaged_object_is_made_again(cache, result, objects):
    result(TOTAL)
    [name] = objects()
    file = cache / "v1" / "objects" / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"?")
    module = result(TOTAL.replace("total", "sum_of")).module
    assert module.sum_of(array("d", [1, 2])) == 3 and file.read_bytes() == content


def test_ctrl_c_is_heard_while_it_is_waited_for(start, tmp_path, stage_is_empty):
    program = tmp_path / "cc"
    compiled, hanging = tmp_path / "compiled", tmp_path / "hanging"
    program.write_text(
        '#!/bin/sh\ncase " $* " in *" utility.c "*) touch "%s"; sleep 1000 ;; esac\n"%s" "$@" || exit\n'
        'case " $* " in *" -o object-0.o "*) touch "%s" ;; esac\n' % (hanging, shutil.which("gcc"), compiled)
    )
    program.chmod(0o755)
    code = """
        import signal, pyxide
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            pyxide.compile_and_load(%r)
        except KeyboardInterrupt:
            print("interrupted")
    """
    process = start(code % TOTAL, CC=program)
    deadline = time.monotonic() + 60
    while not (compiled.exists() and hanging.exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("interrupted\n", "")
    stage_is_empty(tmp_path / "cache")


def test_without_it_a_module_has_that_code_itself(cache, result, objects, commands, monkeypatch):
    monkeypatch.setenv("CC", commands(failing="utility.c"))
    with pytest.warns(pyxide.CacheWarning, match="Cython's code for memoryviews is compiled with each module that has"):
        module = result(TOTAL).module
    assert module.total(array("d", [1, 2])) == 3 and objects() == {}


@pytest.mark.parametrize(
    "options",
    [
        {"keep_c": True},
        {"define_macros": [("CYTHON_CLINE_IN_TRACEBACK", "1")]},
        {"extra_compile_args": ["-DCYTHON_FAST_THREAD_STATE=0"]},
    ],
    ids=str,
)
def test_what_could_change_that_code_does_without(cache, result, objects, options):
    built = result(TOTAL, **options)
    assert built.module.total(array("d", [1, 2])) == 3 and objects() == {}
    if "keep_c" in options:
        # Whoever keeps the C can compile it elsewhere.
        assert "_pyxide_cython_" not in Path(built.generated_path).read_text()


def test_cpp_and_pure_python_have_it_too(cache, result, objects, tmp_path, monkeypatch):
    cpp = result("from libcpp.vector cimport vector\n" + TOTAL, language="c++")
    assert cpp.module.total(array("d", [1, 2])) == 3 and len(objects()) == 1
    pure = tmp_path / "pure.py"
    pure.write_text("import cython\n\n\ndef first(values: cython.double[:]) -> cython.double:\n    return values[0]\n")
    assert pyxide.cython_import(pure).first(array("d", [7])) == 7
    # A compiler of each language, an object of each.
    assert len(objects()) == 2
