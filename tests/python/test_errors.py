"""What is wrong is said once, about the user's own file, with the next step, and leaves nothing behind."""

import copy
import os
import pickle
import textwrap

import pytest

import pyxide


@pytest.fixture
def refused(cache, capfd, stage_is_empty, tmp_path):
    """Builds what has errors, and returns the exception after looking at what is left."""

    def refused(source, name=None, kind=pyxide.CompileError, **options):
        source = textwrap.dedent(source)
        if name is None:
            build = lambda: pyxide.compile_and_load(source, **options)
        else:
            (tmp_path / name).write_text(source)
            build = lambda: pyxide.cython_import(tmp_path / name, **options)
        with pytest.raises(kind) as caught:
            build()
        assert capfd.readouterr() == ("", "")
        stage_is_empty(cache)
        assert pyxide.list_cached() == []
        assert [*cache.glob("v1/entries/*/*")] == []
        # Not a word about where it was built.
        assert "/stage/" not in str(caught.value) and "pyxide_" not in str(caught.value).replace("pyxide_test", "")
        return caught.value

    return refused


SYNTAX = """\
def fine():
    return 1

def f(:
    return 2
"""


@pytest.mark.parametrize("name", [None, "broken.pyx"])
def test_a_syntax_error(refused, tmp_path, name):
    error = refused(SYNTAX, name)
    label = "<string>" if name is None else str(tmp_path / name)
    assert "%s:4:7" % label in str(error)
    assert "def f(:" in str(error)
    first = error.diagnostics[0]
    assert type(first) is dict
    assert {key: first[key] for key in ["severity", "file", "line", "column", "source_line"]} == {
        "severity": "error", "file": label, "line": 4, "column": 7, "source_line": "def f(:",
    }  # fmt: skip
    assert first["message"] and first["message"] in str(error)
    # The caret is below the character it means.
    lines = str(error).splitlines()
    at = next(index for index, line in enumerate(lines) if line.endswith("def f(:"))
    assert lines[at].index("(:") + 1 == lines[at + 1].index("^")
    assert (error.phase, error.command) == ("cython", [])
    assert isinstance(error, pyxide.PyxideError)


def test_all_errors_are_told(refused):
    error = refused("def f():\n    return first_name\n\ndef g(x):\n    return x + second_name\n")
    assert [(d["line"], d["column"]) for d in error.diagnostics] == [(2, 12), (5, 16)]
    assert "first_name" in str(error) and "second_name" in str(error)
    assert "^^^^^^^^^^" in str(error) and "Traceback" not in str(error)


def test_columns_are_characters(refused):
    error = refused('def f():\n    return "größe 🐍", undefined_thing\n')
    assert error.diagnostics[0]["column"] == len('    return "größe 🐍", u')
    lines = str(error).splitlines()
    at = next(index for index, line in enumerate(lines) if "größe" in line and "|" in line)
    assert "^" * len("undefined_thing") in lines[at + 1]


def test_an_error_in_an_included_file_is_about_that_file(refused, tmp_path):
    (tmp_path / "part.pxi").write_text("\n\nx = undefined_thing\n")
    error = refused('include "part.pxi"\n', "broken.pyx")
    assert error.diagnostics[0]["file"] == str(tmp_path / "part.pxi")
    assert (error.diagnostics[0]["line"], error.diagnostics[0]["source_line"]) == (3, "x = undefined_thing")


@pytest.mark.parametrize("name", [None, "broken.pyx"])
def test_a_missing_header(refused, tmp_path, name):
    error = refused(
        """\
        # A comment.

        cdef extern from "nope.h":
            int nope()

        def f():
            return nope()
        """,
        name,
    )
    assert (error.phase, error.diagnostics[0]["severity"]) == ("compiler", "error")
    assert error.diagnostics[0]["file"] == ("<string>" if name is None else str(tmp_path / name))
    assert error.diagnostics[0]["line"] == 3
    assert "nope.h" in error.diagnostics[0]["message"]
    assert 'cdef extern from "nope.h":' in str(error)
    assert error.command[0].endswith("cc") or "gcc" in error.command[0]
    assert "nope.h" in error.output


def test_an_error_in_verbatim_c(refused):
    error = refused(
        '''\
        cdef extern from *:
            """
            static int broken(int x) {
                return y;
            }
            """
            int broken(int)

        def f():
            return broken(1)
        '''
    )
    first = error.diagnostics[0]
    assert (first["file"], first["line"]) == ("<string>", 4)
    assert "return y;" in first["source_line"] and "y" in first["message"]
    assert "^" in str(error)


def test_an_undeclared_c_function(refused, tmp_path):
    error = refused(
        """\
        cdef extern from *:
            int not_there(int)

        def fine():
            return 1

        def f():
            return not_there(1)
        """,
        "broken.pyx",
    )
    first = error.diagnostics[0]
    assert (error.phase, first["file"], first["line"]) == ("compiler", str(tmp_path / "broken.pyx"), 8)
    assert "not_there" in first["message"] and "return not_there(1)" in str(error)


