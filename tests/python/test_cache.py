"""What is in the cache can be listed, and imported without its source or any tool."""

import json
import shutil
import sys
from pathlib import Path

import pytest

import pyxide
from conftest import emptied


@pytest.fixture(scope="module")
def pristine(cache_path, tmp_path_factory):
    """A cache with three entries, and their results."""
    # Whatever test was before.
    emptied(cache_path)
    build = lambda number: pyxide.compile_and_load_result(
        "def f(int n):\n    return n * n\n", module_name="listed_%d" % number, cache_dir=cache_path
    )
    results = [build(number) for number in range(3)]
    copy = tmp_path_factory.mktemp("pristine") / "cache"
    shutil.copytree(cache_path / "v1" / "entries", copy)
    return copy, results


@pytest.fixture
def filled(pristine, cache):
    """The results whose entries are in the cache."""
    copy, results = pristine
    shutil.copytree(copy, cache / "v1" / "entries", copy_function=shutil.copy2)
    return results


def test_the_list(cache, filled):
    entries = pyxide.list_cached()
    assert [entry.key for entry in entries] == sorted(built.key for built in filled)
    by_key = {built.key: built for built in filled}
    for entry in entries:
        built = by_key[entry.key]
        assert isinstance(entry, pyxide.CacheEntry)
        assert entry["key"] == entry.key
        assert entry.module_name == built.module_name
        assert Path(entry.build_dir) == built.build_dir
        assert Path(entry.artifact_path) == built.artifact_path
        assert entry.artifact_size == built.artifact_path.stat().st_size
        assert entry.created_utc == built.created_utc
        assert entry.fingerprint == built.fingerprint
        assert repr(entry).startswith("CacheEntry(") and entry.key in repr(entry)
        with pytest.raises(AttributeError, match="no_such"):
            entry.no_such
    assert json.loads(json.dumps(entries)) == entries
    assert pyxide.list_cached(cache) == pyxide.list_cached(str(cache)) == entries


def test_an_empty_cache_has_an_empty_list(tmp_path):
    assert pyxide.list_cached() == []
    assert pyxide.list_cached(tmp_path / "nowhere") == []
    # Looking makes nothing.
    assert not (tmp_path / "nowhere").exists() and not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\xff\xfe", b'{"format": 1}'])
def test_a_broken_entry_is_left_out_of_the_list(content, cache, filled):
    broken = filled[0]
    (broken.build_dir / "meta.json").write_bytes(content)
    with pytest.warns(pyxide.CacheWarning) as caught:
        entries = pyxide.list_cached()
    assert len(caught) == 1 and broken.key in str(caught[0].message)
    assert caught[0].filename == __file__
    assert [entry.key for entry in entries] == sorted(built.key for built in filled[1:])


def test_other_things_in_the_cache_are_left_alone(cache, filled):
    shard = filled[0].build_dir.parent
    (shard / "notes.txt").write_text("mine")
    (shard.parent / "lost+found").mkdir()
    assert len(pyxide.list_cached()) == 3


def test_a_key_is_all_that_is_needed(cache, filled, tmp_path, empty, python):
    program = """
        import pyxide, sys
        module = pyxide.import_cached(sys.argv[1])
        result = pyxide.import_cached_result(sys.argv[1], cache_dir=sys.argv[2])
        assert result.module is module
        print(module.__name__, module.f(9), result.used_cache, result.key == sys.argv[1])
    """
    for built in filled[:2]:
        out = python(program, built.key, cache, PYXIDE_CACHE_DIR=cache, PATH=empty, cwd=empty)
        assert out == "%s 81 True True\n" % built.module_name


@pytest.mark.parametrize("key", ["", "xyz", "a" * 63, "A" * 64, "g" * 64, "../" * 21 + "a", "a" * 65])
def test_what_is_no_key_is_a_value_error(key, tmp_path):
    with pytest.raises(ValueError, match="is not a key") as caught:
        pyxide.import_cached(key)
    assert key in str(caught.value)


@pytest.mark.parametrize("function", [pyxide.import_cached, pyxide.import_cached_result])
def test_an_unknown_key_is_not_found(function, filled):
    with pytest.raises(FileNotFoundError, match="0" * 64):
        function("0" * 64)


def test_a_damaged_entry_is_not_imported_by_key(cache, filled):
    built = filled[1]
    data = bytearray(built.artifact_path.read_bytes())
    data[-1] ^= 1
    built.artifact_path.chmod(0o600)
    built.artifact_path.write_bytes(data)
    with pytest.raises(pyxide.LoadError, match="damaged") as caught:
        pyxide.import_cached(built.key)
    assert built.key in str(caught.value) and caught.value.hint
    assert built.module_name not in sys.modules


def test_an_entry_for_another_interpreter_is_not_imported(cache, filled):
    """Its meta.json says so; what it names is not even opened."""
    built = filled[2]
    meta = (built.build_dir / "meta.json").read_text()
    (built.build_dir / "meta.json").chmod(0o600)
    # As an older version wrote it, without a digest of itself.
    meta = meta.split(',"meta_blake3"')[0].replace('"format":3', '"format":1') + "}"
    (built.build_dir / "meta.json").write_text(meta.replace("cpython-3%d" % sys.version_info[1], "cpython-399"))
    with pytest.raises(pyxide.LoadError, match="built for"):
        pyxide.import_cached(built.key)


def test_the_cache_folder(tmp_path, monkeypatch):
    given, variable, xdg, home = (tmp_path / name for name in ["given", "variable", "xdg", "home"])
    monkeypatch.setenv("PYXIDE_CACHE_DIR", str(variable))
    monkeypatch.setenv("XDG_CACHE_HOME", str(xdg))
    monkeypatch.setenv("HOME", str(home))
    assert pyxide.get_cache_dir(given) == pyxide.get_cache_dir(str(given)) == given
    assert pyxide.get_cache_dir(cache_dir=given) == given
    assert pyxide.get_cache_dir() == variable
    monkeypatch.delenv("PYXIDE_CACHE_DIR")
    assert pyxide.get_cache_dir() == xdg / "pyxide"
    monkeypatch.setenv("PYXIDE_CACHE_DIR", "")
    assert pyxide.get_cache_dir() == xdg / "pyxide"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert pyxide.get_cache_dir() == home / ".cache" / "pyxide"
    # The basedir specification: a relative path is ignored.
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert pyxide.get_cache_dir() == home / ".cache" / "pyxide"
    monkeypatch.chdir(tmp_path)
    assert pyxide.get_cache_dir("here") == tmp_path / "here"

    for folder in [given, variable, xdg / "pyxide", home / ".cache" / "pyxide"]:
        assert folder.is_dir() and folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert isinstance(pyxide.get_cache_dir(), Path)


def test_the_argument_chooses_the_cache(tmp_path, python, square):
    program = """
        import pyxide, sys
        result = pyxide.compile_and_load_result(sys.argv[1], cache_dir=sys.argv[2])
        print(result.build_dir)
    """
    folder = python(program, square, "given", cwd=tmp_path).strip()
    assert (tmp_path / "given").resolve() in Path(folder).parents
    assert not (tmp_path / "cache").exists()


def test_without_any_folder_it_is_said(python, square):
    program = """
        import os, pyxide
        for name in ["HOME", "XDG_CACHE_HOME", "PYXIDE_CACHE_DIR"]:
            os.environ.pop(name, None)
        try:
            pyxide.get_cache_dir()
        except pyxide.PyxideError as error:
            print(error)
    """
    out = python(program)
    assert "PYXIDE_CACHE_DIR" in out and "hint: " in out
