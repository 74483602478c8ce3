"""User stories 1, 2, 4, 5, 7, 8 and 9, each from end to end and as its user would type it.

Story 3 is in test_story.py; counting lines, of story 8, in test_coverage.py.
"""

import html
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import pyxide


@pytest.fixture
def alone(tmp_path):
    """A folder with this package and nothing else: no Cython, no NumPy."""
    folder = tmp_path / "alone"
    folder.mkdir()
    (folder / "pyxide").symlink_to(Path(pyxide.__file__).parent)
    return folder


@pytest.fixture
def command(environment, cache):
    def command(*words, status=0, **changes):
        ended = subprocess.run(
            [sys.executable, "-I", "-m", "pyxide", *map(str, words)],
            capture_output=True, text=True, timeout=120, env=environment(PYXIDE_CACHE_DIR=cache, **changes),
        )  # fmt: skip
        assert ended.returncode == status, ended.stdout + ended.stderr
        return ended.stdout

    return command


def test_first_function(python, tmp_path, empty, alone):
    """Story 1: a student in the REPL."""
    program = """
        import pyxide, sys
        m = pyxide.compile_and_load("def f(int n):\\n    return n*n")
        again = pyxide.compile_and_load_result("def f(int n):\\n    return n*n")
        print(m.f(10), again.used_cache, again.module is m)
    """
    assert python(program, cwd=tmp_path) == "100 True True\n"
    # Another interpreter, another folder, no compiler on PATH: still a hit, and nothing that compiles was imported.
    # That tools are missing is said.
    program = """
        import sys
        sys.path.append(sys.argv[1])
        import pyxide
        result = pyxide.compile_and_load_result("def f(int n):\\n    return n*n")
        compiling = {"Cython", "setuptools", "numpy"} & set(sys.modules)
        print(result.module.f(10), result.used_cache, sorted(compiling))
    """
    assert python(program, alone, cwd="/", PATH=empty, quiet=False) == "100 True []\n"


@pytest.mark.full("test_keys.py::test_an_edit_is_explained")
def test_edit_a_shared_include(cache, tmp_path, write):
    """Story 2: a numerics developer."""
    source = """\
        include "common.pxi"
        cimport decl

        cdef extern from "k.h":
            int K

        def f():
            return N, decl.D, K
    """
    shared = {"common.pxi": "N = 1\n", "decl.pxd": "cdef enum:\n    D = 1\n", "k.h": "#define K 1\n"}
    write(tmp_path, {"m.pyx": source, "other.txt": "", **shared})
    path = tmp_path / "m.pyx"
    build = lambda: pyxide.cython_import_result(path)
    assert build().module.f() == (1, 1, 1)
    values = [1, 1, 1]
    for place, (name, text) in enumerate(shared.items()):
        (tmp_path / name).write_text(text.replace("1", "7"))
        why = pyxide.explain(path)
        assert why.outcome == "changed" and name in str(why)
        values[place] = 7
        built = build()
        assert built.module.f() == tuple(values) and not built.used_cache, name
    (tmp_path / "other.txt").write_text("edited")
    assert build().used_cache
    for name in shared:
        (tmp_path / name).touch()
        assert build().used_cache, "a file that was touched holds what it held"
    assert pyxide.explain(path).outcome == "hit"


@pytest.mark.full("test_keeping.py, whose cache is filled once")
def test_after_a_restart(python, tmp_path, empty, alone):
    """Story 4: a data scientist."""
    cache = tmp_path / "cache"
    build = lambda factor: pyxide.compile_and_load_result(
        "def f(int n):\n    return n * %d\n" % factor, module_name="fft", cache_dir=cache
    )
    fast, slow = build(2), build(3)
    assert pyxide.pin(fast.key, alias="fast_fft", cache_dir=cache) == fast.key
    program = """
        import sys
        sys.path.append(sys.argv[1])
        import json, pyxide
        print(pyxide.import_pinned("fast_fft").f(9))
        print(sorted(entry["key"] for entry in json.loads(json.dumps(pyxide.list_cached()))))
        try:
            pyxide.import_cached_by_name("fft")
        except ValueError as error:
            print(error)
        for key, alias, overwrite in [("0" * 64, "no", False), (sys.argv[2], "fast_fft", False), (sys.argv[2], "fast_fft", True)]:
            try:
                print(pyxide.pin(key, alias=alias, overwrite=overwrite) == key)
            except (FileNotFoundError, ValueError) as error:
                print(type(error).__name__)
        print(pyxide.import_pinned("fast_fft").f(9), "Cython" in sys.modules)
    """
    first, keys, ambiguous, hint, *rest = python(program, alone, slow.key, flags=("-I", "-S"), PATH=empty).splitlines()
    assert first == "18" and keys == str(sorted([fast.key, slow.key]))
    assert "2 cache entries are of a module `fft`" in ambiguous and fast.key in ambiguous and slow.key in ambiguous
    assert hint == "hint: import one of them by its key"
    assert rest == ["NotCached", "InputError", "True", "27 False"]


