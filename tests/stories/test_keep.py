"""Keeping the cache small and safe: pins, collecting, exporting, sweeping, and whose cache is used."""

import json
import os
import shutil
import stat
import time

import pytest
from quick import only_in_full


@pytest.fixture
def keys(filled, pyxide):
    """The keys of `cube` and `square`, in this order."""
    found = {one["module_name"]: one["key"] for one in pyxide("cache", "list", "--json").succeeds().objects()}
    return [found["cube"], found["square"]]


def entry(cache, key):
    return cache / "v1" / "entries" / key[:2] / key


def used(cache, key, days):
    """Makes an entry look as if it was used last so many days ago."""
    then = time.time() - days * 86400
    os.utime(entry(cache, key), (then, then))


def listed(pyxide):
    return {one["key"] for one in pyxide("cache", "list", "--json").succeeds(err=None).objects()}


def test_without_a_rule_nothing_is_removed(pyxide, keys):
    ran = pyxide("cache", "gc").succeeds(err=None)
    assert "rule" in ran.err
    assert listed(pyxide) == set(keys)


def test_old_entries_are_removed_and_pinned_ones_stay(pyxide, keys, cache):
    old, new = keys
    used(cache, old, 40)
    assert old[:16] in pyxide("cache", "gc", "--max-age-days", "30", "--dry-run").succeeds().out
    assert listed(pyxide) == set(keys), "a dry run removes nothing"
    pyxide("cache", "pin", old[:12], "--alias", "mine").succeeds()
    [report] = pyxide("cache", "gc", "--max-age-days", "30", "--json").succeeds().objects()
    assert (report["removed"], report["kept_pinned"]) == ([], [old])
    assert old[:16] in pyxide("cache", "pins").succeeds().out
    pyxide("cache", "unpin", "mine").succeeds()
    [report] = pyxide("cache", "gc", "--max-age-days", "30", "--json").succeeds().objects()
    assert report["removed"] == [old] and report["bytes_freed"] > 1000
    assert listed(pyxide) == {new}
    assert not (cache / "v1" / "trash").exists() or not [*(cache / "v1" / "trash").iterdir()]


def test_a_use_keeps_an_entry(pyxide, keys, cache):
    cube, square = keys
    for key in keys:
        used(cache, key, 40)
    pyxide("run", "square.pyx", "--call", "square(3)").succeeds("9\n")
    [report] = pyxide("cache", "gc", "--max-age-days", "30", "--json").succeeds().objects()
    assert report["removed"] == [cube]
    assert listed(pyxide) == {square}


def test_the_least_recently_used_go_first(pyxide, keys, cache):
    cube, square = keys
    used(cache, cube, 2)
    used(cache, square, 3)
    [report] = pyxide("cache", "gc", "--keep-newest", "1", "--json").succeeds().objects()
    assert report["removed"] == [square]
    [report] = pyxide("cache", "gc", "--max-bytes", "1K", "--json").succeeds().objects()
    assert report["removed"] == [cube]
    pyxide("run", "cube.pyx", "--call", "cube(2)").succeeds("8\n")


