"""pyxide builds itself with its own backend, around maturin."""

import os
import tarfile
from pathlib import Path

import pytest
from conftest import members, one

ROOT = Path(__file__).parents[2]
TEMPLATES = {str(path.relative_to(ROOT / "templates")): path.read_bytes() for path in (ROOT / "templates").rglob("*") if path.is_file()}


def test_the_wheel_has_the_templates(tools):
    inside = members(tools.wheel)
    laid_in = {name.removeprefix("pyxide/_templates/"): data for name, (data, _) in inside.items() if name.startswith("pyxide/_templates/")}
    assert laid_in == TEMPLATES and len(laid_in) > 10
    assert "pyxide/build_backend.py" in inside and [*inside][-1].endswith(".dist-info/RECORD")


@pytest.fixture(scope="module")
def sdist(tools, tmp_path_factory):
    out = tmp_path_factory.mktemp("sdist")
    # Cargo may have to fetch what other platforms would need, to know all of the workspace.
    tools.uv("build", "--sdist", "-o", out, ROOT, CARGO_NET_OFFLINE="false")
    return one(out, "*.tar.gz")


def test_the_sdist_has_what_a_build_needs(sdist, tools, tmp_path):
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path, filter="data")
    assert len(names) == len(set(names))
    (top,) = tmp_path.iterdir()
    assert {str(path.relative_to(top / "templates")) for path in (top / "templates").rglob("*") if path.is_file()} == set(TEMPLATES)
    for file in ["pyproject.toml", "crates/pyxide-py/self-build/pyxide_self_build.py", "crates/pyxide-py/python/pyxide/build_backend.py"]:
        assert (top / file).read_bytes() == (ROOT / file).read_bytes()
    # Cargo finds all of the workspace that is there, and the backend starts, also where nothing of pyxide is installed.
    tools.run("cargo", "metadata", "--format-version", "1", cwd=top, CARGO_NET_OFFLINE="false")
    code = "import pyxide_self_build as b, json; print(json.dumps({'hooks': [hasattr(b, name) for name in ('build_wheel', 'build_editable', 'build_sdist')]}))"
    target = tools.target(tmp_path / "target")
    target.install("uv", "maturin")
    path = str(top / "crates/pyxide-py/self-build")
    assert target.look("import sys; sys.path.insert(0, %r)\n%s" % (path, code), cwd=top) == {"hooks": [True] * 3}


def test_a_repository_without_templates_is_refused(sdist, tools, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    os.rename(top / "templates", top / "elsewhere")
    said = tools.uv("build", "--wheel", "-o", tmp_path / "out", top, fails=True)
    assert "error: pyproject.toml: there is nothing in `templates`\nhint: check out the whole repository" in said
