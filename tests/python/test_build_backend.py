"""`pyxide.build_backend` itself, around small backends in the tree. Real backends and front ends are in `tests/backends`."""

import ast
import base64
import gzip
import hashlib
import os
import sys
import tarfile
import zipfile

import pytest

# A backend of a few lines, with the hooks that the front ends ask for first.
INNER = """
import base64, hashlib, io, os, tarfile, zipfile

CALLS = []

def wheel(directory, more=()):
    files = {"sample/__init__.py": b"def register(): pass\\n", **dict(more)}
    files["sample-1.0.dist-info/METADATA"] = b"Metadata-Version: 2.1\\nName: sample\\nVersion: 1.0\\nRequires-Python: >=3.10\\n"
    files["sample-1.0.dist-info/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: inner\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    record = "".join("%s,sha256=%s,%d\\n" % (name, digest(data), len(data)) for name, data in files.items())
    files["sample-1.0.dist-info/RECORD"] = (record + "sample-1.0.dist-info/RECORD,,\\n").encode()
    with zipfile.ZipFile(os.path.join(directory, "sample-1.0-py3-none-any.whl"), "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return "sample-1.0-py3-none-any.whl"

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    CALLS.append((config_settings, metadata_directory))
    return wheel(wheel_directory)

def build_sdist(sdist_directory, config_settings=None):
    CALLS.append(config_settings)
    with tarfile.open(os.path.join(sdist_directory, "sample-1.0.tar.gz"), "w:gz") as archive:
        for name, data in {"PKG-INFO": b"Name: sample\\n", "sample/__init__.py": b""}.items():
            info = tarfile.TarInfo("sample-1.0/" + name)
            info.size, info.mtime = len(data), 1234567890
            archive.addfile(info, io.BytesIO(data))
    return "sample-1.0.tar.gz"
"""

PROJECT = """
[build-system]
requires = ["pyxide"]
build-backend = "pyxide.build_backend"

[tool.pyxide.build]
backend = "inner"
backend-path = ["build_tools"]

[tool.pyxide.wheel]
hooks = [{ name = "sample_autoload", call = "sample:register", module = "_sample_hook" }]
files = [{ from = "words.txt", to = "words/one.txt" }]
"""


@pytest.fixture
def project(write, tmp_path):
    """A project: `project(text, files)` changes its pyproject.toml and adds files."""

    def project(settings=PROJECT, **files):
        folder = tmp_path / "project"
        write(folder, {"words.txt": "one\n", "build_tools/inner.py": INNER, "pyproject.toml": settings})
        return write(folder, files)

    return project


@pytest.fixture
def call(start):
    """Runs a program that has the backend as `b`; returns the value it printed, or, with `fails`, what it said."""

    def call(folder, code, fails=False, **environment):
        process = start("from pyxide import build_backend as b\nimport sys, os\n" + code, cwd=folder, **environment)
        out, err = process.communicate(timeout=60)
        assert (process.returncode != 0) == fails, out + err
        return err if fails else ast.literal_eval(out or "None")

    return call


BUILD = "os.makedirs('dist', exist_ok=True); print(repr(b.build_wheel('dist')))"


def test_importing_it_reads_and_imports_next_to_nothing(call, tmp_path):
    # Not even a project is needed.
    code = "print([name for name in ('importlib.machinery', 'tempfile', 'tarfile', 'zipfile', 'json', 're', 'subprocess') if name in sys.modules])"
    assert call(tmp_path, code) == []


