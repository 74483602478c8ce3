"""Carrying cached modules to another machine in one file."""

import json
import shutil
import subprocess
import sys
import tarfile

import pytest

import pyxide

SQUARE = "def square(int n):\n    return n * n\n"


@pytest.fixture(scope="module")
def built(clean, tmp_path_factory):
    """A project, a cache that has its module, and the module's key."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "square.pyx").write_text(SQUARE + 'include "more.pxi"\n')
    (folder / "more.pxi").write_text("MORE = 1\n")
    result = pyxide.cython_import_result(folder / "square.pyx", cache_dir=folder / "cache")
    del sys.modules["square"]
    return folder, folder / "cache", result.key


@pytest.fixture
def bundle(built, tmp_path):
    _, cache, key = built
    return pyxide.bundle_cached(key, tmp_path / "b.tar", cache_dir=cache)


def entries(cache):
    return sorted(path.name for path in cache.glob("v1/entries/*/*"))


def test_a_restored_module_is_a_hit_without_tools(built, bundle, tmp_path, python, empty):
    folder, cache, key = built
    there = tmp_path / "there"
    restored = pyxide.restore_cached(bundle, cache_dir=there)
    assert json.loads(json.dumps(restored)) == {
        "path": str(bundle),
        "entries": [{"key": key, "name": "square", "kind": "module", "outcome": "new"}],
        "pins": [],
    }
    # The project lies elsewhere there, too.
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved, ignore=shutil.ignore_patterns("cache"))
    code = """
        import sys, pyxide
        r = pyxide.cython_import_result(sys.argv[1], build=False)
        print(r.used_cache, r.key, r.module.square(7), r.module.MORE, r.meta["origin"])
        print(sorted({"Cython", "setuptools", "numpy"} & set(sys.modules)))
    """
    out = python(code, moved / "square.pyx", PYXIDE_CACHE_DIR=there)
    origin = {"imported": {"from": str(bundle)}}
    assert out == "True %s 49 1 %s\n[]\n" % (key, origin)
    python(code, moved / "square.pyx", PYXIDE_CACHE_DIR=there, PATH=empty, CC="nothing", quiet=False)
    # What is included counts, as with any build.
    (moved / "more.pxi").write_text("MORE = 2\n")
    with pytest.raises(pyxide.PyxideError, match="not in the cache"):
        pyxide.cython_import(moved / "square.pyx", build=False, cache_dir=there)


def test_what_is_there_stays(built, bundle, tmp_path):
    _, cache, key = built
    there = tmp_path / "there"
    pyxide.restore_cached(bundle, cache_dir=there)
    [again] = pyxide.restore_cached(bundle, cache_dir=there).entries
    assert again["outcome"] == "equal"
    [back] = pyxide.restore_cached(bundle, cache_dir=cache).entries
    assert (back["outcome"], pyxide.import_cached_result(key, cache_dir=cache).meta["origin"]) == ("equal", "built")
    # A bundle of what was restored has the same digests, and can be restored.
    second = pyxide.bundle_cached([key], tmp_path / "second.tar", cache_dir=there)
    [entry] = pyxide.restore_cached(second, cache_dir=tmp_path / "third").entries
    assert entry["outcome"] == "new"


def test_everybody_can_look_into_a_bundle(built, bundle):
    _, cache, key = built
    with tarfile.open(bundle) as archive:
        names = archive.getnames()
        assert names[0] == "index.json" and names[1] == key + "/meta.json"
        assert all(member.isreg() and member.mtime == 0 for member in archive)
        index = json.load(archive.extractfile("index.json"))["bundle"]
        meta = json.load(archive.extractfile(names[1]))
        assert archive.extractfile(key + "/square.pyx").read().decode().startswith(SQUARE)
    assert [entry["key"] for entry in index["entries"]] == [key] == [meta["key"]]
    assert str(cache) not in bundle.read_bytes().decode("latin-1"), "it says nothing of where it was made"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[:-1], "cut short"),
        (lambda data: data[: len(data) // 2], "cut short"),
        (lambda data: b"", "does not begin as a bundle does"),
        (lambda data: data + b"x", "behind its end"),
        (lambda data: data.replace(b"return n * n", b"return n + n"), "recorded content"),
        (lambda data: data.replace(b"\x7fELF", b"\x7fELG"), "recorded content"),
    ],
)
def test_a_spoilt_bundle_is_refused_and_nothing_changed(bundle, tmp_path, spoil, reason):
    bundle.write_bytes(spoil(bundle.read_bytes()))
    with pytest.raises(pyxide.BundleError, match=reason) as caught:
        pyxide.restore_cached(bundle, cache_dir=tmp_path / "there")
    assert str(bundle) in str(caught.value) and "nothing of it was restored" in caught.value.hint
    assert isinstance(caught.value, ValueError)
    assert entries(tmp_path / "there") == []


def test_pins_come_along_when_asked(built, tmp_path):
    _, cache, key = built
    subprocess.run(
        [sys.executable, "-m", "pyxide", "cache", "pin", key, "--alias", "mine", "--cache-dir", str(cache)], check=True
    )
    plain = pyxide.bundle_cached(key, tmp_path / "plain.tar", cache_dir=cache)
    pinned = pyxide.bundle_cached(key, tmp_path / "pinned.tar", pins=True, cache_dir=cache)
    assert pyxide.restore_cached(plain, pins=True, cache_dir=tmp_path / "a").pins == []
    assert pyxide.restore_cached(pinned, cache_dir=tmp_path / "b").pins == []
    assert pyxide.restore_cached(pinned, pins=True, cache_dir=tmp_path / "b").pins == ["mine"]
    assert pyxide.restore_cached(pinned, pins=True, cache_dir=tmp_path / "b").pins == ["mine"]


def test_what_cannot_be_bundled_is_named(built, tmp_path):
    _, cache, key = built
    missing = "5f" * 32
    with pytest.raises(FileNotFoundError, match=missing):
        pyxide.bundle_cached([key, missing], tmp_path / "b.tar", cache_dir=cache)
    with pytest.raises(ValueError, match="no-key"):
        pyxide.bundle_cached("no-key", tmp_path / "b.tar", cache_dir=cache)
    assert not (tmp_path / "b.tar").exists()
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(FileExistsError):
        pyxide.bundle_cached(key, tmp_path / "b.tar", cache_dir=cache)
    assert (tmp_path / "b.tar").read_text() == "mine"
    pyxide.bundle_cached(key, tmp_path / "b.tar", overwrite=True, cache_dir=cache)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".", "b"))) == ["b.tar"]
    with pytest.raises(FileNotFoundError, match="nothing.tar"):
        pyxide.restore_cached(tmp_path / "nothing.tar", cache_dir=tmp_path / "there")
