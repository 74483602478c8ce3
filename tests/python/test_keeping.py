"""Modules are pinned, found by a name, and collected."""

import json
import shutil
import sys

import pytest

import pyxide
from conftest import emptied

UNKNOWN = "0" * 64


@pytest.fixture(scope="module")
def pristine(cache_path, tmp_path_factory):
    """A cache with two modules of one name and a third of another, the key of which comes last."""
    emptied(cache_path)
    build = lambda number, name: pyxide.compile_and_load_result(
        "def f(int n):\n    return n * %d\n" % number, module_name=name, cache_dir=cache_path
    )
    results = [build(2, "twin"), build(3, "twin"), build(5, "single")]
    copy = tmp_path_factory.mktemp("pristine") / "cache"
    shutil.copytree(cache_path / "v1" / "entries", copy)
    return copy, results


@pytest.fixture
def filled(pristine, cache):
    copy, results = pristine
    shutil.copytree(copy, cache / "v1" / "entries", copy_function=shutil.copy2)
    shutil.rmtree(cache / "v1" / "pins", ignore_errors=True)
    return results


def of_other(result):
    """Makes an entry one of another interpreter, as an older version wrote it."""
    file = result.build_dir / "meta.json"
    meta = file.read_text()
    file.chmod(0o600)
    meta = json.loads(meta)
    del meta["meta_blake3"]
    text = json.dumps({**meta, "format": 1})
    file.write_text(text.replace("cpython-3%d" % sys.version_info[1], "cpython-399"))


def test_a_pinned_module_is_found_by_its_alias(filled):
    one, other, single = filled
    assert pyxide.pin(one.key, alias="fast") == one.key
    assert pyxide.pin(one.key, alias="fast") == one.key, "pinning again changes nothing"
    pyxide.pin(one.key, alias="fast-2.1")
    assert pyxide.list_pins() == {"fast": one.key, "fast-2.1": one.key}
    assert pyxide.resolve_pinned_key("fast") == one.key
    assert pyxide.import_pinned("fast").f(7) == 14
    result = pyxide.import_pinned_result("fast")
    assert (result.key, result.used_cache) == (one.key, True)
    with pytest.raises(ValueError, match=f"`fast` is already the alias of the cache entry `{one.key}`\nhint: choose another alias"):
        pyxide.pin(other.key, alias="fast")
    assert pyxide.resolve_pinned_key("fast") == one.key
    pyxide.pin(other.key, alias="fast", overwrite=True)
    assert pyxide.import_pinned("fast").f(7) == 21
    assert (pyxide.unpin("fast"), pyxide.unpin("fast")) == (True, False)
    assert pyxide.list_pins() == {"fast-2.1": one.key}


def test_a_pinned_package_is_imported_whole(cache):
    built = pyxide.build_package_from_code_result({"one": "N = 1\n", "two": "from .one import N\n"}, package_name="pinned_package")
    pyxide.pin(built.key, alias="both")
    again = pyxide.import_pinned_result("both")
    assert again.key == built.key and again.modules["two"].N == 1
    assert pyxide.import_pinned("both")["one"] is again.modules["one"]
    assert pyxide.gc_cache(max_bytes=0).deleted_keys == [] and pyxide.cache_stats().n_packages == 1


@pytest.mark.parametrize("function", [pyxide.resolve_pinned_key, pyxide.import_pinned, pyxide.import_pinned_result])
def test_an_unknown_alias_is_a_key_error_that_reads_well(function, filled):
    with pytest.raises(KeyError) as caught:
        function("nothing")
    assert isinstance(caught.value, pyxide.PyxideError)
    assert str(caught.value) == "there is no alias `nothing`\nhint: `pyxide cache pins` shows the aliases there are"
    assert caught.value.hint == "`pyxide cache pins` shows the aliases there are"


