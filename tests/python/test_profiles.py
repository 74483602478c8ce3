"""Profiles, the annotation page, the limited API, OpenMP, and sources in Python."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pyxide

LOOP = """\
def f(int n):
    cdef int i
    cdef long s = 0
    for i in range(n):
        s += i
    return s
"""
CHECKED = """\
def item(unsigned char[:] data, int at):
    return data[at]


def rest(int a, int b):
    return a % b
"""


def options(result):
    return result.meta["request"]["portable"]


def test_each_profile_is_a_build_of_its_own(cache, result):
    built = {name: result(LOOP, profile=name) for name in [None, "release", "fast-debug", "annotate", "debug", "coverage"]}
    assert len({one.key for one in built.values()}) == 6
    assert all(one.module.f(10) == 45 for one in built.values())
    assert options(built[None])["code_generation"] == ["-O2", "-g0"]
    assert options(built["release"])["code_generation"] == ["-O3", "-g0"]
    assert built["release"].meta["profile"] == "release"
    again = result(LOOP, profile="default")
    assert again.used_cache and again.key == built[None].key, "the profile's name is in no key"


def test_release_leaves_out_the_checks_and_fast_debug_has_them(cache, result):
    release, checked = (result(CHECKED, profile=name).module for name in ("release", "fast-debug"))
    with pytest.raises(IndexError):
        checked.item(bytearray(b"ab"), 2)
    assert (release.rest(-7, 3), checked.rest(-7, 3)) == (-1, 2)
    assert release.item(bytearray(b"ab"), 1) == ord("b")


def test_the_header_and_the_caller_win_over_a_profile(cache, result):
    module = result("# cython: cdivision=False\n" + CHECKED, profile="release").module
    assert module.rest(-7, 3) == 2
    module = result(CHECKED, profile="release", compiler_directives={"cdivision": False}).module
    assert module.rest(-7, 3) == 2


def test_an_unknown_profile_names_those_there_are(square):
    with pytest.raises(ValueError, match="there is no profile `quick`\nhint: the profiles are default, release"):
        pyxide.compile_and_load(square, profile="quick")


def test_the_annotation_page_is_kept(cache, result):
    built = result(LOOP, annotate=True)
    page = built.annotation_path
    assert page.is_file() and page.parent == built.build_dir
    assert built.meta["annotate_html"] == str(page)
    text = page.read_text()
    assert "for i in range(n):" in re.sub("<[^>]+>", "", text)
    assert not re.search("(src|href)=['\"]?(https?:)?//[^>]*(css|js)", text), "it must not need a network"
    assert built.generated_path.name in text and built.generated_path.is_file(), "the page leads to the code"
    again = result(LOOP, annotate=True)
    assert again.used_cache and again.annotation_path == page
    without = result(LOOP)
    assert without.annotation_path is None and without.generated_path is None and without.key != built.key
    assert result(LOOP, profile="annotate", annotate=False).annotation_path is None


def test_the_page_can_be_shown(cache, result, monkeypatch):
    seen = []
    built = result(LOOP, annotate=True, view_annotate=seen.append)
    assert seen == [built.annotation_path]
    result(LOOP, profile="annotate", view_annotate=seen.append)
    assert len(seen) == 2
    # Nobody is there to look: no browser is started.
    monkeypatch.setitem(sys.modules, "webbrowser", None)
    monkeypatch.setenv("CI", "1")
    result(LOOP, annotate=True, view_annotate=True)
    for wrong in ({}, {"annotate": False, "profile": "annotate"}):
        with pytest.raises(ValueError, match="view_annotate needs a page to show"):
            result(LOOP, view_annotate=seen.append, **wrong)


def test_debug_builds_name_the_lines_of_the_source(cache, result):
    built = result(LOOP, profile="debug")
    name = built.module_name.rpartition(".")[2]
    assert f'#line 5 "{name}.pyx"' in built.generated_path.read_text()
    lines = subprocess.run(["objdump", "--dwarf=decodedline", built.artifact_path], capture_output=True, text=True, check=True)
    assert f"{name}.pyx" in lines.stdout
    plain = result(LOOP, keep_c=True)
    assert "#line" not in plain.generated_path.read_text()
    assert "#line 5" in result(LOOP, keep_c=True, line_directives=True).generated_path.read_text()


def lines_of(call):
    """The lines of compiled functions called `f` that ran, as tools for coverage see them."""
    seen = set()
    if sys.version_info >= (3, 13):
        # Cython tells `sys.monitoring` there, and no trace function.
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "test")
        monitoring.register_callback(
            monitoring.COVERAGE_ID, monitoring.events.LINE, lambda code, line: code.co_name == "f" and seen.add(line)
        )
        monitoring.set_events(monitoring.COVERAGE_ID, monitoring.events.LINE)
        try:
            call()
        finally:
            monitoring.set_events(monitoring.COVERAGE_ID, 0)
            monitoring.free_tool_id(monitoring.COVERAGE_ID)
        return seen

    def trace(frame, event, _):
        if frame.f_code.co_name == "f" and event == "line":
            seen.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return seen


def test_coverage_builds_tell_which_lines_ran(cache, result):
    traced, plain = result(LOOP, profile="coverage").module, result(LOOP).module
    assert {3, 4, 5, 6} <= lines_of(lambda: traced.f(2))
    assert lines_of(lambda: plain.f(2)) == set()


def test_a_build_with_the_limited_api_is_for_later_pythons_too(cache, result):
    built = result(LOOP, limited_api=True)
    assert built.artifact_path.name.endswith(".abi3.so")
    assert built.module.f(10) == 45
    assert result(LOOP, limited_api="3.10").key == result(LOOP, limited_api=(3, 10)).key == built.key
    assert built.meta["request"]["portable"]["abi"]["version"] == [3, 10]
    assert pyxide.import_cached(built.key).f(10) == 45
    symbols = subprocess.run(["nm", "--dynamic", "--undefined-only", built.artifact_path], capture_output=True, text=True)
    assert "PyModuleDef_Init" in symbols.stdout
    assert "PyList_GET_SIZE" not in symbols.stdout and "_PyObject_GetDictPtr" not in symbols.stdout


def another_python():
    """Another CPython that modules for 3.10 and newer can be loaded by."""
    names = ["python3.%d" % minor for minor in range(10, 15) if minor != sys.version_info[1]]
    siblings = Path(sys.base_prefix).parent
    for name in names:
        for found in [shutil.which(name), *siblings.glob("*/bin/" + name)]:
            if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
                return found
    pytest.skip("there is no second CPython")


def test_one_entry_serves_two_interpreters(cache, result, environment, tmp_path):
    other = another_python()
    built = result(LOOP, limited_api=True, module_name="shared")
    pyxide.pin(built.key, alias="shared")
    # No tool of this interpreter's is on its path.
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "pyxide").symlink_to(Path(pyxide.__file__).parent)
    program = """if True:
        import pyxide, sys, warnings
        warnings.simplefilter("ignore")
        by_source = pyxide.compile_and_load_result(sys.argv[1], limited_api=True, module_name="shared")
        assert by_source.key == pyxide.import_pinned_result("shared").key == sys.argv[2]
        assert by_source.used_cache and len(pyxide.list_cached()) == 1
        print(*sys.version_info[:2], pyxide.import_cached_by_name("shared").f(10))
    """
    variables = environment(PYXIDE_CACHE_DIR=cache, PYTHONPATH=tmp_path / "alone", PATH="")
    ended = subprocess.run([other, "-c", program, LOOP, built.key], capture_output=True, text=True, env=variables)
    assert ended.stderr == "" and re.fullmatch(r"3 \d+ 45\n", ended.stdout)
    assert not ended.stdout.startswith("3 %d " % sys.version_info[1])
    # What keeps to no limits is for one version alone, and the other says so.
    own = result(LOOP, module_name="own")
    program = "import pyxide, sys\npyxide.import_cached(sys.argv[1])"
    ended = subprocess.run([other, "-c", program, own.key], capture_output=True, text=True, env=variables)
    assert "was built for CPython 3.%d (" % sys.version_info[1] in ended.stderr and ", and this is CPython 3." in ended.stderr


def test_what_a_module_says_of_free_threading_is_known(cache, result, square):
    assert result(square).freethreading_compatible is False
    in_header = result("# cython: freethreading_compatible=True\n" + square)
    as_option = result(square, compiler_directives={"freethreading_compatible": True})
    for built in (in_header, as_option, pyxide.import_cached_result(as_option.key)):
        assert built.freethreading_compatible is True
        assert built.meta["directives"]["freethreading_compatible"] == "True"
    assert len({in_header.key, as_option.key, result(square).key}) == 3


@pytest.mark.parametrize(
    "floor, reason",
    [("3.9", "it must be 3.10 or newer"), ("2.7", "it must be 3.10 or newer"), ("3.99", "the interpreter is Python 3.")],
)
def test_a_limited_api_that_there_is_not(square, floor, reason):
    with pytest.raises(ValueError, match=f"the limited API of Python {floor} cannot be kept to: {reason}"):
        pyxide.compile_and_load(square, limited_api=floor)


def test_lines_cannot_be_traced_with_the_limited_api(cache, square):
    with pytest.raises(ValueError, match="cannot be kept to: tracing needs more of the interpreter"):
        pyxide.compile_and_load(square, limited_api=True, profile="coverage")
    # Without the macro of Cython's that switches tracing on, the directive does nothing.
    assert pyxide.compile_and_load(square, limited_api=True, compiler_directives={"linetrace": True}).f(3) == 9


def test_openmp(cache, result):
    source = """\
