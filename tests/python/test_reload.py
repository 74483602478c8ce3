"""Edited sources, loaded anew in the process that has the module."""

import importlib
import os
import pickle
import sys

import pytest

import pyxide

FIRST = """\
x = 1
def f(): return x
def gone(): pass
"""
SECOND = """\
x = 2
def f(): return x * 10
def set_x(value):
    global x
    x = value
"""


@pytest.fixture(autouse=True)
def unlike_others(monkeypatch, tmp_path):
    """A library that was loaded once stays, and with it the values of its variables."""
    monkeypatch.setenv("PYXIDE_SALT", str(tmp_path))


@pytest.fixture(params=["pyxide.reload", "importlib.reload"])
def reload(request):
    return {"pyxide.reload": pyxide.reload, "importlib.reload": importlib.reload}[request.param]


def test_a_file(cache, tmp_path, reload):
    file = tmp_path / "edited.pyx"
    file.write_text(FIRST)
    m = pyxide.cython_import(file)
    old = m.f
    file.write_text(SECOND)
    assert reload(m) is m is sys.modules["edited"]
    # Who has the module sees the new code, who has a function the old one, with its own variables.
    assert (m.f(), old(), m.x) == (20, 1, 2)
    assert not hasattr(m, "gone") and "set_x" in dir(m)
    m.x = 3
    assert (m.f(), old()) == (30, 1)
    m.set_x(4)
    assert m.x == 4
    assert pickle.loads(pickle.dumps(m.f)) is m.f
    from edited import f

    assert f is m.f
    # Nothing was edited, so nothing is begun anew.
    assert reload(m) is m and m.x == 4
    assert pyxide.cython_import(file) is m
    # Back at the first code, whose library is still loaded.
    file.write_text(FIRST)
    assert reload(m) is m and m.f is old and not hasattr(m, "set_x")


def test_what_cannot_be_loaded_changes_nothing(cache, tmp_path, reload):
    file = tmp_path / "edited.pyx"
    file.write_text("def f(): return 1\n")
    m = pyxide.cython_import(file)
    for wrong, error in [("def f(: return 2\n", pyxide.CompileError), ("raise KeyError('no')\n", KeyError)]:
        file.write_text(wrong)
        with pytest.raises(error):
            reload(m)
        assert m.f() == 1 and sys.modules["edited"] is m
    file.write_text("def f(): return 3\n")
    assert reload(m).f() == 3


def test_from_another_folder_with_relative_paths(cache, tmp_path, monkeypatch):
    (tmp_path / "src").mkdir()
    (tmp_path / "parts").mkdir()
    (tmp_path / "src" / "edited.pyx").write_text('include "a.pxi"\n')
    (tmp_path / "parts" / "a.pxi").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    m = pyxide.cython_import(os.path.join("src", "edited.pyx"), include_dirs="parts")
    monkeypatch.chdir("/")
    (tmp_path / "parts" / "a.pxi").write_text("x = 2\n")
    assert m.x == 1 and pyxide.reload(m).x == 2


def test_a_text_with_a_name(cache):
    m = pyxide.compile_and_load("def f(): return 1\n", module_name="text_with_a_name")
    assert pyxide.reload(m, "def f(): return 2\n") is m is sys.modules["text_with_a_name"]
    assert m.f() == 2
    # An equal request is not answered with what the module is now.
    first = pyxide.compile_and_load("def f(): return 1\n", module_name="text_with_a_name")
    assert first.f() == 1


def test_a_text_without_a_name(cache):
    m = pyxide.compile_and_load("def f(): return 1\n")
    name = m.__name__
    assert pyxide.reload(m, "def f(): return 2\n") is m
    assert m.f() == 2 and m.__name__ != name and m.__name__ in sys.modules
    assert pickle.loads(pickle.dumps(m.f)) is m.f


def test_what_cannot_be_reloaded_says_why(cache, tmp_path, square):
    built = pyxide.compile_and_load_result(square)
    with pytest.raises(ValueError, match=r"(?s)was built from a text.*hint: give the new one"):
        pyxide.reload(built.module)
    with pytest.raises(TypeError, match="source must be a str, not 'bytes'"):
        pyxide.reload(built.module, square.encode())
    with pytest.raises(TypeError, match="takes a module, not 'str'"):
        pyxide.reload(built.module_name)
    with pytest.raises(ValueError, match=r"(?s)`os` was not built by pyxide.*hint: importlib\.reload"):
        pyxide.reload(os)
    del sys.modules[built.module_name]
    file = tmp_path / "edited.pyx"
    file.write_text(square)
    with pytest.raises(ValueError, match=r"(?s)comes from the file .*hint: give no source"):
        pyxide.reload(pyxide.cython_import(file), square)


def test_one_that_was_imported_by_key_is_not_reloaded(cache, python, square):
    key = pyxide.compile_and_load_result(square).key
    program = """
        import sys, pyxide
        try:
            pyxide.reload(pyxide.import_cached(sys.argv[1]))
        except ValueError as error:
            print(error)
    """
    out = python(program, key, PYXIDE_CACHE_DIR=cache)
    assert "was imported by its key, so nobody knows where its source is\nhint: import it from its source" in out