def test_a_missing_library(refused):
    error = refused("def f():\n    return 1\n", libraries=["nope_nope"])
    assert error.phase == "compiler" and "nope_nope" in str(error)
    assert "-lnope_nope" in error.command


def test_an_unknown_directive(refused):
    error = refused("def f():\n    return 1\n", compiler_directives={"no_such_directive": True})
    assert "no_such_directive" in str(error)


def test_a_directive_with_a_wrong_value(refused):
    error = refused("def f():\n    return 1\n", compiler_directives={"boundscheck": "perhaps"})
    assert "boundscheck" in str(error) and "perhaps" in str(error)


def test_a_level_of_the_language_that_there_is_not(refused):
    error = refused("def f():\n    return 1\n", compiler_directives={"language_level": True})
    assert str(error) == "error: language_level must be 2, 3 or 3str, not 'True'"


@pytest.mark.parametrize(
    "option, value", [("salt", 5), ("profile", 1), ("module_name", 1.5), ("libraries", 3), ("support_files", ["a"]), ("language", 1)]
)
def test_a_value_of_another_type_names_the_option(option, value):
    with pytest.raises(TypeError, match=option):
        pyxide.compile_and_load("def f():\n    return 1\n", **{option: value})


def test_a_cimported_module_that_is_not_there(refused):
    error = refused("\ncimport nowhere\n")
    assert "nowhere" in str(error) and error.diagnostics[0]["line"] == 2


def test_an_error_does_not_take_the_module_away(cache, tmp_path):
    file = tmp_path / "m.pyx"
    file.write_text("def f():\n    return 1\n")
    first = pyxide.cython_import(file)
    file.write_text("def f(:\n")
    with pytest.raises(pyxide.CompileError):
        pyxide.cython_import(file)
    file.write_text("def f():\n    return 1\n")
    again = pyxide.cython_import_result(file)
    assert again.used_cache is True and again.module is first


@pytest.mark.parametrize(
    "name, content, kind, words",
    [
        ("latin.pyx", b"# gr\xfc\xdfe\n", ValueError, ["not UTF-8", "0xfc", "line 1"]),
        ("latin2.pyx", b"x = 1\ny = '\xff'\n", ValueError, ["not UTF-8", "line 2"]),
        ("nul.pyx", b"x = 1\n\0\n", ValueError, ["NUL", "line 2"]),
        ("missing.pyx", None, FileNotFoundError, []),
        ("plain.txt", b"x = 1\n", ValueError, [".pyx", ".py"]),
        ("my-mod.pyx", b"x = 1\n", ValueError, ["not a Python identifier"]),
        ("2x.pyx", b"x = 1\n", ValueError, ["not a Python identifier"]),
        ("a.b.pyx", b"x = 1\n", ValueError, ["dot"]),
        ("class.pyx", b"x = 1\n", ValueError, ["keyword"]),
        ("folder.pyx", "folder", OSError, ["not a regular file"]),
    ],
)
def test_a_file_that_cannot_be_compiled(name, content, kind, words, tmp_path):
    file = tmp_path / name
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    with pytest.raises(kind) as caught:
        pyxide.cython_import(file)
    hint = [] if content == "folder" else ["hint: "]
    for word in [str(file), *hint, *words]:
        assert word in str(caught.value)
    assert not (tmp_path / "cache" / "v1" / "entries").exists()


def test_a_pipe_is_not_waited_for(tmp_path, python):
    os.mkfifo(tmp_path / "pipe.pyx")
    program = """
        import pyxide
        try:
            pyxide.cython_import("pipe.pyx")
        except OSError as error:
            print(error)
    """
    out = python(program, cwd=tmp_path, limit=10)
    assert "pipe.pyx" in out and "not a regular file" in out


def test_a_file_whose_name_is_no_identifier_can_be_given_one(cache, tmp_path):
    (tmp_path / "my-mod.pyx").write_text("def f():\n    return 1\n")
    assert pyxide.cython_import(tmp_path / "my-mod.pyx", module_name="my_mod").f() == 1


def test_text_with_a_nul_character(tmp_path):
    with pytest.raises(ValueError, match="NUL") as caught:
        pyxide.compile_and_load("x = 1\n\0\n")
    assert "<string>" in str(caught.value)


@pytest.mark.parametrize("function", ["compile_and_load", "get_cache_dir"])
def test_a_cache_that_cannot_be_written(function, tmp_path, square):
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "cache"
    with pytest.raises(pyxide.PyxideError) as caught:
        if function == "get_cache_dir":
            pyxide.get_cache_dir(place)
        else:
            pyxide.compile_and_load(square, cache_dir=place)
    assert str(place) in str(caught.value) and "cannot be written" in str(caught.value)
    assert "PYXIDE_CACHE_DIR" in caught.value.hint and caught.value.hint in str(caught.value)


def test_no_compiler(tmp_path, monkeypatch, square, cache):
    monkeypatch.setenv("CC", "/nonexistent/cc")
    with pytest.raises(pyxide.ToolchainError) as caught:
        pyxide.compile_and_load(square)
    assert "/nonexistent/cc" in str(caught.value)
    assert caught.value.hint and "--python" not in caught.value.hint
    assert pyxide.list_cached() == []


