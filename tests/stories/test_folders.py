"""Folders: all files in them, and packages."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CORE = "cdef class Vec:\n    def __init__(self, x):\n        self.x = x\n"
ALGO = "from .core cimport Vec\ndef norm(Vec v):\n    return abs(v.x)\n"


def test_a_package_in_a_folder(pyxide, write):
    write(
        {
            "src/core.pyx": CORE, "src/core.pxd": "cdef class Vec:\n    cdef double x\n", "src/sub/algo.pyx": ALGO.replace(".core", "..core"),
            "src/__init__.py": "from .core import Vec\n", "src/setup.cfg": "",
        }
    )  # fmt: skip
    first = pyxide("build", "--package", "mypkg", "src", "--json").succeeds().objects()
    assert [(one["type"], one.get("module"), one.get("file")) for one in first] == [
        ("built", "mypkg.core", "src/core.pyx"), ("built", "mypkg.sub.algo", "src/sub/algo.pyx"), ("package", None, None),
    ]  # fmt: skip
    assert first[2]["modules"] == ["mypkg.core", "mypkg.sub.algo"] and first[2]["python"] == ["mypkg", "mypkg.sub"]
    assert not first[2]["used_cache"]
    again = pyxide("build", "--package", "mypkg", "src").succeeds()
    assert again.out.splitlines() == [one["artifact"] for one in first[:2]]

    write({"src/sub/algo.pyx": "def f(:\n", "src/core.pyx": "nope nope\n"})
    failed = pyxide("build", "--package", "mypkg", "src", "--json").fails(1).objects()
    assert [(one["type"], one["file"]) for one in failed] == [("error", "src/core.pyx"), ("error", "src/sub/algo.pyx")]


def test_what_is_no_package(pyxide, write):
    write({"src/a.pyx": "", "src/a/b.pyx": "", "empty/x.txt": ""})
    told = pyxide("build", "--package", "mypkg", "src").fails(2)
    assert "`mypkg.a` is a module, and others are given that would be inside it" in told.err
    assert "no modules are given" in pyxide("build", "--package", "mypkg", "empty").fails(2).err
    assert "2 are given" in pyxide("build", "--package", "mypkg", "src", "empty").fails(2).err
    assert "`my-pkg` is not a module name" in pyxide("build", "--package", "my-pkg", "src").fails(2).err
    assert "there is no file `gone`" in pyxide("build", "--package", "mypkg", "gone").fails(2).err


def test_all_files_of_a_folder(pyxide, write):
    write({"src/a.pyx": "x = 1\n", "src/sub/a.pyx": "x = 2\n", "src/b.py": "x = 3\n", "other.pyx": "x = 4\n"})
    modules = lambda *words: [one["module"] for one in pyxide("build", *words, "--json").succeeds().objects()]
    assert modules("src", "other.pyx") == ["a", "other"]
    assert modules("src", "--recursive", "--jobs", "2") == ["a", "sub.a"]
    assert modules("src", "--pattern", "b.*") == ["b"]
    assert "is not a pattern" in pyxide("build", "src", "--pattern", "b[").fails(2).err


def test_json_in_a_folder_whose_name_is_no_text(pyxide, tmp_path):
    folder = tmp_path / os.fsdecode(b"f\xff")
    folder.mkdir()
    source, hook = folder / "square.pyx", folder / "a.pth"
    source.write_text("def square(int n):\n    return n * n\n")
    hook.write_text("import  sys;\n./gone\n")
    shown = str(tmp_path / "f\ufffd" / "square.pyx")
    for command in ["build", "annotate", "stub"]:
        assert pyxide(command, source, "--json").succeeds(err=None).objects()[-1]["file"] == shown, command
    [told] = pyxide("build", folder / "gone.pyx", "--json").fails(2).objects()
    assert told["type"] == "error"
    [written, *_] = pyxide("hook", "write", "demo", "square:square", "--to", folder, "--json").succeeds(err=None).objects()
    assert written["path"] == str(tmp_path / "f\ufffd" / "demo.pth")
    assert {one["path"] for one in pyxide("hook", "lint", hook, "--json").objects()} == {str(tmp_path / "f\ufffd" / "a.pth")}
    copied = pyxide("template", "copy", "basic/square", folder / "t", "--json", cwd=REPOSITORY).succeeds(err=None).objects()
    assert copied[0]["files"]

    elsewhere = {"PYXIDE_CACHE_DIR": folder / "cache"}
    [stats] = pyxide("cache", "stats", "--json", **elsewhere).succeeds().objects()
    assert stats["cache_root"] == str(tmp_path / "f\ufffd" / "cache")
    for words in [["du"], ["list"], ["verify"], ["quarantine", "list"], ["packages"]]:
        pyxide("cache", *words, "--json", **elsewhere).succeeds().objects()