def test_it_offers_what_the_inner_backend_has_and_nothing_else(project, call):
    folder = project()
    assert call(folder, "print(dir(b))") == ["build_sdist", "build_wheel"]
    names = ["build_wheel", "build_editable", "get_requires_for_build_wheel", "prepare_metadata_for_build_wheel", "UnsupportedOperation"]
    assert call(folder, "print([hasattr(b, name) for name in %r])" % names) == [True, False, False, False, False]
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text() + "\nclass UnsupportedOperation(Exception): pass\ndef build_editable(*a): pass\ndef prepare_metadata_for_build_editable(*a): return a\n")
    assert call(folder, "print([hasattr(b, name) for name in %r])" % names) == [True, True, False, False, True]
    assert call(folder, "print(b.prepare_metadata_for_build_editable('d', {'x': 'y'}))") == ("d", {"x": "y"})
    # A shim may take them by a star, or one by one.
    shim = "import types; m = types.ModuleType('m'); exec('from pyxide.build_backend import *', m.__dict__); "
    assert call(folder, shim + "print(sorted(name for name in m.__dict__ if not name.startswith('__')))") == [
        "UnsupportedOperation", "build_editable", "build_sdist", "build_wheel", "prepare_metadata_for_build_editable",
    ]  # fmt: skip


def test_settings_and_metadata_are_passed_on_unchanged(project, call):
    code = """
os.mkdir("dist")
settings, folder = {"--option": ["a", "b"]}, "metadata"
b.build_wheel("dist", settings, folder)
b.build_wheel("dist", config_settings=settings, metadata_directory=folder)
b.build_sdist("dist", settings)
import inner
print([inner.CALLS[0][0] is settings, inner.CALLS[0][1] is folder, inner.CALLS[1][0] is settings, inner.CALLS[2] is settings])
"""
    assert call(project(), code) == [True] * 4


def test_requirements_are_merged(project, call):
    folder = project(PROJECT.replace("[tool.pyxide.wheel]", 'requires = ["wheel", "plugin>=2"]\n[tool.pyxide.wheel]'))
    # Some are offered although the backend has none to ask for.
    assert call(folder, "print([dir(b), b.get_requires_for_build_wheel()])") == [
        ["build_sdist", "build_wheel", "get_requires_for_build_sdist", "get_requires_for_build_wheel"], ["wheel", "plugin>=2"],
    ]  # fmt: skip
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text() + "\ndef get_requires_for_build_wheel(settings=None):\n    return ['wheel', settings['x']]\n")
    assert call(folder, "print(b.get_requires_for_build_wheel({'x': 'ninja'}))") == ["wheel", "ninja", "plugin>=2"]


def test_a_backend_may_be_an_object(project, call):
    folder = project(PROJECT.replace('"inner"', '"inner:Backends.one"'))
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text() + "\nclass Backends:\n    class one:\n        build_wheel = staticmethod(build_wheel)\n")
    assert call(folder, "print(dir(b))") == ["build_wheel"]
    assert call(folder, BUILD) == "sample-1.0-py3-none-any.whl"


def test_a_wheel_gets_its_payload(project, call):
    folder = project()
    assert call(folder, BUILD) == "sample-1.0-py3-none-any.whl"
    assert [path.name for path in (folder / "dist").iterdir()] == ["sample-1.0-py3-none-any.whl"]
    with zipfile.ZipFile(folder / "dist/sample-1.0-py3-none-any.whl") as archive:
        names = archive.namelist()
        (line,) = archive.read("sample_autoload.pth").decode().splitlines()
        assert line.startswith("import ") and "_sample_hook" in line
        record = archive.read("sample-1.0.dist-info/RECORD").decode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(b"one\n").digest()).decode().rstrip("=")
        assert "words/one.txt,sha256=%s,4\n" % digest in record
        assert archive.getinfo("words/one.txt").date_time == (1980, 1, 1, 0, 0, 0)
    assert {"_sample_hook.py", "sample_autoload.pth", "words/one.txt"} < set(names) and names[-1].endswith("RECORD")
    # And again, and at another time.
    first = (folder / "dist/sample-1.0-py3-none-any.whl").read_bytes()
    call(folder, BUILD)
    assert (folder / "dist/sample-1.0-py3-none-any.whl").read_bytes() == first
    call(folder, BUILD, SOURCE_DATE_EPOCH=1000000000)
    with zipfile.ZipFile(folder / "dist/sample-1.0-py3-none-any.whl") as archive:
        assert archive.getinfo("words/one.txt").date_time == (2001, 9, 9, 1, 46, 40)


