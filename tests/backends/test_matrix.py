"""Every backend, by every front end: wheel, editable wheel, source distribution, and the wheel from that.

By default each backend and each front end has its turn once; with `--full` all do.
"""

import tarfile

import pytest
from conftest import ALL, members
from projects import BACKENDS, FILES, NAME, VERSION, make

FRONT_ENDS = ["pip", "build", "uv"]

# pip makes no source distributions, and build no editable wheels.
CELLS = [
    (backend, front_end, way)
    for backend in BACKENDS
    for front_end in FRONT_ENDS
    for way in ["wheel", "editable", "sdist"]
    if (front_end, way) not in [("pip", "sdist"), ("build", "editable")]
]
SHORT = [
    ("setuptools", "pip", "editable"),
    ("hatchling", "build", "sdist"),
    ("flit_core", "uv", "sdist"),
    ("pdm-backend", "uv", "wheel"),
    ("poetry-core", "uv", "editable"),
    ("uv_build", "uv", "editable"),
    ("maturin", "uv", "wheel"),
    ("scikit-build-core", "uv", "wheel"),
    ("meson-python", "uv", "sdist"),
]


@pytest.mark.parametrize("backend, front_end, way", CELLS if ALL else SHORT)
def test_it_is_built_installed_and_gone(backend, front_end, way, tools, tmp_path):
    project = make(backend, tmp_path / NAME)
    target = tools.target(tmp_path / "target")
    installer = "pip" if front_end == "pip" else "uv"
    if way == "editable":
        check_editable(backend, installer, project, target)
        return
    if way == "wheel":
        wheel = tools.build_wheel(front_end, project, tmp_path / "dist")
    else:
        sdist, wheel = tools.build_both(front_end, project, tmp_path / "dist")
        check_sdist(sdist)
        # Front ends build them from the same bytes, and so do backends.
        direct = tools.build_wheel(front_end, project, tmp_path / "direct")
        assert alike(direct) == alike(wheel) and direct.name == wheel.name
    check_wheel(wheel, backend)
    before = target.files()
    target.install(installer, "--no-deps", wheel)
    seen = target.look()
    site = str(target.folder)
    assert seen.pop("lexicon").startswith(site) and seen.pop("words").startswith(site) and seen.pop("file").startswith(site)
    assert seen.pop("nested")
    assert seen == {"version": VERSION, "hook": True, "runs": True, "tool": True, "draft": None, "left": None}
    target.uninstall(installer, NAME)
    assert target.files() == before


def alike(wheel):
    """All that is in a wheel, apart from where it was built, which maturin's list of parts and rustc's program hold."""
    inside = members(wheel)
    placed = {name for name in inside if "/sboms/" in name or name.endswith(".data/scripts/sample")}
    return {name: it for name, it in inside.items() if name not in placed and not (placed and name.endswith("/RECORD"))}


def check_wheel(wheel, backend):
    inside = members(wheel)
    # Only maturin and CMake make files for a platform here.
    assert wheel.name.endswith("-py3-none-any.whl") or backend in ("maturin", "scikit-build-core"), wheel.name
    added = {"sample_autoload.pth", "_sample_hook.py", "words/one.txt", "words/run.sh", "words/nested/two, and.txt", "lexicon/index.txt"}
    added.add("sample-%s.data/data/share/sample/tool.sh" % VERSION)
    assert added <= set(inside)
    modes = {name: inside[name][1] & 0o777 for name in added}
    runs = {name for name, mode in modes.items() if mode == 0o755}
    assert runs == {name for name in added if name.endswith(".sh")} and set(modes.values()) == {0o644, 0o755}
    assert [*inside][-1].endswith(".dist-info/RECORD")


def check_sdist(sdist):
    assert sdist.name == "%s-%s.tar.gz" % (NAME, VERSION)
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        assert len(names) == len(set(names)) and {name.split("/")[0] for name in names} == {"%s-%s" % (NAME, VERSION)}
        inside = {name.partition("/")[2]: name for name in names}
        wanted = {*FILES, "pyproject.toml"} - {"words/three.draft", "words/nested/left/out.txt"}
        assert wanted <= set(inside)
        for file in wanted & {"words/run.sh", "tools/tool.sh"}:
            assert archive.getmember(inside[file]).mode & 0o100


def check_editable(backend, installer, project, target):
    options = []
    if backend == "meson-python":
        # It builds again when it is imported, with what it finds then.
        target.install("uv", "pyxide", backend, *BACKENDS[backend].needs)
        options = ["--no-build-isolation"]
    before = target.files()
    path = {"PATH": "%s:%s" % (target.folder / "bin", target.tools.environment["PATH"])}
    target.install(installer, "--no-deps", *options, "-e", project, **path)
    seen = target.look(**path)
    assert seen["hook"] and seen["version"] == VERSION and seen["tool"]
    # A folder is copied, or looked at where it is.
    assert seen["words"].startswith(str(target.folder)) and seen["lexicon"] == str(project / "data/lexicon/index.txt")
    assert seen["file"] == str(project / "src/sample/__init__.py") and seen["draft"] is seen["left"] is None
    (project / "data/lexicon/new.txt").write_text("new")
    code = "import os, sys, json; print(json.dumps({'new': any(os.path.exists(it + '/lexicon/new.txt') for it in sys.path)}))"
    assert target.look(code, **path) == {"new": True}
    target.uninstall(installer, NAME)
    assert target.files() == before


@pytest.mark.parametrize("backend", ["setuptools", "hatchling", "flit_core", "poetry-core", "uv_build"] if ALL else ["uv_build"])
def test_a_hook_that_is_named_as_the_package_does_not_hide_it(backend, tools, tmp_path):
    # The editable wheels of some backends have a file of this name, and the last one written would win.
    project = make(backend, tmp_path / NAME, hook=NAME)
    target = tools.target(tmp_path / "target")
    before = target.files()
    target.install("uv", "--no-deps", "-e", project)
    seen = target.look()
    assert seen["hook"] and seen["file"] == str(project / "src/sample/__init__.py")
    target.uninstall("uv", NAME)
    assert target.files() == before


@pytest.mark.parametrize("backend", BACKENDS if ALL else ["setuptools"])
def test_metadata_is_what_the_wheel_has(backend, tools, tmp_path):
    project = make(backend, tmp_path / NAME)
    target = tools.target(tmp_path / "target")
    target.install("uv", "pyxide", backend, *BACKENDS[backend].needs)
    path = "%s:%s" % (target.folder / "bin", tools.environment["PATH"])
    out = target.look(COMPARE, cwd=project, PATH=path)
    for hook, same in out.items():
        assert same is True, (hook, same)
    assert "build_wheel" in out


COMPARE = """
import contextlib, json, os, sys, tempfile, zipfile
with contextlib.redirect_stdout(sys.stderr):
    from pyxide import build_backend
    out = {}
    for kind in ["wheel", "editable"]:
        with tempfile.TemporaryDirectory() as folder:
            prepare = getattr(build_backend, "prepare_metadata_for_build_" + kind, None)
            prepared = prepare and os.path.join(folder, prepare(folder))
            os.mkdir(os.path.join(folder, "dist"))
            wheel = getattr(build_backend, "build_" + kind)(os.path.join(folder, "dist"), None, prepared)
            with zipfile.ZipFile(os.path.join(folder, "dist", wheel)) as archive:
                inside = archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))
            same = True
            if prepared:
                with open(os.path.join(prepared, "METADATA"), "rb") as file:
                    text = file.read()
                same = text == inside or [text.decode(), inside.decode()]
            out["build_" + kind] = same
print(json.dumps(out))
"""
