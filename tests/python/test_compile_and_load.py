"""Source text becomes a module, once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyxide

# Modules that a warm hit must not import: each of them costs more than the hit itself.
HEAVY = ["Cython", "numpy", "setuptools", "typing", "sysconfig", "pathlib", "json", "re"]


def test_the_readme_example(cache, optimised):
    m = pyxide.compile_and_load("def f(int n):\n    return n*n\n")
    assert m.f(7) == 49
    assert m.__pyxide_key__ == pyxide.list_cached()[0].key


def test_a_result_tells_what_was_built(cache, result, square):
    built = result(square)
    assert built.module.f(-9) == 81
    assert built.used_cache is False
    assert type(built.key) is str and len(built.key) == 64 and set(built.key) <= set("0123456789abcdef")
    assert type(built.request_key) is str and len(built.request_key) == 64 and built.request_key != built.key
    assert built.module_name == "pyxide.jit.pyxide_" + built.request_key[:16] == built.module.__name__
    assert isinstance(built.build_dir, Path) and built.build_dir.is_dir()
    assert built.build_dir.name == built.key and cache in built.build_dir.parents
    assert isinstance(built.artifact_path, Path) and built.artifact_path.parent == built.build_dir
    assert built.artifact_path.read_bytes()[:4] == b"\x7fELF"
    assert type(built.created_utc) is str and built.created_utc.endswith("Z")
    assert built.warnings == []
    assert type(built.fingerprint) is dict
    assert built.fingerprint["python"] == sys.version.split()[0].rstrip("+")
    assert {"cython", "compiler", "platform", "libc", "soabi"} <= set(built.fingerprint)
    assert type(built.meta) is dict
    assert built.meta["key"] == built.key
    meta = json.loads((built.build_dir / "meta.json").read_text())
    assert len(meta.pop("meta_blake3")) == 64
    assert built.meta == meta
    source = built.build_dir / (built.module_name.rpartition(".")[2] + ".pyx")
    assert source.read_text() == square
    assert sorted(path.name for path in built.build_dir.iterdir()) == sorted(
        ["meta.json", source.name, built.artifact_path.name]
    )

    text = repr(built)
    assert text.startswith("BuildResult(") and built.key in text and built.module_name in text
    assert "used_cache=False" in text and str(built.build_dir) in text
    with pytest.raises(AttributeError):
        built.key = "other"


def test_the_second_call_is_a_hit_and_the_same_module(cache, result, square):
    first, second = result(square), result(square)
    assert (first.used_cache, second.used_cache) == (False, True)
    assert second.module is first.module is sys.modules[first.module_name]
    assert second.key == first.key and second.created_utc == first.created_utc
    assert "used_cache=True" in repr(second)


def test_equal_texts_are_one_request(cache, result):
    """A byte order mark, the kind of line ends and a missing last newline are not part of the source."""
    plain = result("def f():\n    return 1\n")
    for other in ["\ufeffdef f():\n    return 1\n", "def f():\r\n    return 1\r\n", "def f():\n    return 1"]:
        again = result(other)
        assert again.used_cache is True and again.key == plain.key
    assert result("def f():\n    return  1\n").used_cache is False


@pytest.mark.full("test_user_stories.py::test_first_function")
def test_first_function(tmp_path, monkeypatch, optimised, cache, empty, python):
    """User story 1: a student in a REPL, with an empty cache."""
    source = "def f(int n):\n    return n*n"
    m = pyxide.compile_and_load(source)
    assert m.f(10) == 100

    # The same line again: no compiler is started, since none can be.
    with monkeypatch.context() as changed:
        changed.setenv("PATH", str(empty))
        with pytest.warns(pyxide.CacheWarning, match="tools are missing"):
            again = pyxide.compile_and_load_result(source)
    assert again.used_cache is True and again.module is m

    # Elsewhere it is a hit as well.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert pyxide.compile_and_load_result(source).used_cache is True

    # In a new interpreter, and elsewhere again.
    program = """
        import pyxide, sys
        result = pyxide.compile_and_load_result(sys.argv[1])
        heavy = [name for name in ("Cython", "setuptools") if name in sys.modules]
        print(result.module.f(10), result.used_cache, heavy)
    """
    assert python(program, source, cwd=elsewhere, PYXIDE_CACHE_DIR=cache) == "100 True []\n"
    assert python(program, source, cwd="/", PYXIDE_CACHE_DIR=cache) == "100 True []\n"


HIT = """
    import sys
    sys.path.append(sys.argv[1])
    before = set(sys.modules)
    import pyxide
    module = pyxide.compile_and_load("def f(int n):\\n    return n * n\\n", cache_dir=sys.argv[2])
    after = set(sys.modules)
    print(module.f(12))
    print(*sorted(after - before))