SDIST = "os.makedirs('dist', exist_ok=True); print(repr(b.build_sdist('dist')))"


def test_an_sdist_gets_what_it_lacks(project, call):
    folder = project(**{"build_tools/helper.py": "X = 1\n", "build_tools/unused.py": ""})
    inner = folder / "build_tools/inner.py"
    inner.write_text("import helper\n" + inner.read_text())
    os.chmod(folder / "words.txt", 0o755)
    assert call(folder, SDIST) == "sample-1.0.tar.gz"
    file = folder / "dist/sample-1.0.tar.gz"
    with tarfile.open(file) as archive:
        members = {member.name.partition("/")[2]: member for member in archive}
    # What the backend imports is part of it.
    assert [*members] == [
        "PKG-INFO", "sample/__init__.py", "build_tools/helper.py", "build_tools/inner.py", "pyproject.toml", "words.txt",
    ]  # fmt: skip
    assert members["PKG-INFO"].mtime == 1234567890
    added = members["words.txt"]
    assert (added.mtime, added.mode, added.uid, added.gid, added.uname) == (315532800, 0o755, 0, 0, "")
    assert members["pyproject.toml"].mode == 0o644
    # The same bytes at any time, apart from what the backend says.
    first = gzip.decompress(file.read_bytes())
    call(folder, SDIST)
    assert gzip.decompress(file.read_bytes()) == first
    call(folder, SDIST, SOURCE_DATE_EPOCH=1000000000)
    with tarfile.open(file) as archive:
        assert archive.getmember("sample-1.0/words.txt").mtime == 1000000000
    # A wheel comes out of it.
    with tarfile.open(file) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    call(folder / "unpacked/sample-1.0", BUILD)
    call(folder, BUILD)
    wheel = "dist/sample-1.0-py3-none-any.whl"
    assert (folder / "unpacked/sample-1.0" / wheel).read_bytes() == (folder / wheel).read_bytes()


def test_an_sdist_that_has_all_is_left_alone(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace('"w:gz"', '"w:gz", compresslevel=1').replace('"sample/__init__.py": b""}.items', '**{name: b"" for name in ["words.txt", "pyproject.toml", "build_tools/inner.py"]}}.items'))
    code = "os.mkdir('dist'); os.mkdir('plain'); b.build_sdist('dist', {}); import inner; inner.build_sdist('plain')"
    call(folder, code)
    # gzip's header has the time in it.
    untimed = lambda file: file.read_bytes()[:4] + file.read_bytes()[8:]
    name = "sample-1.0.tar.gz"
    assert untimed(folder / "dist" / name) == untimed(folder / "plain" / name)


def refusal(call, folder, code=BUILD, **environment):
    """What is said of a project that cannot be built, which is no traceback and leaves nothing."""
    said = call(folder, code, fails=True, **environment)
    assert "Traceback" not in said
    assert not (folder / "dist").exists() or not [*(folder / "dist").iterdir()]
    return said


def changed(project, old, new, **files):
    assert old in PROJECT
    return project(PROJECT.replace(old, new), **files)