@pytest.mark.full("test_processes.py::test_a_killed_builder_takes_the_compiler_along")
def test_killed_in_the_middle(start, python, compiler, tmp_path, stage_is_empty, square):
    """Story 5: a cluster user, whose job is killed while it builds."""
    ready, never, slow, cache = (tmp_path / name for name in ["ready", "never", "slow", "cache"])
    os.mkfifo(ready)
    os.mkfifo(never)
    slow.touch()
    waiting = "if [ -e '%s' ]; then echo there > '%s'; read _ < '%s'; fi" % (slow, ready, never)
    cc = compiler(waiting)
    program = "import pyxide, sys; print(pyxide.compile_and_load(sys.argv[1]).f(7))"
    process = start(program, square, under=["setsid"], CC=cc)
    assert ready.read_text() == "there\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert pyxide.list_cached(cache) == []
    slow.unlink()
    before = compiler.count()
    assert python(program, square, CC=cc, limit=60) == "49\n"
    assert compiler.count() == before + 1 and len(pyxide.list_cached(cache)) == 1
    stage_is_empty(cache)


@pytest.mark.full("test_processes.py::test_eight_processes_build_once")
def test_eight_processes_at_once(start, compiler, tmp_path, square):
    """Story 5: all get the module, and one compiles."""
    program = "import pyxide, sys; sys.stdin.readline(); print(pyxide.compile_and_load(sys.argv[1]).f(7))"
    processes = [start(program, square, CC=compiler()) for _ in range(8)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=120) for process in processes]
    assert told == [("49\n", "")] * 8
    assert compiler.count() == 1 and len(pyxide.list_cached(tmp_path / "cache")) == 1


@pytest.mark.full("test_options.py::test_cpp and test_profiles.py::test_openmp")
def test_cpp_and_openmp(cache, result):
    """Story 7: an engineer."""
    header = """\
#pragma once
#include <stdexcept>
#include <vector>
class Accumulator {
    std::vector<double> values;
public:
    void add(double x) { if (x < 0) throw std::invalid_argument("negative: no"); values.push_back(x); }
    double sum() const { double s = 0; for (double x : values) s += x; return s; }
};
"""
    source = """\
from cython.parallel import prange

cdef extern from "accum.hpp":
    cdef cppclass Accumulator:
        Accumulator()
        void add(double) except +
        double sum()


cdef class Sum:
    cdef Accumulator own

    def add(self, double x):
        self.own.add(x)
        return self

    @property
    def value(self):
        return self.own.sum()


def total(long n):
    cdef long i, s = 0
    for i in prange(n, nogil=True):
        s += i * i
    return s
"""
    arguments = {
        "language": "c++",
        "support_files": {"accum.hpp": header},
        "include_dirs": ["/usr/include"],
        "extra_link_args": ["-Wl,-rpath,$ORIGIN"],
    }
    parallel = result(source, openmp=True, **arguments)
    assert parallel.module.Sum().add(1.5).add(2).value == 3.5
    with pytest.raises(ValueError, match="negative: no"):
        parallel.module.Sum().add(-1)
    assert parallel.module.total(1000) == sum(i * i for i in range(1000))
    assert any("omp" in name for name in parallel.meta["needed"])


@pytest.mark.full("test_insight.py::test_the_command_that_annotates and test_profiles.py")
def test_where_the_time_is(cache, tmp_path, write, command):
    """Story 8: an optimiser."""
    source = "def f(int n, x):\n    cdef int i\n    s = x\n    for i in range(n):\n        s = s + i\n    return s\n"
    write(tmp_path, {"m.pyx": source})
    built = pyxide.compile_and_load_result(source, profile="annotate")
    page = Path(built.meta["annotate_html"])
    assert page.is_file()
    [shown] = re.findall('srcdoc="([^"]*)"', built._repr_html_())
    assert not re.search(r"""(src|href)=["']""", html.unescape(shown)), "it needs nothing else"
    yellow = command("annotate", tmp_path / "m.pyx", "--min-score", "5")
    assert [line.split()[0] for line in yellow.splitlines()] == ["1", "5"] and "s = s + i" in yellow
    assert Path(command("annotate", tmp_path / "m.pyx").strip()).is_file()
    profiles = ["default", "release", "fast-debug", "annotate", "debug", "coverage"]
    keys = [pyxide.compile_signature(source, profile=name).request_key for name in profiles]
    assert None not in keys and len(set(keys)) == len(keys)


