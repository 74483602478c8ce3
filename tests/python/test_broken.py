"""Whichever tool finds an error, the user sees his own file, line and column, and all errors of the run: with GCC and Clang."""

import shutil

import pytest
from broken import BROKEN
from quick import only_in_full

import pyxide

COMPILERS = {"gcc": "g++", "clang": "clang++"}


@pytest.fixture(params=["gcc", only_in_full("clang")])
def tools(request, monkeypatch):
    """The name of a compiler, which is the one that builds."""
    for variable, program in [("CC", request.param), ("CXX", COMPILERS[request.param])]:
        if shutil.which(program) is None:
            pytest.skip("there is no %s on this machine" % program)
        monkeypatch.setenv(variable, program)
    return request.param


@pytest.fixture
def refused(cache, capfd, stage_is_empty, tmp_path):
    """Builds a folder of broken files, and returns the exception after looking at what is left."""

    def refused(files, **options):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        if "extra_sources" in options:
            options["extra_sources"] = [tmp_path / name for name in options["extra_sources"]]
        with pytest.raises(pyxide.CompileError) as caught:
            pyxide.cython_import(tmp_path / "m.pyx", **options)
        assert capfd.readouterr() == ("", "")
        stage_is_empty(cache)
        assert pyxide.list_cached() == []
        error = caught.value
        told = [str(error), error.output, *error.command, *(str(one) for one in error.diagnostics)]
        for text in told:
            # Not a word about where it was built.
            assert "/stage/" not in text and "project-root" not in str(error), text
        return error

    return refused


def lines_of(error):
    """The places of the errors, as files and lines."""
    return [(one["file"], one["line"]) for one in error.diagnostics if one["severity"] == "error"]


# What Cython refuses, no compiler sees. In the quick run Clang has what it says in words of its own.
CASES = [
    (name, tools) if tools == "gcc" or any(isinstance(words, tuple) for words in case.words) else only_in_full(name, tools)
    for name, case in BROKEN.items()
    for tools in (case.compilers if case.phase == "compiler" else case.compilers[:1])
]


@pytest.mark.parametrize(("name", "tools"), CASES, indirect=["tools"])
def test_an_error_is_about_the_users_own_line(name, tools, refused, tmp_path):
    case = BROKEN[name]
    error = refused(case.files, **case.options)
    assert error.phase == case.phase
    errors = [one for one in error.diagnostics if one["severity"] == "error"]
    assert errors, error.output
    told = lines_of(error)
    for file, line in case.places:
        assert (str(tmp_path / file), line) in told, str(error)
        assert "%s:%d:" % (tmp_path / file, line) in str(error)
    for one in errors:
        assert one["message"].strip(), errors
        if one["line"] is not None:
            # The caret is below the line, at a character of it or behind its last.
            assert one["source_line"] is not None and one["column"] <= len(one["source_line"]) + 1, one
    for words in case.words:
        words = words if isinstance(words, tuple) else (words,)
        assert any(word in one["message"] for word in words for one in errors), str(error)
    assert "__pyx" not in str(error) or case.internal, str(error)
    for one in errors if case.places else []:
        # No file of the compiler's stands where the user's own would be.
        assert one["file"] is None or one["file"].startswith(str(tmp_path)), one


PLAIN = {"m.pyx": "def f():\n    return 1\n"}


@pytest.fixture
def shim(tmp_path, monkeypatch):
    """Makes a C compiler that says something instead of compiling. Questions about it are answered by the real one."""

    def shim(lines, status=1, variable="CC", real="gcc"):
        program = tmp_path / "shim" / real
        program.parent.mkdir()
        program.write_text(
            "#!/bin/sh\ncase \" $* \" in *\" -shared \"*|*\" -c \"*)\n%s\nexit %d;;\nesac\nexec %s \"$@\"\n"
            % (lines, status, shutil.which(real))
        )
        program.chmod(0o755)
        monkeypatch.setenv(variable, str(program))
        return program

    return shim


def test_a_compiler_that_crashes(refused, shim):
    shim("echo 'm.c:3:1: internal compiler error: Segmentation fault' >&2")
    error = refused(PLAIN)
    assert "internal compiler error" in error.output and "another compiler" in error.hint
    assert error.diagnostics[0]["message"].startswith("Segmentation fault")


def test_a_compiler_that_is_ended(refused, shim):
    shim("kill -SEGV $$")
    error = refused(PLAIN)
    assert "SEGV" in error.status.upper() and error.status in str(error)
    assert error.diagnostics == []