CONFIGURATION = {
    "unknown key": (
        "files = [", "flies = [",
        "pyproject.toml:12:1: `tool.pyxide.wheel` has no key `flies`",
        "did you mean `files`? The keys are `files`, `folders` and `hooks`",
    ),
    "missing file": (
        'from = "words.txt"', 'from = "worms.txt"',
        "pyproject.toml:12:10: `worms.txt`, which `tool.pyxide.wheel.files[0]` names, does not exist",
        "paths are relative to the folder of pyproject.toml; correct the path or make the file",
    ),
    "escaping target": (
        'to = "words/one.txt"', 'to = "../one.txt"',
        "pyproject.toml:12:37: nothing can be put at `../one.txt`: it leads out with `..`",
        'name a path below site-packages, or another place with `scheme`, such as `scheme = "data"`',
    ),
    "inner backend that cannot be imported": (
        'backend = "inner"\nbackend-path = ["build_tools"]', 'backend = "hatchling_of_nobody.build"',
        "pyproject.toml:7:11: cannot import the backend `hatchling_of_nobody.build`: No module named 'hatchling_of_nobody'",
        "add the package that has it to `requires` in [build-system]",
    ),
    "known backend that is not installed": (
        'backend = "inner"\nbackend-path = ["build_tools"]', 'backend = "mesonpy"',
        "pyproject.toml:7:11: cannot import the backend `mesonpy`: No module named 'mesonpy'",
        'add "meson-python" to `requires` in [build-system]',
    ),
    "backend path": (
        '["build_tools"]', '["tools"]',
        "pyproject.toml:7:11: there is no folder `tools`, in which `inner` should be",
        "correct `backend-path` in [tool.pyxide.build], which is relative to the folder of pyproject.toml, or make the folder",
    ),
    "object": (
        '"inner"', '"inner:nothing"',
        "pyproject.toml:7:11: the backend `inner:nothing` cannot be used: there is no `nothing` in it",
        "correct what follows the colon of `backend` in [tool.pyxide.build]",
    ),
    "a part of an installed backend": (
        'backend = "inner"\nbackend-path = ["build_tools"]', 'backend = "json.nothing"',
        "pyproject.toml:7:11: cannot import the backend `json.nothing`: No module named 'json.nothing'",
        "correct `backend` in [tool.pyxide.build]: there is a `json`, but no `json.nothing`",
    ),
    "itself": (
        'backend = "inner"\nbackend-path = ["build_tools"]', 'backend = "pyxide.build_backend"',
        "pyproject.toml: `backend` in [tool.pyxide.build] leads back to pyxide.build_backend",
        "name the backend that makes the wheel, such as `setuptools.build_meta`",
    ),
    "colliding names": (
        '"words/one.txt" }]', '"words/one.txt" }, { from = "words.txt", to = "words/ONE.txt" }]',
        "pyproject.toml:12:56: `tool.pyxide.wheel.files[1]` puts `words/ONE.txt` into the wheel, and so does `tool.pyxide.wheel.files[0]`",
        "change one of the two",
    ),
    "taken name": (
        'to = "words/one.txt"', 'to = "sample/__init__.py"',
        "pyproject.toml:12:10: `tool.pyxide.wheel.files[0]` puts `sample/__init__.py` into the wheel, and `inner` has put another file there",
        "choose another name, or keep `inner` from putting its own file there",
    ),
    "hook that would fail": (
        "sample:register", "sample.gone:register",
        "pyproject.toml:11:10: the hook calls `sample.gone:register`, and the wheel has `sample` without `sample.gone`",
        "correct `call`, or see that the backend takes the module along: the hook would fail at every start of Python",
    ),
    "function that the module has not": (
        "sample:register", "sample:registers",
        "pyproject.toml:11:10: the hook calls `sample:registers`, and `sample` in the wheel has no `registers`",
        "correct `call`: the hook would fail at every start of Python",
    ),
    "file below a file": (
        '"words/one.txt" }]', '"words" }, { from = "words.txt", to = "words/one.txt" }]',
        "pyproject.toml:12:48: `tool.pyxide.wheel.files[1]` puts `words/one.txt` into the wheel, where the file `words` of `tool.pyxide.wheel.files[0]` (pyproject.toml:12:10) leaves no room for it",
        "change one of the two",
    ),
    "folder in another case": (
        'to = "words/one.txt"', 'to = "Sample/one.txt"',
        "pyproject.toml:12:10: `tool.pyxide.wheel.files[0]` puts `Sample/one.txt` into the wheel, and `inner` has put the folder `sample`, which is the same as `Sample` on some systems, there",
        "choose another name, or keep `inner` from putting its own file there",
    ),
    "file of the same place": (
        'to = "words/one.txt"', 'to = "sample/__init__.py", scheme = "purelib"',
        "pyproject.toml:12:10: `tool.pyxide.wheel.files[0]` puts `sample/__init__.py` into the wheel, and `inner` has put `sample/__init__.py`, which is installed as the same file, there",
        "choose another name, or keep `inner` from putting its own file there",
    ),
    "hook named as a backend's own": (
        '"sample_autoload"', '"__editable__.sample-1.0"',
        "pyproject.toml:11:10: `tool.pyxide.wheel.hooks[0]` is no startup hook that could be written: ",
        "",
    ),
    "no settings": (
        "[tool.pyxide.build]", "[tool.other.build]",
        "pyproject.toml:",
        "write, for example, `[tool.pyxide.build] backend = \"setuptools.build_meta\"`",
    ),
    "no TOML": ("hooks = [{", "hooks = [[{", "pyproject.toml:1", ""),
}  # fmt: skip


