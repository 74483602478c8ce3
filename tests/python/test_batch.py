"""All files of a folder at once: their names, what fails, and what needs what."""

import json
import sys

import pytest

import pyxide


def test_all_files_of_a_folder(write, tmp_path, cache):
    folder = write(tmp_path / "src", {"one.pyx": "X = 1\n", "two.pyx": "X = 2\n", "other.txt": "", "sub/three.pyx": "X = 3\n"})
    found = pyxide.cython_import_all(folder, jobs=2)
    assert {name: (one.module_name, one.module.X, one.used_cache) for name, one in found.items()} == {
        "one": ("one", 1, False), "two": ("two", 2, False),
    }  # fmt: skip
    assert sys.modules["one"] is found["one"].module
    again = pyxide.cython_import_all_result(str(folder), pattern="t*.pyx", recursive=True)
    assert {name: one.used_cache for name, one in again.successes.items()} == {"two": True, "sub/three": False}
    assert again.ok and (again.n_succeeded, again.n_failed) == (2, 0)
    # Each is what it would be alone.
    assert pyxide.cython_import_result(folder / "sub" / "three.pyx").key == again.successes["sub/three"].key
    assert pyxide.cython_import_all(folder, pattern="*.nope") == {}


def test_equal_names_are_all_kept(write, tmp_path, cache):
    folder = write(
        tmp_path / "src",
        {
            "fast.pyx": "X = 'top'\n", "sub/fast.pyx": "cdef int secret():\n    return 5\nX = secret()\n", "sub/fast.pxd": "cdef int secret()\n",
            "my-dir/fast.pyx": "X = 'mine'\n", "sub/alone.pyx": "X = 'alone'\n",
        },
    )  # fmt: skip
    found = pyxide.cython_import_all(folder, recursive=True)
    assert {name: one.module.X for name, one in found.items()} == {
        "fast": "top", "my-dir/fast": "mine", "sub/alone": "alone", "sub/fast": 5,
    }  # fmt: skip
    names = {name: one.module_name for name, one in found.items()}
    assert (names["fast"], names["sub/fast"], names["sub/alone"]) == ("fast", "sub.fast", "alone")
    assert len({*names.values()}) == 4
    assert all(sys.modules[one.module_name] is one.module for one in found.values())
    # Its declarations are a dependency as any other.
    (folder / "sub/fast.pxd").write_text("cdef int secret()\ncdef int unused\n")
    again = pyxide.cython_import_all(folder, recursive=True)
    assert {name for name, one in again.items() if not one.used_cache} == {"sub/fast"}


def test_every_failure_is_told_and_the_rest_is_imported(write, tmp_path, cache):
    folder = write(
        tmp_path / "src",
        {
            "good.pyx": "X = 1\n", "bad.pyx": "def f(:\n", "worse.pyx": "nope nope\n", "raises.pyx": "raise ValueError('mine')\n",
            "needs.pyx": "import nowhere_at_all\n",
        },
    )  # fmt: skip
    with pytest.raises(pyxide.BatchBuildError) as caught:
        pyxide.cython_import_all(folder)
    error = caught.value
    assert [*error.failures] == ["bad", "needs", "raises", "worse"]
    assert isinstance(error.failures["bad"], pyxide.CompileError) and isinstance(error.failures["raises"], ValueError)
    assert {one["file"] for one in error.diagnostics} == {str(folder / "bad.pyx"), str(folder / "worse.pyx")}
    assert "4 of 5 files" in str(error) and "mine" in str(error) and "bad.pyx:1:" in str(error)
    assert [*error.result.successes] == ["good"] and error.result.successes["good"].module.X == 1
    collected = pyxide.cython_import_all_result(folder, collect=True)
    assert (collected.ok, collected.n_succeeded, collected.n_failed) == (False, 1, 4)
    report = {one["name"]: one for one in json.loads(json.dumps(collected.report))}
    assert report["good"]["used_cache"] and report["good"]["error"] is None
    assert report["bad"]["key"] is None and "bad.pyx" in report["bad"]["error"]
    import pickle

    assert str(pickle.loads(pickle.dumps(error.failures["bad"]))) == str(error.failures["bad"])


def test_files_that_need_each_other_are_imported_in_their_order(write, tmp_path, cache):
    folder = write(
        tmp_path / "src",
        {
            "a_user.pyx": "from z_base cimport Base\ncdef class Derived(Base):\n    pass\ndef f():\n    return Derived().g()\n",
            "z_base.pxd": "cdef class Base:\n    cpdef int g(self)\n",
            "z_base.pyx": "cdef class Base:\n    cpdef int g(self):\n        return 9\n",
        },
    )  # fmt: skip
    assert pyxide.cython_import_all(folder)["a_user"].module.f() == 9


def test_what_cannot_be_asked_for(write, tmp_path, cache):
    folder = write(tmp_path / "src", {"m.pyx": ""})
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pyxide.cython_import_all(tmp_path / "nowhere")
    with pytest.raises(OSError, match="is not a folder"):
        pyxide.cython_import_all(folder / "m.pyx")
    with pytest.raises(ValueError, match="is not a pattern of file names"):
        pyxide.cython_import_all(folder, pattern="m[")
    with pytest.raises(ValueError, match="jobs must be 1 or more"):
        pyxide.cython_import_all(folder, jobs=-1)
    with pytest.raises(TypeError, match="jobs must be a whole number"):
        pyxide.cython_import_all(folder, jobs="2")
    with pytest.raises(TypeError, match="module_name"):
        pyxide.cython_import_all(folder, module_name="x")
    with pytest.raises(TypeError, match="nope"):
        pyxide.cython_import_all(folder, nope=1)