def test_a_compiler_without_memory(refused, shim):
    shim("printf 'gcc: fatal error: Killed signal terminated program cc1\\ncompilation terminated.\\n' >&2")
    error = refused(PLAIN)
    assert error.diagnostics[0]["file"] is None
    assert "gcc: Killed signal" in str(error) and "PYXIDE_BUILD_MEMORY" in error.hint


def test_a_compiler_without_a_linker(refused, shim):
    shim("echo \"collect2: fatal error: cannot find 'ld'\" >&2")
    error = refused(PLAIN)
    assert "cannot find 'ld'" in str(error) and "install" in error.hint and "CC" in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "g++: fatal error: cannot execute 'cc1plus': execvp: No such file or directory",
        "g++: error trying to exec 'cc1plus': execvp: No such file or directory",
        "m.cpp:9:10: fatal error: vector: No such file or directory",
    ],
)
def test_a_compiler_that_cannot_cpp(words, refused, shim):
    shim('echo "%s" >&2' % words, variable="CXX", real="g++")
    error = refused({"m.pyx": "# distutils: language = c++\ndef f():\n    return 1\n"})
    assert "this compiler cannot C++" in error.hint and "CXX" in error.hint


def test_the_interpreters_headers_are_missing(refused, shim):
    shim("for word do case $word in -I*) ;; *) set -- \"$@\" \"$word\";; esac; shift; done; exec %s \"$@\"" % shutil.which("gcc"))
    error = refused(PLAIN)
    assert "Python.h" in str(error) and "C headers" in error.hint and "interpreter" in error.hint


def test_numpy_is_missing(python, tmp_path, write):
    write(tmp_path, {"m.pyx": "cimport numpy as np\nnp.import_array()\ndef f(np.ndarray a):\n    return a\n"})
    program = """
        import os, sys, pyxide, Cython
        # An interpreter that has Cython and no NumPy.
        site = os.path.dirname(os.path.dirname(Cython.__file__))
        os.mkdir("site")
        for name in ["Cython", "cython.py"]:
            os.symlink(os.path.join(site, name), os.path.join("site", name))
        sys.path[:] = [folder for folder in sys.path if folder != site] + [os.path.abspath("site")]
        for name in [name for name in sys.modules if name.partition(".")[0] in ("numpy", "Cython")]:
            del sys.modules[name]
        try:
            pyxide.cython_import("m.pyx")
        except pyxide.CompileError as error:
            print(error.hint, error)
            print("numpy" in error.versions)
    """
    out = python(program, cwd=tmp_path, flags=())
    assert "the module uses NumPy, which is not installed" in out and "-m pip install numpy" in out
    assert out.splitlines()[-1] == "False"


@pytest.mark.parametrize("name", ["netcdf.h", "boost/nowhere.hpp", "gsl/nowhere.h"])
def test_a_header_that_is_known_names_its_package(name, tools, refused):
    error = refused({"m.pyx": 'cdef extern from "%s":\n    int x\n\ndef f():\n    return x\n' % name})
    assert "install the package that has `%s`" % name in error.hint
    if shutil.which("apt-get"):
        assert "sudo apt-get install lib" in error.hint


def test_a_library_that_is_known_names_its_package(tools, refused):
    error = refused(PLAIN, libraries=["netcdf"])
    assert "install the package that has `libnetcdf`" in error.hint
    if shutil.which("apt-get"):
        assert "`sudo apt-get install libnetcdf-dev`" in error.hint


def test_a_folder_that_is_not_there_is_named(result, refused, tmp_path):
    gone = tmp_path / "gone"
    built = result("def f():\n    return 1\n", include_dirs=[gone], library_dirs=[gone])
    assert built.module.f() == 1
    assert built.warnings == [
        "warning: the include folder `%s` is not there" % gone,
        "warning: the library folder `%s` is not there" % gone,
    ]


def test_a_missing_header_in_a_missing_folder(refused, tmp_path):
    gone = tmp_path / "gone"
    error = refused({"m.pyx": 'cdef extern from "nope.h":\n    int nope()\n'}, include_dirs=[gone])
    assert error.hint == "the include folder `%s` is not there" % gone


@pytest.mark.parametrize("linker", ["lld", *map(only_in_full, ["bfd", "gold"])])
def test_each_linker_is_understood(linker, refused, tmp_path):
    if shutil.which("ld." + linker) is None:
        pytest.skip("there is no ld.%s on this machine" % linker)
    use = ["-fuse-ld=" + linker]
    case = BROKEN["undefined_in_extra_source"]
    error = refused(case.files, **{**case.options, "extra_link_args": [*case.options["extra_link_args"], *use]})
    assert (str(tmp_path / "helper.c"), 3) in lines_of(error), error.output
    case = BROKEN["multiple_definition"]
    error = refused(case.files, **{**case.options, "extra_link_args": use})
    assert (str(tmp_path / "m.pyx"), 3) in lines_of(error), error.output
    assert [one["line"] for one in error.diagnostics[0]["notes"]] == [2]
    error = refused(PLAIN, libraries=["nope_nope"], extra_link_args=use)
    assert "nope_nope" in error.diagnostics[0]["message"] and "libnope_nope" in error.hint


