"""Builds of the package as its users make them: source distribution, wheel, editable install. Each is a build of Rust, whose parts the wheel of the test run has left."""

import json
import os
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import PROJECT, ROOT, Home, run

FULL = os.environ.get("PYXIDE_VLAAMS_FULL") == "1"
HELLO = "# coding: vlaamsplats\nklap tekst gdag amen\n"
# An environment of its own for each build would have to be filled from an index; this one has all that pyproject.toml asks for.
BUILD = [sys.executable, "-m", "build", "--no-isolation"]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(*BUILD, "--sdist", "-o", folder, PROJECT, PATH=path())
    (file,) = folder.iterdir()
    return file


def path():
    """Where maturin is found, as in an environment made for the build."""
    return os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])


def test_the_sdist_has_what_lies_beside_the_project(sdist, tmp_path):
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (top,) = tmp_path.iterdir()
    files = {str(file.relative_to(top)) for file in top.rglob("*") if file.is_file()}
    packs = {str(file.relative_to(ROOT)) for file in (ROOT / "dialects").rglob("*.json")}
    assert packs <= files and {"pyproject.toml", "PKG-INFO", "Cargo.lock", "crates/plats/src/main.rs", "build/vlaamscodex_build.py"} <= files
    text = (top / "pyproject.toml").read_text()
    assert 'from = "dialects"' in text and "../" not in text
    # Cargo finds all of the workspace that is there.
    done = run("cargo", "metadata", "--format-version", "1", "--no-deps", "--offline", cwd=top)
    assert {"plats", "platskript", "dialect", "vlaamscodex-py"} <= {package["name"] for package in json.loads(done.stdout)["packages"]}


@pytest.mark.skipif(not FULL, reason="built from scratch with --full alone")
def test_a_wheel_from_the_sdist_is_the_wheel(sdist, wheel, tmp_path):
    run(*BUILD, "--wheel", "-o", tmp_path / "dist", sdist_folder(sdist, tmp_path), PATH=path())
    (made,) = (tmp_path / "dist").iterdir()
    assert contents(made) == contents(wheel)


def sdist_folder(sdist, folder):
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (top,) = (folder / "unpacked").iterdir()
    return top


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: (archive.read(info), info.external_attr) for info in archive.infolist()}


def test_an_editable_install(tmp_path, program):
    interpreter = os.environ["PYXIDE_VLAAMS_PYTHONS"].split(os.pathsep)[0]
    home = Home(tmp_path / "env", interpreter)
    before = home.files()
    # What pip does for `pip install -e .`: it asks the backend for a wheel that leads to the project, and installs that.
    code = "import sys, pyxide.build_backend as backend; print(backend.build_editable(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=PROJECT, env={**os.environ, "PATH": path()}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    wheel = tmp_path / done.stdout.splitlines()[-1]
    home.uv("install", "--no-deps", wheel)
    assert home.says(program(HELLO)) == "gdag\n"
    assert home.says("-c", "import vlaamscodex; print(vlaamscodex.__file__)").strip() == str(PROJECT / "python/vlaamscodex/__init__.py")
    assert home.says("-c", "import codecs; print(codecs.lookup('vlaamsplats'))").startswith("<codecs.CodecInfo object for encoding vlaamsplats")
    code = "from vlaamscodex.dialects.transformer import _folder; print(_folder())"
    assert home.says("-c", code).strip() == str(ROOT / "dialects")
    assert (home.site / "vlaamscodex_autoload.pth").exists() and (home.site / "dialects/index.json").exists()
    assert run(home.bin / "plats", "dialecten", cwd=tmp_path).stdout
    home.uv("uninstall", "vlaamscodex")
    assert home.files() == before
