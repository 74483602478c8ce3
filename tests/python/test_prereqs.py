"""check_build_prereqs says what is there, what is not, and what to do about it."""

import json
import sys

import pyxide


def test_what_is_there_has_a_version(cache):
    import Cython
    import numpy

    found = pyxide.check_build_prereqs(numpy=True, cxx=True)
    assert found["ok"] is True and found["problems"] == []
    assert found["cython"]["version"] == Cython.__version__
    assert found["numpy"]["version"] == numpy.__version__ and found["numpy"]["needed"]
    assert found["interpreter"]["version"] == sys.version.split()[0].rstrip("+")
    for name in ["interpreter", "python_headers", "cython", "compiler", "cxx_compiler", "numpy", "cache"]:
        assert found[name]["ok"] is True and found[name]["detail"] and found[name]["remedy"] is None
    assert json.loads(json.dumps(found)) == found
    assert pyxide.check_build_prereqs()["numpy"]["needed"] is False


def test_what_is_missing_has_a_remedy(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if "site-packages" not in folder])
    found = pyxide.check_build_prereqs(numpy=True, cxx=True)
    assert found["ok"] is False
    lacking = ["cython", "compiler", "cxx_compiler", "numpy"]
    assert [name for name, item in found.items() if name not in ("ok", "problems") and not item["ok"]] == lacking
    assert all(found[name]["remedy"] and found[name]["version"] is None for name in lacking)
    assert len(found["problems"]) == 4
    assert any("pip install 'cython>=3.1'" in problem for problem in found["problems"])
    assert any(problem.startswith("compiler: ") and "gcc" in problem for problem in found["problems"])
    # What is not needed is no problem.
    assert len(pyxide.check_build_prereqs()["problems"]) == 2


def test_it_never_raises(monkeypatch):
    monkeypatch.setattr(sys, "executable", "")
    found = pyxide.check_build_prereqs(numpy=True)
    assert found["ok"] is False and "does not know its own program" in found["problems"][0]
    monkeypatch.undo()
    monkeypatch.setenv("PYXIDE_NO_BUILD", "perhaps")
    found = pyxide.check_build_prereqs()
    assert found["problems"] == ["interpreter: PYXIDE_NO_BUILD is `perhaps`, and must be 0 or 1; set PYXIDE_NO_BUILD to such a value, or unset it"]
