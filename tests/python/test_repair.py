"""`pyxide cache verify --repair`, `purge`, `quarantine`, `stats` and `du`: what becomes of what is damaged or not wanted."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import pyxide
from conftest import emptied

SOURCE = "# cython: boundscheck=False\ndef f(int n):\n    return n * 3\n"


@pytest.fixture(scope="module")
def origin(cache_path, tmp_path_factory):
    """A cache with a module from a text that was built with options, and one from a file with another beside it."""
    emptied(cache_path)
    folder = tmp_path_factory.mktemp("origin")
    (folder / "square.pyx").write_text("include 'n.pxi'\ndef f(int n):\n    return n * n\n")
    (folder / "n.pxi").write_text("N = 1\n")
    text = pyxide.compile_and_load_result(
        SOURCE, compiler_directives={"wraparound": False}, define_macros=[("K", "1")], salt="pepper", cache_dir=cache_path
    )
    file = pyxide.cython_import_result(folder / "square.pyx", cache_dir=cache_path)
    shutil.copytree(cache_path, folder / "cache")
    return folder / "cache", text.key, file.key


@pytest.fixture
def damaged(origin, tmp_path):
    """The same, with a byte of both artifacts turned over."""
    folder, *keys = origin
    cache = tmp_path / "cache"
    shutil.copytree(folder, cache)
    for key in keys:
        [artifact] = (cache / "v1/entries" / key[:2] / key).glob("*.so")
        artifact.chmod(0o644)
        content = bytearray(artifact.read_bytes())
        content[1000] ^= 1
        artifact.write_bytes(content)
        artifact.chmod(0o444)
    return cache, *keys


def run(cache, *words, status=0, **variables):
    """Runs the command of this interpreter, and gives its objects."""
    command = [sys.executable, "-m", "pyxide", "cache", *words, "--json"]
    environment = {**os.environ, "PYXIDE_CACHE_DIR": str(cache), **variables}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == status, ran
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_what_is_damaged_is_built_again_where_the_cache_has_all_that_it_takes(damaged):
    cache, text, file = damaged
    repaired = {one["key"]: one for one in run(cache, "verify", "--repair", status=4)}
    assert (repaired[text]["action"], repaired[text]["why"]) == ("rebuilt", None), repaired[text]
    assert repaired[file]["action"] == "quarantined"
    assert repaired[file]["why"] == "the cache does not have what it was built beside (`n.pxi`): build it from there"
    [verified] = run(cache, "verify")
    assert (verified["key"], verified["ok"]) == (text, True), "under the same key"
    assert pyxide.import_cached(text, cache_dir=cache).f(5) == 15
    kept = run(cache, "quarantine", "list")
    assert sorted(one["key"] for one in kept) == sorted([text, file])
    assert all("does not have the recorded content" in one["reason"] and one["bytes"] > 1000 for one in kept)

    [cleared] = run(cache, "quarantine", "clear", file[:12])
    assert cleared["removed"] == [file] and cleared["bytes_freed"] > 1000
    assert [one["key"] for one in run(cache, "quarantine", "list")] == [text]
    assert run(cache, "quarantine", "clear", file[:12], status=4)[-1]["type"] == "error"
    [cleared] = run(cache, "quarantine", "clear")
    assert cleared["removed"] == [text] and run(cache, "quarantine", "list") == []


def test_a_file_without_anything_beside_it_is_built_again(tmp_path, write):
    """Wherever it lay in its project, and although nobody knows where the project is."""
    cache, project = tmp_path / "cache", tmp_path / "project"
    write(project, {"setup.py": "", "src/pkg/__init__.py": "", "src/pkg/one.pyx": SOURCE, "alone/two.pyx": SOURCE, "include/k.h": ""})
    one = pyxide.cython_import_result(project / "src/pkg/one.pyx", include_dirs=[project / "include"], cache_dir=cache)
    two = pyxide.cython_import_result(project / "alone/two.pyx", profile="fast-debug", cache_dir=cache)
    shutil.rmtree(project)
    for built in (one, two):
        built.artifact_path.unlink()
        built.artifact_path.write_bytes(b"")
    checked = pyxide.verify_cached(cache_dir=cache, repair=True)
    assert {(check.key, check.action, check.why) for check in checked} == {(built.key, "rebuilt", None) for built in (one, two)}
    assert [check.ok for check in pyxide.verify_cached(cache_dir=cache)] == [True, True]
    assert one.artifact_path.stat().st_size > 1000


def test_without_being_told_to_it_only_looks(damaged):
    cache, *keys = damaged
    assert [one["ok"] for one in run(cache, "verify", status=4)] == [False, False]
    assert run(cache, "quarantine", "list") == []


def test_another_toolchain_does_not_make_the_same_again(damaged, tmp_path):
    """What would become another build is not built, and it is said why."""
    cache, text, _ = damaged
    compiler = tmp_path / "cc"
    compiler.write_text('#!/bin/sh\nexec %s "$@"\n' % shutil.which("cc"))
    compiler.chmod(0o755)
    [repaired] = run(cache, "verify", "--repair", text, status=4, CC="%s -DOTHER" % compiler)
    assert repaired["action"] == "quarantined" and "compiler arguments" in repaired["why"], repaired
    assert run(cache, "list")[0]["key"] != text


def test_an_entry_that_says_nothing_moves_to_quarantine(damaged):
    cache, text, _ = damaged
    meta = cache / "v1/entries" / text[:2] / text / "meta.json"
    meta.chmod(0o644)
    meta.write_text("{")
    [repaired] = run(cache, "verify", "--repair", text, status=4)
    assert (repaired["action"], repaired["why"]) == ("quarantined", "its meta.json does not say how")


def test_the_cache_is_counted_weighed_and_emptied(origin, tmp_path):
    folder, text, file = origin
    cache = tmp_path / "cache"
    shutil.copytree(folder, cache)
    run(cache, "pin", text, "--alias", "mine")
    [stats] = run(cache, "stats")
    entries = [path for path in (cache / "v1/entries").rglob("*") if path.is_file()]
    assert (stats["n_modules"], stats["n_packages"]) == (2, 0)
    assert stats["total_bytes"] == sum(path.stat().st_size for path in entries)
    assert (stats["pinned_aliases"], stats["pinned_keys"]) == (["mine"], [text])
    assert stats["oldest_use_utc"] <= stats["newest_use_utc"]
    parts = {one["part"]: one["bytes"] for one in run(cache, "du")}
    assert parts["modules"] == stats["total_bytes"]
    assert sum(parts.values()) == sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    [size] = run(cache, "du", file[:16])
    assert size["key"] == file and 0 < size["bytes"] < stats["total_bytes"]

    [purged] = run(cache, "purge")
    assert (purged["removed"], purged["kept_pinned"]) == ([file], [text])
    assert [one["key"] for one in run(cache, "list")] == [text]
    [purged] = run(cache, "purge", "--pinned")
    assert (purged["removed"], purged["unpinned"]) == ([text], ["mine"])
    left = [path for path in cache.rglob("*") if path.is_file() and "locks" not in path.parts]
    assert left == [cache / "CACHEDIR.TAG"]


def test_an_entry_holds_what_is_needed_and_no_more(origin):
    """The source, the artifact and meta.json; generated code and pages only for who asks for them."""
    folder, text, file = origin
    for key in (text, file):
        names = sorted(path.suffix for path in (folder / "v1/entries" / key[:2] / key).iterdir())
        assert names == [".json", ".pyx", ".so"]


@pytest.mark.parametrize(
    "words",
    [
        ("gc", "--keep-newest", "-1"), ("gc", "--max-age-days", "-1"), ("gc", "--max-bytes", "-1"),
        ("gc", "--keep-newest", "many"), ("du", "0" * 64), ("quarantine", "clear", "0" * 64), ("verify", "--repair", "0" * 64),
    ],
)  # fmt: skip
def test_numbers_and_keys_that_mean_nothing_change_nothing(origin, words):
    folder, *_ = origin
    before = sorted(folder.rglob("*"))
    command = [sys.executable, "-m", "pyxide", "cache", *words]
    ran = subprocess.run(command, env={**os.environ, "PYXIDE_CACHE_DIR": str(folder)}, capture_output=True, text=True)
    assert ran.returncode in (2, 4) and ran.stderr.startswith("error: ") and words[-1] in ran.stderr, ran
    assert sorted(folder.rglob("*")) == before