@pytest.mark.full("test_keeping.py, test_bundles.py, test_damage.py and test_layers.py")
def test_out_of_disk_and_shared_disk(cache, tmp_path, command, square):
    """Story 9: an administrator."""
    builds = [pyxide.compile_and_load_result(square + "# %d\n" % number, module_name="m%d" % number) for number in range(3)]
    pinned, idle, used = builds
    pyxide.pin(pinned.key, alias="keep")
    for age, built in enumerate([used, idle, pinned], 1):
        os.utime(built.build_dir, (10**9 - age, 10**9 - age))
    stats = json.loads(command("--json", "cache", "stats"))
    assert (stats["n_modules"], stats["pinned_aliases"]) == (3, ["keep"])
    size = lambda built: sum(file.stat().st_size for file in built.build_dir.iterdir())
    assert stats["total_bytes"] == sum(map(size, builds))

    # Under the limit there is nothing to do, and without a rule neither.
    assert json.loads(command("--json", "cache", "gc", "--max-bytes", "1G", "--dry-run"))["removed"] == []
    assert json.loads(command("--json", "cache", "gc"))["removed"] == []
    # What was used longest ago goes first, and what is pinned stays.
    limit = stats["total_bytes"] - 1
    dry = json.loads(command("--json", "cache", "gc", "--max-bytes", limit, "--dry-run"))
    assert (dry["removed"], dry["kept_pinned"]) == ([idle.key], [pinned.key])
    assert pyxide.gc_cache(max_bytes=limit, dry_run=True).deleted_keys == [idle.key] and len(pyxide.list_cached()) == 3
    assert pyxide.gc_cache(max_bytes=limit).deleted_keys == [idle.key]
    assert {entry.key for entry in pyxide.list_cached()} == {pinned.key, used.key}

    # One file carries a module to another machine, where it is a hit.
    bundle = tmp_path / "used.bundle"
    command("cache", "bundle", used.key, "-o", bundle)
    command("--cache-dir", tmp_path / "elsewhere", "cache", "restore", bundle)
    assert [entry.key for entry in pyxide.list_cached(tmp_path / "elsewhere")] == [used.key]
    carried = pyxide.compile_and_load_result(square + "# 2\n", module_name="m2", cache_dir=tmp_path / "elsewhere")
    assert carried.used_cache and carried.module.f(3) == 9

    # Bytes that changed are not loaded: the module is built again, with one warning.
    # The file is mapped in this process, and has to stay where it is mapped.
    used.artifact_path.unlink()
    used.artifact_path.write_bytes(b"other code")
    sys.modules.pop("m2")
    with pytest.warns(pyxide.CacheWarning, match="is damaged and was moved to quarantine") as warned:
        again = pyxide.compile_and_load_result(square + "# 2\n", module_name="m2")
    assert len(warned) == 1 and not again.used_cache and again.module.f(3) == 9

    # A cache that is shared and that nobody may write is searched first.
    shared, own = tmp_path / "shared", tmp_path / "own"
    cache.rename(shared)
    try:
        for place in [shared, *shared.rglob("*")]:
            place.chmod(place.stat().st_mode & ~0o222)
        found = pyxide.compile_and_load_result(square + "# 2\n", module_name="m2", cache_dir=own, layers=shared)
        assert found.used_cache and shared in found.build_dir.parents and pyxide.list_cached(own) == []
    finally:
        for place in [shared, *shared.rglob("*")]:
            place.chmod(0o700)
        shared.rename(cache)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_cache_of_another_user(cache, tmp_path, square):
    """Story 9: what others could have put there is not loaded."""
    theirs = tmp_path / "theirs"
    pyxide.compile_and_load(square, cache_dir=theirs)
    os.chown(theirs, 12345, 12345)
    with pytest.raises(pyxide.PyxideError, match="belongs to user 12345, so others could put code into it"):
        pyxide.compile_and_load(square + "\n# again\n", cache_dir=theirs)