@pytest.mark.parametrize("old, new, message, hint", CONFIGURATION.values(), ids=CONFIGURATION)
def test_what_is_wrong_with_a_project_is_said_in_two_lines(old, new, message, hint, project, call):
    said = refusal(call, changed(project, old, new)).splitlines()
    assert said[0].startswith("error: " + message) and len(said) <= 2, said
    if hint:
        assert said[1] == "hint: " + hint


BROKEN = {
    "import no_such_thing": (
        "No module named 'no_such_thing'",
        "the backend was found, and imports `no_such_thing`: add the package that has `no_such_thing` to `requires` in [build-system]",
    ),
    "import scikit_build_core.build": (
        "No module named 'scikit_build_core'",
        'the backend was found, and imports `scikit_build_core`: add "scikit-build-core" to `requires` in [build-system]',
    ),
    "from os import no_such_name": (
        "cannot import name 'no_such_name' from 'os'",
        "the backend was found: correct what it imports, or ask for a version that has this name in `requires` in [build-system]",
    ),
    "x = = 1": (
        "SyntaxError: invalid syntax (inner.py, line 1)",
        "the backend was found, and fails while it is imported: correct it, or ask for another version of it",
    ),
    "\n1 / 0": (
        "ZeroDivisionError: division by zero (",
        "the backend was found, and fails while it is imported: correct it, or ask for another version of it",
    ),
}


@pytest.mark.parametrize("line, reason, hint", [(line, *said) for line, said in BROKEN.items()], ids=["missing", "known", "name", "syntax", "other"])
def test_a_backend_that_fails_by_itself_is_told_from_one_that_is_not_found(line, reason, hint, project, call):
    folder = project(**{"build_tools/inner.py": line + "\n"})
    said = refusal(call, folder).splitlines()
    assert said[0].startswith("error: pyproject.toml:7:11: cannot import the backend `inner`: " + reason) and len(said) == 2, said
    assert said[1] == "hint: " + hint
    if "1 / 0" in line:
        assert said[0].endswith("inner.py, line 2)")
    # Who looks for it finds the whole story.
    code = "try:\n    b.build_wheel\nexcept SystemExit as error:\n    print([isinstance(error.__cause__, (ImportError, SyntaxError, ArithmeticError))])"
    assert call(folder, code) == [True]


def test_a_startup_file_of_the_project_is_judged(project, call):
    folder = changed(project, '{ name = "sample_autoload", call = "sample:register", module = "_sample_hook" }', '{ file = "a.pth" }')
    hook = folder / "a.pth"
    hook.write_bytes(b"\xff\xfe")
    said = refusal(call, folder).splitlines()
    assert said[0].startswith("error: pyproject.toml:11:10: the startup file `a.pth` of `tool.pyxide.wheel.hooks[0]` is wrong: it is not UTF-8")
    assert said[1].startswith("hint: correct the file by the rule `encoding` of `pyxide hook lint`: ")
    hook.write_text("import sample.gone; sample.gone.go()\n")
    said = refusal(call, folder).splitlines()
    assert said[-2].endswith("is wrong (line 1): there is no module `sample.gone` here") and "pyproject.toml:11:10: " in said[-2]
    # That may be the module of a requirement; it is told.
    hook.write_text("import other; other.go()\n")
    code = "import io; os.makedirs('dist', exist_ok=True); sys.stderr = io.StringIO(); b.build_wheel('dist'); sys.stdout.write(repr(sys.stderr.getvalue()))"
    assert "pyxide: `a.pth` (line 1): there is no module `other` here\n" in call(folder, code)