def test_no_compiler_on_path(empty, monkeypatch, square, cache):
    monkeypatch.setenv("PATH", str(empty))
    with pytest.raises(pyxide.ToolchainError, match="no C compiler") as caught:
        pyxide.compile_and_load(square)
    assert "install" in caught.value.hint and "CC" in caught.value.hint
    with pytest.raises(pyxide.ToolchainError, match=r"no C\+\+ compiler") as caught:
        pyxide.compile_and_load(square, language="c++")
    assert "CXX" in caught.value.hint


def test_a_hit_needs_no_compiler(monkeypatch, square, cache, result):
    built = result(square)
    monkeypatch.setenv("CC", "/nonexistent/cc")
    with pytest.warns(pyxide.CacheWarning, match="tools are missing") as caught:
        again = result(square)
    assert len(caught) == 1
    assert again.used_cache is True and again.key == built.key
    with pytest.raises(pyxide.ToolchainError, match="/nonexistent/cc"):
        result(square + "# edited\n")


@pytest.mark.parametrize("how", ["build=False", "PYXIDE_NO_BUILD"])
def test_building_can_be_switched_off(how, monkeypatch, tmp_path, cache, square, compiler):
    monkeypatch.setenv("CC", str(compiler()))
    (tmp_path / "never.pyx").write_text(square)
    options = {"build": False} if how == "build=False" else {}
    if not options:
        monkeypatch.setenv("PYXIDE_NO_BUILD", "1")
    with pytest.raises(pyxide.PyxideError, match="not in the cache") as caught:
        pyxide.cython_import(tmp_path / "never.pyx", **options)
    assert "never" in str(caught.value) and caught.value.hint
    assert compiler.count() == 0 and pyxide.list_cached() == []
    # It wins over the wish to build again.
    with pytest.raises(pyxide.PyxideError, match="not in the cache"):
        pyxide.compile_and_load(square, force_rebuild=True, **options)
    assert compiler.count() == 0


def test_a_build_that_is_switched_off_names_the_module(square):
    with pytest.raises(pyxide.PyxideError, match="`named_module` is not in the cache"):
        pyxide.compile_and_load(square, module_name="named_module", build=False)


def test_the_exceptions_are_also_what_they_are(tmp_path):
    assert issubclass(pyxide.LoadError, ImportError)
    assert issubclass(pyxide.LockTimeout, TimeoutError)
    assert issubclass(pyxide.CacheWarning, UserWarning)
    for name in ["CompileError", "ToolchainError", "LoadError", "LockTimeout", "BuildTimeout"]:
        assert issubclass(getattr(pyxide, name), pyxide.PyxideError)


@pytest.mark.parametrize(
    "name, bases",
    [
        ("BuildTimeout", [TimeoutError]),
        ("CompileError", [RuntimeError]),
        ("LoadError", [ImportError]),
        ("LockTimeout", [TimeoutError]),
        ("ToolchainError", [ImportError]),
        ("PyxideError", [Exception]),
    ],
)
def test_exceptions_are_those_that_ported_code_catches(name, bases):
    kind = getattr(pyxide, name)
    assert name in pyxide.__all__ and issubclass(kind, pyxide.PyxideError)
    assert all(issubclass(kind, base) for base in bases)
    error = kind("what went wrong", "do this")
    error.extra = [1]
    for copied in [pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)]:
        assert type(copied) is kind
        assert (str(copied), copied.hint, copied.extra) == ("what went wrong\nhint: do this", "do this", [1])
        assert vars(copied) == vars(error)


def test_a_compile_error_crosses_processes_with_all_it_says(refused):
    error = refused(SYNTAX)
    copied = pickle.loads(pickle.dumps(error))
    assert str(copied) == str(error) and vars(copied) == vars(error)
    assert copied.diagnostics and copied.versions and copied.log_path


def test_a_build_that_takes_too_long(compiler, monkeypatch, square, cache):
    monkeypatch.setenv("CC", str(compiler("exec sleep 100")))
    with pytest.raises(pyxide.BuildTimeout, match="longer than") as caught:
        pyxide.compile_and_load(square, build_timeout_s=0.5)
    assert isinstance(caught.value, TimeoutError) and caught.value.hint


def test_a_header_of_cpp_in_a_c_module(cache, result):
    source = "from libcpp.vector cimport vector\ndef f():\n    cdef vector[int] v\n    return v.size()\n"
    with pytest.raises(pyxide.CompileError) as caught:
        result(source)
    assert "is a header of C++" in caught.value.hint and 'language="c++"' in caught.value.hint
    assert result(source, language="c++").module.f() == 0


def test_numpy_that_was_refused_is_not_called_missing(cache, result):
    with pytest.raises(pyxide.CompileError) as caught:
        result("cimport numpy\nnumpy.import_array()\n", numpy_support=False)
    assert "numpy_support" in caught.value.hint and "pip install" not in caught.value.hint