def test_a_collected_module_is_explained_and_built_again(pyxide, keys):
    pyxide("cache", "gc", "--max-bytes", "0").succeeds()
    assert "removed since" in pyxide("explain", "square.pyx").succeeds().out
    [built] = pyxide("build", "square.pyx", "--json").succeeds().objects()
    assert (built["used_cache"], built["key"]) == (False, keys[1])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["pin", "KEY", "--alias", "Not An Alias"], "Not An Alias"),
        (["pin", "KEY", "--alias", "../x"], "../x"),
        (["pin", "0" * 64, "--alias", "x"], "0" * 64),
        (["export", "0" * 64, "x.so"], "0" * 64),
        (["export", "KEY", "nowhere/x.so"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told(pyxide, keys, words, named):
    words = [keys[0] if word == "KEY" else word for word in words]
    ran = pyxide("cache", *words).fails(4)
    assert named in ran.err and ran.err.count("error: ") == 1, ran


def test_an_alias_is_not_taken_away_silently(pyxide, keys):
    first, second = keys
    pyxide("cache", "pin", first, "--alias", "mine").succeeds()
    pyxide("cache", "pin", first, "--alias", "mine").succeeds()
    ran = pyxide("cache", "pin", second, "--alias", "mine").fails(4)
    assert first in ran.err and "hint: " in ran.err
    pyxide("cache", "pin", second, "--alias", "mine", "--overwrite").succeeds()
    [pin] = pyxide("cache", "pins", "--json").succeeds().objects()
    assert (pin["alias"], pin["key"]) == ("mine", second)


def test_export(pyxide, keys, tmp_path, cache, interpreter):
    square = keys[1]
    (tmp_path / "out").mkdir()
    path = pyxide("cache", "export", square[:10], "out").succeeds().out.strip()
    assert os.path.dirname(path) == str(tmp_path / "out")
    assert not os.path.islink(path) and os.stat(path).st_nlink == 1
    import subprocess

    code = "import square; print(square.square(5))"
    out = subprocess.run([interpreter, "-c", code], cwd=tmp_path / "out", capture_output=True, text=True)
    assert out.stdout == "25\n", out
    pyxide("cache", "export", square, "whole", "--whole").succeeds()
    assert json.loads((tmp_path / "whole" / "meta.json").read_text())["key"] == square
    assert {path.name for path in (tmp_path / "whole").iterdir()} == {path.name for path in entry(cache, square).iterdir()}


def test_an_export_replaces_a_file_only_when_told_to(pyxide, keys, tmp_path):
    source, square = tmp_path / "e.pyx", keys[1]
    source.write_text("mine\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    ran = pyxide("cache", "export", square, source).fails(4)
    assert str(source) in ran.err and "hint: choose another destination, or `--overwrite`" in ran.err, ran
    assert source.read_text() == "mine\n"
    ran = pyxide("cache", "export", square, source, "--whole").fails(4)
    assert "--overwrite" not in ran.err, ran
    pyxide("cache", "export", square, source, "--whole", "--overwrite").fails(4)
    assert source.read_text() == "mine\n"
    for words in [[], ["--overwrite"]]:
        pyxide("cache", "export", square, "whole", "--whole", *words).succeeds()
    shutil.rmtree(tmp_path / "whole")
    pyxide("cache", "export", square, source, "--overwrite").succeeds()
    assert source.read_bytes().startswith(b"\x7fELF")
    assert sorted(path.name for path in tmp_path.iterdir()) == before, "nothing is left beside it"
    (tmp_path / "out").mkdir()
    pyxide("cache", "export", square, "out").succeeds()
    pyxide("cache", "export", square, "out").fails(4)
    pyxide("cache", "export", square, "out", "--overwrite").succeeds()


def test_a_damaged_entry_is_not_exported(pyxide, keys, cache, tmp_path):
    [artifact] = entry(cache, keys[1]).glob("*.so")
    artifact.chmod(0o644)
    artifact.write_bytes(b"x")
    ran = pyxide("cache", "export", keys[1], "x.so").fails(4)
    assert "damaged" in ran.err
    assert not (tmp_path / "x.so").exists()


def test_a_cache_that_others_may_write_is_refused(pyxide, filled, cache):
    for place in [cache, cache / "v1", cache / "v1" / "entries"]:
        mode = stat.S_IMODE(place.stat().st_mode)
        place.chmod(mode | 0o020)
        for words in [["run", "square.pyx", "--call", "square(3)"], ["cache", "list"]]:
            ran = pyxide(*words).fails(4)
            assert str(place) in ran.err and "group" in ran.err and "chmod go-w" in ran.err, ran
        pyxide("run", "square.pyx", "--call", "square(3)", PYXIDE_TRUST_CACHE=1).succeeds("9\n")
        place.chmod(mode)
        pyxide("run", "square.pyx", "--call", "square(3)").succeeds("9\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_cache_of_somebody_else_is_refused(pyxide, filled, cache):
    os.chown(cache, 65534, 65534)
    ran = pyxide("run", "square.pyx", "--call", "square(3)").fails(4)
    assert "65534" in ran.err and str(cache) in ran.err, ran
    pyxide("run", "square.pyx", "--call", "square(3)", PYXIDE_TRUST_CACHE=1).succeeds("9\n")


@pytest.mark.parametrize("what", ["artifact", only_in_full("entry")])
def test_an_entry_that_others_may_write_is_built_again(pyxide, keys, cache, what):
    place = entry(cache, keys[1])
    if what == "artifact":
        [place] = place.glob("*.so")
    place.chmod(0o777)
    ran = pyxide("run", "square.pyx", "--call", "square(3)").succeeds("9\n", err=None)
    assert ran.err.count("warning: ") == 1 and "quarantine" in ran.err, ran
    assert stat.S_IMODE(entry(cache, keys[1]).stat().st_mode) & 0o022 == 0


def test_an_entry_of_a_newer_version_is_left_alone(pyxide, keys, cache):
    meta = entry(cache, keys[1]) / "meta.json"
    meta.chmod(0o644)
    newer = json.dumps({**json.loads(meta.read_text()), "format": 99})
    meta.write_text(newer)
    ran = pyxide("build", "square.pyx").fails(4)
    assert "format 99" in ran.err and "upgrade" in ran.err, ran
    assert meta.read_text() == newer


def test_an_entry_of_a_newer_version_is_not_explained_as_damaged(pyxide, keys, cache):
    meta = entry(cache, keys[1]) / "meta.json"
    meta.chmod(0o644)
    newer = json.dumps({**json.loads(meta.read_text()), "format": 99})
    meta.write_text(newer)
    built, explained = pyxide("build", "square.pyx").fails(4), pyxide("explain", "square.pyx").fails(4)
    assert explained.err == built.err and "format 99" in built.err and not explained.out, explained
    assert meta.read_text() == newer


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize(("durability", "expected"), [("full", True), ("none", False)])
def test_what_survives_a_power_cut_is_chosen(pyxide, write, tmp_path, durability, expected):
    source = write({"m.pyx": "def f():\n    return 1\n"})
    log = tmp_path / "log"
    under = ["strace", "-qq", "-e", "trace=fsync,fdatasync,renameat2,rename", "-y", "-o", log]
    pyxide("build", source, under=under, PYXIDE_DURABILITY=durability).succeeds()
    calls = log.read_text().splitlines()
    synced = [line for line in calls if line.startswith("fsync")]
    assert bool(synced) == expected, calls
    if expected:
        # The artifact, then meta.json, then their folder, all before the rename; then the folder it was moved to.
        published = next(at for at, line in enumerate(calls) if line.startswith("renameat2"))
        before = "\n".join(calls[:published])
        assert 0 < before.index(".so>") < before.index("meta.json>") < before.rindex("/entry>"), calls
        assert any("/entries/" in line and line.startswith("fsync") for line in calls[published:]), calls


def test_explain_and_signature(pyxide, write, tmp_path):
    source = write({"m.pyx": 'cdef extern from "k.h":\n    int K\ndef f():\n    return K\n', "k.h": "#define K 1\n"})
    assert "never built" in pyxide("explain", source).succeeds().out
    pyxide("build", source).succeeds()
    assert "is in the cache" in pyxide("explain", source).succeeds().out
    write({"k.h": "#define K 2\n"})
    ran = pyxide("explain", source).succeeds()
    assert "k.h" in ran.out and "other content" in ran.out, ran
    [explanation] = pyxide("explain", source, "--json").succeeds().objects()
    assert explanation["outcome"] == "changed"
    [signature] = pyxide("signature", source, "--json").succeeds().objects()
    assert signature["key"] is None and len(signature["request_key"]) == 64
    [other] = pyxide("signature", source, "--json", "-X", "boundscheck=False").succeeds().objects()
    assert other["request_key"] != signature["request_key"]
    assert "boundscheck=False" in pyxide("signature", source, "-X", "boundscheck=False").succeeds().out


def test_a_hostile_argument_is_refused_unless_it_is_allowed(pyxide, write, tmp_path):
    source = write({"m.pyx": "def f():\n    return 1\n", "forced.h": "#define FORCED 1\n"})
    ran = pyxide("build", source, "--compile-arg=-include", "--compile-arg=forced.h").fails(2)
    assert "-include" in ran.err and "--allow-unsafe-flags" in ran.err, ran
    words = ["--compile-arg=-include", "--compile-arg=%s" % (tmp_path / "forced.h"), "--allow-unsafe-flags"]
    pyxide("build", source, *words).succeeds()
