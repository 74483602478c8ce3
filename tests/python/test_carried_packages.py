"""Packages that leave the cache as bundles and wheels, and arrive whole."""

import os
import subprocess
import sys
import zipfile

import pytest

import pyxide

pytestmark = pytest.mark.skipif(
    not hasattr(pyxide, "build_package_from_code_result"), reason="this version builds no packages from Python"
)

MODULES = {
    "__init__": "VERSION = 1\n",
    "core": "cdef class Vec:\n    def __init__(self, int x):\n        self.x = x\n",
    "sub.algo": "from carried.core cimport Vec\n\ndef twice(Vec one):\n    return one.x * 2\n",
}
SUPPORT = {"core.pxd": "cdef class Vec:\n    cdef public int x\n"}
USE = "import carried.sub.algo as algo, carried.core as core, carried; print(algo.twice(core.Vec(21)), carried.VERSION)"


@pytest.fixture(scope="module")
def built(clean, tmp_path_factory):
    """A cache that has a package, and the package's result."""
    cache = tmp_path_factory.mktemp("built") / "cache"
    options = {"package_name": "carried", "support_files": SUPPORT, "cache_dir": cache}
    result = pyxide.build_package_from_code_result(MODULES, **options)
    forget()
    return cache, result


def forget():
    for name in [name for name in sys.modules if name.split(".")[0] == "carried"]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def forgotten():
    yield
    forget()


def test_a_package_is_carried_with_its_modules(built, tmp_path):
    cache, result = built
    bundle = pyxide.bundle_cached(result.key, tmp_path / "b.tar", cache_dir=cache)
    there = tmp_path / "there"
    entries = pyxide.restore_cached(bundle, cache_dir=there).entries
    assert [(entry["name"], entry["outcome"]) for entry in entries if entry["kind"] == "package"] == [("carried", "new")]
    assert sorted(entry["name"] for entry in entries if entry["kind"] == "module") == ["carried.core", "carried.sub.algo"]
    assert entries[-1]["key"] == result.key, "it comes behind its modules"
    pyxide.import_cached_package(result.key, cache_dir=there)
    assert sys.modules["carried.sub.algo"].twice(sys.modules["carried.core"].Vec(21)) == 42
    # The next build of the same package elsewhere builds nothing.
    forget()
    options = {"package_name": "carried", "support_files": SUPPORT, "cache_dir": there, "build": False}
    assert pyxide.build_package_from_code_result(MODULES, **options).used_cache
    assert {entry["outcome"] for entry in pyxide.restore_cached(bundle, cache_dir=there).entries} == {"equal"}


def test_a_package_becomes_a_wheel(built, tmp_path):
    cache, result = built
    wheel = pyxide.export_wheel(result.key, tmp_path, version="1.0", cache_dir=cache)
    assert wheel.name.startswith("carried-1.0-cp3")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "import sys; sys.path[:0] = [sys.argv[1]]; %s; assert 'pyxide' not in sys.modules" % USE
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code, tmp_path / "site"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "42 1\n"), ran


def test_a_package_that_only_a_layer_has(built, tmp_path):
    cache, result = built
    own = tmp_path / "own"
    with pytest.raises(FileNotFoundError, match=result.key):
        pyxide.import_cached_package(result.key, cache_dir=own)
    found = pyxide.import_cached_package_result(result.key, cache_dir=own, layers=cache)
    assert found.build_dir.is_relative_to(cache) and found.modules["sub.algo"].twice(found.modules["core"].Vec(4)) == 8
    forget()
    pyxide.pin(result.key, alias="layered", cache_dir=cache)
    assert pyxide.import_pinned("layered", cache_dir=own, layers=[cache]).keys() == found.modules.keys()
    pyxide.unpin("layered", cache_dir=cache)
    # It is carried further as if it lay in the own cache.
    expected = pyxide.bundle_cached(result.key, tmp_path / "expected.tar", cache_dir=cache).read_bytes()
    assert pyxide.bundle_cached(result.key, tmp_path / "b.tar", cache_dir=own, layers=cache).read_bytes() == expected
    with pytest.raises(FileNotFoundError, match=result.key):
        pyxide.bundle_cached(result.key, tmp_path / "c.tar", cache_dir=own, layers=[])
    command = [sys.executable, "-m", "pyxide", "cache", "bundle", result.key[:12], "-o", tmp_path / "d.tar"]
    variables = {**os.environ, "PYXIDE_CACHE_DIR": str(own), "PYXIDE_CACHE_LAYERS": str(cache)}
    subprocess.run(command, env=variables, check=True, capture_output=True)
    assert (tmp_path / "d.tar").read_bytes() == expected
    assert pyxide.list_cached(own) == pyxide.list_cached_packages(own) == []


@pytest.mark.parametrize("whole", [False, True])
def test_a_package_has_no_file_of_its_own(built, tmp_path, whole):
    cache, result = built
    with pytest.raises(ValueError, match="is the package `carried`, of several files") as caught:
        pyxide.export_cached(result.key, tmp_path / "out", whole=whole, cache_dir=cache)
    assert "export_wheel" in str(caught.value) and "bundle_cached" in str(caught.value)
    assert [*(tmp_path / "out").iterdir()] == []