"""


def test_a_hit_in_a_new_process_imports_nothing_heavy(tmp_path, python):
    packages = Path(pyxide.__file__).parent.parent
    # Without site, since that imports some of them itself.
    options = {"flags": ["-I", "-S"]}
    built, imported = python(HIT, packages, tmp_path / "cache", **options).splitlines()
    assert built == "144" and "pyxide" in imported.split()
    hit, imported = python(HIT, packages, tmp_path / "cache", **options).splitlines()
    assert hit == "144"
    assert "pyxide._pyxide" in imported.split()
    assert [name for name in imported.split() if name.partition(".")[0] in HEAVY] == []


WATCHED = """
    import sys
    started = []
    def watch(event, arguments):
        if event.startswith(("subprocess.", "os.posix_spawn", "os.fork", "os.exec", "os.spawn", "os.system", "pty.")):
            started.append(event)
    sys.addaudithook(watch)
    import pyxide
    result = pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n", build=False)
    print(result.module.f(12), result.used_cache, started)
"""


@pytest.fixture
def built(tmp_path, python, square):
    """A cache with one module in it, built by another process."""
    python("import pyxide, sys; pyxide.compile_and_load(sys.argv[1])", square)
    return tmp_path / "cache"


def test_a_hit_starts_no_process(tmp_path, built, empty, python):
    assert python(WATCHED) == "144 True []\n"
    assert python(WATCHED, PATH=empty, quiet=False) == "144 True []\n"

    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("strace is not installed, or may not trace: only Python's own audit events were checked")
    for number, changes in enumerate([{}, {"PATH": empty}]):
        trace = tmp_path / ("trace%d" % number)
        under = [strace, "-f", "-qq", "-e", "trace=execve,execveat,fork,vfork,clone,clone3", "-o", trace]
        assert python(WATCHED, under=under, quiet=False, **changes) == "144 True []\n"
        calls = [line for line in trace.read_text().splitlines() if "(" in line]
        assert sum("execve" in call for call in calls) == 1, calls
        # A thread is no process.
        assert [call for call in calls if "execve" not in call and "CLONE_THREAD" not in call] == []


def test_a_module_can_be_named(cache, result, square):
    built = result(square, module_name="fast_square")
    assert built.module_name == built.module.__name__ == "fast_square"
    assert sys.modules["fast_square"] is built.module
    assert built.key != result(square).key
    import fast_square

    assert fast_square.f(3) == 9


def test_two_sources_under_one_name_both_live_on(cache, square):
    one = pyxide.compile_and_load(square, module_name="same_name")
    two = pyxide.compile_and_load("def f(int n):\n    return -n\n", module_name="same_name")
    assert one is not two
    assert (one.f(5), two.f(5)) == (25, -5)
    assert sys.modules["same_name"] is two
    # The first one again is a hit, and takes the name back.
    again = pyxide.compile_and_load_result(square, module_name="same_name")
    assert again.used_cache is True and again.module.f(5) == 25
    assert sys.modules["same_name"] is again.module


def test_a_module_of_somebody_else_is_not_replaced(cache, result, square):
    with pytest.raises(pyxide.LoadError, match="`json` is a module of Python's standard library") as caught:
        result(square, module_name="json")
    assert isinstance(caught.value, ImportError)
    assert "module_name" in caught.value.hint
    assert sys.modules["json"] is json and json.loads("[1]") == [1]


@pytest.mark.parametrize(
    "name, reason",
    [
        ("2x", "not a Python identifier"),
        ("my-mod", "not a Python identifier"),
        ("a b", "not a Python identifier"),
        ("../up", "an empty part"),
        ("", "an empty part"),
        ("a..b", "an empty part"),
        ("class", "a Python keyword"),
        ("a" * 101, "longer than 100 bytes"),
        ("__main__", "a meaning of its own"),
        (".".join("abcdefghi"), "more than eight parts"),
    ],
)
def test_a_name_that_is_none_is_a_value_error(name, reason, square, tmp_path):
    with pytest.raises(ValueError) as caught:
        pyxide.compile_and_load(square, module_name=name)
    assert reason in str(caught.value) and name in str(caught.value) and "hint: " in str(caught.value)
    assert not (tmp_path / "cache").exists()


def test_a_module_that_fails_to_import_leaves_nothing_behind(cache, square):
    before = dict(sys.modules)
    with pytest.raises(ValueError, match="^boom$") as caught:
        pyxide.compile_and_load('raise ValueError("boom")\n', module_name="boomer")
    assert not isinstance(caught.value, pyxide.PyxideError)
    # It is in the cache all the same, and fails again.
    with pytest.raises(ValueError, match="^boom$"):
        pyxide.compile_and_load('raise ValueError("boom")\n', module_name="boomer", build=False)
    assert "boomer" not in sys.modules
    new = {name for name in sys.modules if name not in before and name.startswith("pyxide.jit.")}
    assert new == set()


def test_a_module_that_fails_to_import_leaves_the_one_before(cache, square):
    one = pyxide.compile_and_load(square, module_name="boomer")
    with pytest.raises(ZeroDivisionError):
        pyxide.compile_and_load("x = 1 // (__name__ == '')\n", module_name="boomer")
    assert sys.modules["boomer"] is one


def test_an_exception_of_the_module_is_raised_as_it_is(cache):
    m = pyxide.compile_and_load("def f(x):\n    return 1 // x\n")
    with pytest.raises(ZeroDivisionError) as caught:
        m.f(0)
    assert caught.traceback[-1].lineno + 1 == 2


def test_force_rebuild_builds_again(tmp_path, python, square, compiler):
    program = """
        import pyxide, sys
        for force in (False, True, False):
            result = pyxide.compile_and_load_result(sys.argv[1], force_rebuild=force)
            print(result.used_cache, result.key)
    """
    lines = [line.split() for line in python(program, square, CC=compiler()).splitlines()]
    assert [used for used, _ in lines] == ["False", "False", "True"]
    assert len({key for _, key in lines}) == 1
    assert compiler.count() == 2


def test_the_cache_may_vanish_while_a_process_lives(cache, result, square):
    first = result(square)
    shutil.rmtree(cache)
    again = result(square)
    assert again.used_cache is False and again.key == first.key
    assert result(square).used_cache is True


@pytest.mark.parametrize(
    "options",
    [
        {"language": "fortran"},
        {"lock_timeout_s": -1},
        {"build_timeout_s": float("nan")},
        {"support_files": {"../up.h": ""}},
    ],
)
def test_a_wrong_value_is_a_value_error(options, square):
    with pytest.raises(ValueError) as caught:
        pyxide.compile_and_load(square, **options)
    assert any(word in str(caught.value) for word in [*options, "../up.h"])


@pytest.mark.parametrize(
    "options", [{"sauce": 1}, {"define_macros": ["N"]}, {"support_files": {"a.h": 1}}, {"module_name": 3}]
)
def test_a_wrong_type_is_a_type_error(options, square):
    with pytest.raises(TypeError):
        pyxide.compile_and_load(square, **options)


def test_a_build_that_takes_too_long_is_ended(tmp_path, start, square, compiler):
    program = """
        import pyxide, sys
        try:
            pyxide.compile_and_load(sys.argv[1], build_timeout_s=3)
        except pyxide.PyxideError as error:
            print(type(error).__name__, error)
    """
    process = start(program, square, CC=compiler("exec sleep 100"))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("BuildTimeout ") and "longer than 3 s" in out