from cython.parallel import prange
cimport openmp

def f(long n):
    cdef long i, s = 0
    for i in prange(n, nogil=True):
        s += i
    return s, openmp.omp_get_max_threads()
"""
    built = result(source, openmp=True)
    total, threads = built.module.f(1000)
    assert total == 499500 and threads >= 1
    assert any(name.startswith(("libgomp", "libomp")) for name in built.meta["needed"])


def test_a_source_in_python_with_types_beside_it(cache, tmp_path, write):
    write(
        tmp_path,
        {
            "fib.py": "def fib(n):\n    a, b = 0, 1\n    for i in range(n):\n        a, b = b, a + b\n    return a\n",
            "fib.pxd": "cpdef long fib(int n)\n",
        },
    )
    built = pyxide.cython_import_result(tmp_path / "fib.py")
    assert built.module.fib(10) == 55
    assert type(built.module.fib).__name__ == "cython_function_or_method"
    with pytest.raises(TypeError):
        built.module.fib("10")
    assert sorted(path.suffix for path in built.build_dir.iterdir()) == [".json", ".pxd", ".py", ".so"]
    assert pyxide.cython_import_result(tmp_path / "fib.py").used_cache
    # Another type is another module, although the source is the same.
    write(tmp_path, {"fib.pxd": "cpdef double fib(int n)\n"})
    changed = pyxide.cython_import_result(tmp_path / "fib.py")
    assert not changed.used_cache and changed.module.fib(10) == 55.0 and isinstance(changed.module.fib(10), float)
    (tmp_path / "fib.pxd").unlink()
    without = pyxide.cython_import_result(tmp_path / "fib.py")
    assert not without.used_cache and not (without.build_dir / "fib.pxd").exists()
    assert without.module.fib(100) == 354224848179261915075, "without types it is Python"


def test_types_that_newly_appear_are_seen(cache, tmp_path, write):
    write(tmp_path, {"twice.py": "def twice(n):\n    return n + n\n"})
    assert pyxide.cython_import(tmp_path / "twice.py").twice("ab") == "abab"
    write(tmp_path, {"twice.pxd": "cpdef int twice(int n)\n"})
    with pytest.raises(TypeError):
        pyxide.cython_import(tmp_path / "twice.py").twice("ab")


def test_numpy_can_be_required_and_refused(cache, result, square, monkeypatch):
    assert result(square, numpy_required=True).key == result(square).key, "it changes nothing where NumPy is"
    with pytest.raises(pyxide.CompileError, match="numpy/arrayobject.h"):
        result("cimport numpy\nnumpy.import_array()\n", numpy_support=False)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "path", [folder for folder in sys.path if "site-packages" not in folder])
        with pytest.raises(pyxide.ToolchainError, match="there is no NumPy for .*\nhint: install it: .* -m pip install numpy"):
            result(square, numpy_required=True, build=False)


def test_the_working_directory_is_searched_on_request(cache, result, tmp_path, write, monkeypatch):
    write(tmp_path, {"common.pxi": "N = 7\n"})
    monkeypatch.chdir(tmp_path)
    source = 'include "common.pxi"\n'
    with pytest.raises(pyxide.CompileError, match="common.pxi"):
        result(source)
    assert result(source, include_cwd=True).module.N == 7


def test_use_cache(cache, result, square):
    assert not result(square).used_cache
    assert result(square).used_cache
    assert not result(square, use_cache=False).used_cache