def test_an_in_tree_backend_comes_from_its_path(project, call, write):
    # A module of that name is installed, but not the one that is meant.
    said = refusal(call, changed(project, '"inner"', '"json"'))
    assert "cannot import the backend `json`: there is no `json` in " in said
    # Nor is one that is imported already.
    said = refusal(call, changed(project, '"inner"', '"os"'))
    assert "the backend `os` comes from `" in said and "hint: correct `backend-path` in [tool.pyxide.build]" in said
    folder = changed(project, '["build_tools"]', '["words"]', **{"words/x.py": ""})
    said = refusal(call, folder)
    assert "cannot import the backend `inner`: there is no `inner` in " in said and "correct `backend-path`" in said


def test_what_only_the_wheel_shows_names_the_key_too(project, call):
    folder = changed(project, 'to = "words/one.txt"', 'to = "words/\u00fc.txt"')
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace("    return wheel(wheel_directory)", "    return wheel(wheel_directory, {'words/u\\u0308.txt': b''})"))
    said = refusal(call, folder).splitlines()
    assert said[0].startswith("error: pyproject.toml:12:10: what `tool.pyxide.wheel.files[0]` asks for cannot be put into the wheel: "), said
    assert said[0].endswith(" cannot be in one wheel") and said[1:] == ["hint: change that entry, or what `inner` puts into the wheel"], said


def test_links_that_lead_out_of_the_project(project, call, tmp_path):
    folder = project()
    (tmp_path / "secret").write_text("secret")
    (folder / "words.txt").unlink()
    (folder / "words.txt").symlink_to("../secret")
    said = refusal(call, folder)
    assert "`words.txt`, which `tool.pyxide.wheel.files[0]` names, leads out of the project to" in said
    assert "hint: copy it into the project" in said
    assert "leads out of the project" in refusal(call, folder, SDIST)


def test_the_backend_is_not_called_for_a_project_that_cannot_be_finished(project, call):
    folder = changed(project, 'from = "words.txt"', 'from = "worms.txt"')
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace("    CALLS.append", "    open('called', 'w')\n    CALLS.append"))
    refusal(call, folder)
    refusal(call, folder, SDIST)
    # Nor is a source distribution made from which no wheel could be.
    for old, new, said in [
        ('to = "words/one.txt"', 'to = "x-1.0.dist-info/one.txt"', "belong to the installer"),
        ('name = "sample_autoload"', 'name = "../x"', "a hook cannot be called `../x`"),
    ]:
        (folder / "pyproject.toml").write_text(PROJECT.replace(old, new))
        assert said in refusal(call, folder, SDIST)
    # What only readers in Rust would take, that of uv among them.
    (folder / "pyproject.toml").write_text("\ufeff" + PROJECT, encoding="utf-8")
    for code in BUILD, SDIST, "b.get_requires_for_build_wheel()":
        assert refusal(call, folder, code) == (
            "error: pyproject.toml:1:1: the file begins with a byte order mark, which pip and most backends refuse\n"
            "hint: save the file as UTF-8 without a byte order mark\n"
        )
    assert not (folder / "called").exists()


LINKING = """    with tarfile.open(os.path.join(sdist_directory, "sample-1.0.tar.gz"), "w:gz") as archive:
        for name, to in LINKS:
            info = tarfile.TarInfo("sample-1.0/" + name)
            info.type, info.linkname = tarfile.SYMTYPE, to
            archive.addfile(info)
"""


@pytest.fixture
def linking(project):
    """A project of which two files are links, and whose backend packs these as they are, or as `links` has it."""

    def linking(links):
        entries = 'files = [{ from = "words.txt" }]\nfolders = [{ from = "linked" }]'
        folder = changed(project, 'files = [{ from = "words.txt", to = "words/one.txt" }]', entries)
        for name, text in {"shared/words.txt": "shared\n", "real/below/x.txt": "x\n"}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "words.txt").unlink()
        (folder / "words.txt").symlink_to("shared/words.txt")
        (folder / "linked").symlink_to("real")
        first, *rest = LINKING.splitlines(keepends=True)
        inner = folder / "build_tools/inner.py"
        inner.write_text(INNER.replace(first, first + "".join(rest).replace("LINKS", repr(links))))
        return folder

    return linking