@pytest.mark.parametrize("alias", ["", ".", "../up", "a/b", "Upper", "a..b", "-a", "a" * 65, "é", "a\n"])
def test_what_is_no_alias_is_a_value_error(alias, filled):
    for call in (
        lambda: pyxide.pin(filled[0].key, alias=alias),
        lambda: pyxide.unpin(alias),
        lambda: pyxide.resolve_pinned_key(alias),
        lambda: pyxide.import_pinned(alias),
    ):
        with pytest.raises(ValueError, match="is not an alias\nhint: an alias has up to 64 lowercase letters"):
            call()
    assert pyxide.list_pins() == {}


def test_only_what_is_there_is_pinned(cache, filled):
    with pytest.raises(FileNotFoundError, match=f"there is no cache entry `{UNKNOWN}`") as caught:
        pyxide.pin(UNKNOWN, alias="nothing")
    assert isinstance(caught.value, pyxide.PyxideError) and caught.value.hint
    with pytest.raises(ValueError, match="is not a key"):
        pyxide.pin("xyz", alias="nothing")
    assert pyxide.list_pins() == {} and not (cache / "v1" / "pins").exists()
    assert pyxide.list_pins(cache / "nowhere") == {}


def test_a_pin_that_cannot_be_read_is_left_out(cache, filled):
    pyxide.pin(filled[0].key, alias="good")
    pyxide.pin(filled[1].key, alias="bad")
    [file] = (cache / "v1" / "pins").glob("bad*")
    file.write_text("{")
    with pytest.warns(pyxide.CacheWarning, match="is broken") as caught:
        assert pyxide.list_pins() == {"good": filled[0].key}
    assert caught[0].filename == __file__
    # What it protects is not known, so nothing is collected.
    with pytest.raises(pyxide.PyxideError, match="is broken.*\nhint: nothing is collected until it is unpinned"):
        pyxide.gc_cache(max_bytes=0)
    assert len(pyxide.list_cached()) == 3
    assert pyxide.unpin("bad")


def test_a_name_that_one_module_has(filled):
    assert pyxide.import_cached_by_name("single").f(2) == 10
    with pytest.raises(FileNotFoundError, match="there is no module `other` in the cache"):
        pyxide.import_cached_by_name("other")
    with pytest.raises(ValueError, match="2 cache entries are of a module `twin`") as caught:
        pyxide.import_cached_by_name("twin")
    assert all(built.key in str(caught.value) for built in filled[:2])
    assert caught.value.hint == "import one of them by its key"
    with pytest.raises(ValueError, match="../up"):
        pyxide.import_cached_by_name("../up")


def test_modules_of_other_interpreters_have_no_name_here(filled):
    one, other, single = filled
    of_other(one)
    assert pyxide.import_cached_by_name("twin").f(2) == 6, "only one of them is for this interpreter"
    of_other(other)
    with pytest.raises(pyxide.LoadError, match="`twin` is in the cache for other interpreters alone: .*cpython-399.*, and this is CPython 3"):
        pyxide.import_cached_by_name("twin")
    pyxide.pin(one.key, alias="theirs")
    for call in (lambda: pyxide.import_cached(one.key), lambda: pyxide.import_pinned("theirs")):
        with pytest.raises(pyxide.LoadError, match="was built for .*cpython-399.*, and this is CPython 3.*\nhint: build it"):
            call()


def test_collecting_by_rules(cache, filled):
    one, other, single = filled
    nothing = pyxide.gc_cache()
    assert isinstance(nothing, pyxide.CacheGCResult) and nothing.deleted_keys == [] and nothing.freed_bytes == 0
    assert nothing.cache_root == str(cache) and nothing.dry_run is False
    assert pyxide.gc_cache(max_bytes=1e9).deleted_keys == [] == pyxide.gc_cache(max_age_days=1).deleted_keys
    assert pyxide.gc_cache(keep_n_newest=3, max_age_days=0, max_bytes=0).deleted_keys == []
    pyxide.pin(one.key, alias="stays")
    dry = pyxide.gc_cache(max_bytes=0, dry_run=True)
    assert set(dry.deleted_keys) == {other.key, single.key} and dry.skipped_pinned_keys == [one.key]
    assert dry.freed_bytes > 0 and json.loads(json.dumps(dry)) == dry and len(pyxide.list_cached()) == 3
    done = pyxide.gc_cache(max_bytes=0)
    assert {**done, "dry_run": True} == dry and done.failed == [] == done.skipped_active_keys
    assert [entry.key for entry in pyxide.list_cached()] == [one.key]
    assert pyxide.gc_cache(cache_dir=cache / "nowhere", keep_n_newest=0).deleted_keys == []