def test_what_belongs_to_an_error_stays_with_it(tools, refused, tmp_path):
    error = refused(BROKEN["cpp_no_matching_function"].files)
    [one] = error.diagnostics
    notes = [(note["file"], note["line"]) for note in one["notes"]]
    assert (str(tmp_path / "m.pyx"), 5) in notes and (str(tmp_path / "m.pyx"), 6) in notes
    assert "m.pyx:5: candidate" in str(error)
    error = refused(BROKEN["template_of_libcpp"].files)
    notes = error.diagnostics[0]["notes"]
    assert notes[0]["file"].startswith("/") and "stl_" in notes[0]["file"]
    assert len(notes) <= 13


def test_a_source_that_cython_refuses_has_no_exit_code(refused):
    assert refused({"m.pyx": "x = (1,\n"}).status == "refused the source"


def test_a_failure_says_who_spoke_and_keeps_it_all(tools, refused, cache):
    import Cython

    error = refused(BROKEN["verbatim_c"].files)
    assert error.versions["cython"] == Cython.__version__ and tools in error.versions["compiler"].lower() + "gcc"
    assert sorted(error.versions) == ["compiler", "cython", "python"]
    assert error.status == "ended with exit code 1"
    assert error.log_path.startswith(str(cache / "v1" / "logs")) and error.log_path.endswith(".log")
    with open(error.log_path) as file:
        log = file.read()
    for words in [error.output, error.versions["compiler"], " -shared ", "LC_ALL=C", str(error.status)]:
        assert words in log
    # The next failure of the same request takes its place.
    assert refused(BROKEN["verbatim_c"].files).log_path == error.log_path
    assert refused(BROKEN["missing_header"].files).log_path != error.log_path


def test_a_success_removes_the_log(tmp_path, cache):
    (tmp_path / "m.pyx").write_text('cdef extern from "k.h":\n    int k()\n\ndef f():\n    return k()\n')
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.cython_import(tmp_path / "m.pyx")
    assert [str(path) for path in (cache / "v1" / "logs").iterdir()] == [caught.value.log_path]
    (tmp_path / "k.h").write_text("static int k(void) { return 3; }\n")
    assert pyxide.cython_import(tmp_path / "m.pyx").f() == 3
    assert [*(cache / "v1" / "logs").iterdir()] == []


def test_a_log_that_cannot_be_written_hides_nothing(refused, cache):
    (cache / "v1").mkdir(parents=True, exist_ok=True)
    (cache / "v1" / "logs").write_text("not a folder")
    try:
        error = refused(BROKEN["verbatim_c"].files)
    finally:
        (cache / "v1" / "logs").unlink()
    assert error.log_path is None and len(error.diagnostics) == 2


def test_numpy_is_among_the_versions_when_it_is_used(refused):
    numpy = pytest.importorskip("numpy")
    files = {"m.pyx": 'cimport numpy as np\ncdef extern from "nope.h":\n    int nope()\ndef f(np.ndarray a):\n    return nope()\n'}
    assert refused(files).versions["numpy"] == numpy.__version__


ODD = '''\
cdef extern from *:
    """
    static int odd(int x) {
        int never_used = 1;
        return x;
    }
    """
    int odd(int)

def f():
    return odd(1)
'''


def test_the_compilers_warnings_are_kept_when_asked_for(tools, result):
    assert result(ODD).warnings == []
    [warning] = [one for one in result(ODD, extra_compile_args=["-Wall"]).warnings if "never_used" in one]
    assert "<string>:4:13" in warning and "int never_used = 1;" in warning and "^^^" in warning
    assert result(ODD, extra_compile_args=["-Wall"]).warnings.count(warning) == 1
    for one in result(ODD, extra_compile_args=["-Wall", "-Wextra"]).warnings:
        assert "in the generated code" not in one and "__pyx" not in one


def test_a_warning_about_written_c_needs_no_asking(tools, result):
    built = result('cdef extern from *:\n    """\n    #warning "this is old"\n    """\n\ndef f():\n    return 1\n')
    [warning] = built.warnings
    assert "this is old" in warning and "<string>:3:" in warning