def test_what_links_of_an_sdist_lead_to_is_in_it(linking, call, tmp_path):
    folder = linking([("words.txt", "shared/words.txt"), ("linked", "./real")])
    call(folder, BUILD)
    call(folder, SDIST)
    with tarfile.open(folder / "dist/sample-1.0.tar.gz") as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "out")
    assert len(names) == len(set(names))
    assert {"sample-1.0/words.txt", "sample-1.0/shared/words.txt", "sample-1.0/linked", "sample-1.0/real/below/x.txt"} < set(names)
    assert "sample-1.0/linked/below/x.txt" not in names
    call(tmp_path / "out/sample-1.0", BUILD)
    wheels = [tree / "dist/sample-1.0-py3-none-any.whl" for tree in (folder, tmp_path / "out/sample-1.0")]
    assert wheels[0].read_bytes() == wheels[1].read_bytes()


@pytest.mark.parametrize("link", ["/etc/words.txt", "../words.txt", "words.txt"])
def test_a_link_of_an_sdist_that_leads_nowhere_is_refused(link, linking, call):
    said = refusal(call, linking([("words.txt", link)]), SDIST)
    assert said.startswith("error: the source distribution of `inner` has `words.txt` as a link that leads out of it, to `"), said
    assert said.endswith("hint: make it a relative link to something in the project, or copy the file\n"), said


def test_what_can_be_run_is_the_same_in_an_sdist(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace('"sample/__init__.py": b""}.items', '"words.txt": b"one\\n", "pyproject.toml": b""}.items'))
    os.chmod(folder / "words.txt", 0o755)
    call(folder, SDIST)
    with tarfile.open(folder / "dist/sample-1.0.tar.gz") as archive:
        members = {member.name.partition("/")[2]: member for member in archive}
        assert archive.extractfile("sample-1.0/words.txt").read() == b"one\n"
    assert (members["words.txt"].mode, members["words.txt"].mtime) == (0o755, 1234567890)
    assert members["pyproject.toml"].mode == 0o644 and members["build_tools/inner.py"].mode == 0o644


def test_a_time_that_is_none(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace("    CALLS.append", "    open('called', 'w')\n    CALLS.append"))
    for code in BUILD, SDIST:
        said = refusal(call, folder, code, SOURCE_DATE_EPOCH="now")
        assert said.splitlines()[0] == "error: SOURCE_DATE_EPOCH cannot be `now`"
    assert not (folder / "called").exists()


def test_what_fails_in_the_inner_backend_is_its_own_story(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace("    CALLS.append((", "    raise RuntimeError('no compiler')\n    CALLS.append(("))
    said = call(folder, BUILD, fails=True)
    assert "RuntimeError: no compiler" in said and [*(folder / "dist").iterdir()] == []


@pytest.mark.skipif(not (3, 11) <= sys.version_info < (3, 15), reason="Python's library reads TOML 1.0 from 3.11 to 3.14")
def test_a_backend_that_reads_an_older_toml_says_which_file_it_means(project, call):
    folder = changed(project, "files = [{ from = \"words.txt\",", "files = [{\n    from = \"words.txt\",")
    reads = "    import tomllib\n    tomllib.load(open('pyproject.toml', 'rb'))\n"
    inner = folder / "build_tools/inner.py"
    hook = "\ndef %s(*arguments):\n" + reads
    inner.write_text(INNER.replace("    CALLS.append", reads + "    CALLS.append") + hook % "get_requires_for_build_wheel" + hook % "prepare_metadata_for_build_wheel")
    for code in BUILD, SDIST, "b.get_requires_for_build_wheel()", "b.prepare_metadata_for_build_wheel('dist')":
        said = refusal(call, folder, code)
        assert said.startswith("error: pyproject.toml: `inner` cannot read it: ") and "at line 12" in said, said
        assert said.endswith("\nhint: write it in TOML 1.0, which has no line breaks and no comma at the end between braces\n"), said
    # One that reads it, or another file, is its own story.
    inner.write_text(INNER)
    call(folder, BUILD)
    inner.write_text(INNER.replace("    CALLS.append", "    import tomllib\n    tomllib.loads('x')\n    CALLS.append"))
    (folder / "pyproject.toml").write_text(PROJECT)
    assert "TOMLDecodeError" in call(folder, BUILD, fails=True)