@pytest.mark.parametrize("rule", [{"keep_n_newest": -1}, {"max_age_days": -0.5}, {"max_bytes": -1}, {"max_age_days": float("nan")}])
def test_negative_rules_are_refused(rule, filled):
    [(name, value)] = rule.items()
    with pytest.raises(ValueError, match=f"{name} is {value}, and must be a number that is not negative"):
        pyxide.gc_cache(**rule, dry_run=True)
    with pytest.raises(TypeError):
        pyxide.gc_cache(**{name: "7"})
    assert len(pyxide.list_cached()) == 3


def test_the_cache_in_numbers(cache, filled):
    pyxide.pin(filled[0].key, alias="one")
    pyxide.pin(filled[0].key, alias="other")
    stats = pyxide.cache_stats()
    assert (stats.n_modules, stats.n_packages, stats.quarantined, stats.broken_pins) == (3, 0, 0, 0)
    assert stats.cache_root == str(cache) and stats.pinned_aliases == ["one", "other"] and stats.pinned_keys == [filled[0].key]
    sizes = [file.stat().st_size for file in (cache / "v1" / "entries").rglob("*") if file.is_file()]
    assert stats.total_bytes == sum(sizes) and stats.oldest_use_utc <= stats.newest_use_utc
    assert json.loads(json.dumps(stats)) == stats
    empty = pyxide.cache_stats(cache / "nowhere")
    assert (empty.n_modules, empty.total_bytes, empty.newest_use_utc) == (0, 0, None)


def test_emptying_the_cache(cache, filled):
    pyxide.pin(filled[0].key, alias="stays")
    purged = pyxide.purge_cache()
    assert set(purged.deleted_keys) == {built.key for built in filled[1:]} and purged.failed == []
    assert purged.skipped_pinned_keys == [filled[0].key] and purged.unpinned_aliases == []
    assert [entry.key for entry in pyxide.list_cached()] == [filled[0].key]
    purged = pyxide.purge_cache(cache, pinned=True)
    assert purged.deleted_keys == [filled[0].key] and purged.unpinned_aliases == ["stays"] and purged.freed_bytes > 0
    assert pyxide.list_cached() == [] and pyxide.list_pins() == {}
    with pytest.raises(FileNotFoundError, match="there is no cache"):
        pyxide.purge_cache(cache / "nowhere")


def test_what_is_damaged_is_found_and_repaired(cache, filled):
    one, other, single = filled
    assert [check.ok for check in pyxide.verify_cached()] == [True] * 3
    single.artifact_path.chmod(0o600)
    single.artifact_path.write_bytes(b"not a module")
    found = {check.key: check for check in pyxide.verify_cached()}
    assert [key for key, check in found.items() if not check.ok] == [single.key]
    assert "is damaged" in found[single.key].reason and found[single.key].action is None
    [repaired] = pyxide.verify_cached(single.key, repair=True)
    assert (repaired.ok, repaired.action) == (False, "rebuilt") and json.loads(json.dumps(repaired)) == repaired
    assert pyxide.verify_cached([single.key])[0].ok and pyxide.cache_stats().quarantined == 1
    # What cannot be made again is not lost either.
    other.artifact_path.chmod(0o600)
    other.artifact_path.write_bytes(b"not a module")
    source = next(other.build_dir.glob("*.pyx"))
    source.chmod(0o600)
    source.write_text("changed")
    [gone] = pyxide.verify_cached([other.key], repair=True)
    assert gone.action == "quarantined" and "its source is damaged, too" in gone.why
    with pytest.raises(FileNotFoundError, match=other.key):
        pyxide.verify_cached(other.key)
    with pytest.raises(ValueError, match="is not a key"):
        pyxide.verify_cached("xyz")