def test_a_wheel_that_is_wrong_is_not_finished(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace("hashlib.sha256(data)", "hashlib.sha256(b'x')"))
    said = refusal(call, folder)
    assert said.startswith("error: ") and "RECORD" in said


def test_what_is_no_sdist(project, call):
    folder = project()
    inner = folder / "build_tools/inner.py"
    inner.write_text(inner.read_text().replace('"sample-1.0/" + name', "name"))
    said = refusal(call, folder, SDIST)
    assert "should have one folder at its top, and has `PKG-INFO`, `sample`" in said


BESIDE = PROJECT.replace('files = [{ from = "words.txt", to = "words/one.txt" }]', 'folders = [{ from = "../shared/words" }] # kept')


@pytest.fixture
def beside(project, write, tmp_path):
    """A project that shares a folder with others."""
    write(tmp_path / "shared", {"words/two.txt": "two\n"})
    return project(BESIDE)


def test_what_lies_beside_the_project_is_in_its_sdist(beside, call, tmp_path):
    assert call(beside, BUILD) == "sample-1.0-py3-none-any.whl"
    with zipfile.ZipFile(beside / "dist/sample-1.0-py3-none-any.whl") as archive:
        assert archive.read("words/two.txt") == b"two\n"
    # Whether the backend packs the settings or leaves that to us, they say where things are in the sdist, and it builds the same wheel.
    for packs in "", "\n    ".join(["", "with open('pyproject.toml', 'rb') as file:", "    FILES['pyproject.toml'] = file.read()"]):
        inner = beside / "build_tools/inner.py"
        text = INNER.replace("    CALLS.append(config_settings)\n    with tarfile", "    CALLS.append(config_settings)\n    FILES = {'PKG-INFO': b'Name: sample', 'zz.txt': b'last'}%s\n    with tarfile" % packs)
        inner.write_text(text.replace('{"PKG-INFO": b"Name: sample\\n", "sample/__init__.py": b""}.items()', "FILES.items()"))
        assert call(beside, "print(repr(b.build_sdist('dist')))") == "sample-1.0.tar.gz"
        out = tmp_path / ("out%d" % len(packs))
        with tarfile.open(beside / "dist/sample-1.0.tar.gz") as archive:
            archive.extractall(out)
            names = archive.getnames()
        assert len(names) == len(set(names)) and "sample-1.0/words/two.txt" not in names
        assert (out / "sample-1.0/pyproject.toml").read_text() == BESIDE.replace("../shared/words", "shared/words")
        assert (out / "sample-1.0/zz.txt").read_text() == "last"
        assert call(out / "sample-1.0", BUILD) == "sample-1.0-py3-none-any.whl"
        with zipfile.ZipFile(out / "sample-1.0/dist/sample-1.0-py3-none-any.whl") as archive:
            assert archive.read("words/two.txt") == b"two\n"


def test_an_sdist_that_has_another_file_there_is_refused(beside, call):
    inner = beside / "build_tools/inner.py"
    inner.write_text(INNER.replace('"sample/__init__.py": b""}.items()', '"shared/words/two.txt": b"other"}.items()'))
    said = call(beside, "b.build_sdist('dist')", fails=True)
    assert "error: the source distribution of `inner` has another `shared/words/two.txt` than `../shared/words/two.txt`, which belongs there\nhint: rename one of the two" in said
