"""Entries that come and go: bundles from machine to machine, and wheels."""

import subprocess
import zipfile

import pytest


@pytest.fixture
def keys(filled, pyxide):
    """The keys of `cube` and `square`, in this order."""
    found = {one["module_name"]: one["key"] for one in pyxide("cache", "list", "--json").succeeds().objects()}
    return [found["cube"], found["square"]]


@pytest.fixture
def elsewhere(tmp_path, pyxide):
    """Runs the command as on another machine."""
    return lambda *words, **changes: pyxide(*words, PYXIDE_CACHE_DIR=tmp_path / "elsewhere", **changes)


def test_a_bundle_makes_hits_elsewhere(pyxide, keys, elsewhere, tmp_path):
    cube, square = keys
    ran = pyxide("cache", "bundle", cube[:10], square, "-o", "b.tar").succeeds()
    assert ran.out.startswith("%s  2 entries, " % (tmp_path / "b.tar"))
    out = elsewhere("cache", "restore", "b.tar").succeeds().out
    assert sorted(out.splitlines()) == sorted(["%s  cube  restored" % cube[:16], "%s  square  restored" % square[:16]])
    [built] = elsewhere("build", "square.pyx", "--no-build", "--json").succeeds().objects()
    assert (built["key"], built["used_cache"]) == (square, True)
    elsewhere("run", "cube.pyx", "--no-build", "--call", "cube(3)").succeeds("27\n")
    assert elsewhere("explain", "cube.pyx").succeeds().out.startswith("`cube.pyx` is in the cache")
    elsewhere("cache", "verify").succeeds("2 intact, 0 damaged\n")
    assert '"from": "%s"' % (tmp_path / "b.tar") in elsewhere("cache", "show", square).succeeds().out
    [again] = elsewhere("cache", "restore", "b.tar", "--json").succeeds().objects()
    assert [(entry["name"], entry["kind"], entry["outcome"]) for entry in again["entries"]] in (
        [("cube", "module", "equal"), ("square", "module", "equal")],
        [("square", "module", "equal"), ("cube", "module", "equal")],
    )
    assert "there already" in elsewhere("cache", "restore", "b.tar").succeeds().out


def test_pins_are_carried_when_asked(pyxide, keys, elsewhere):
    pyxide("cache", "pin", keys[0], "--alias", "mine").succeeds()
    [packed] = pyxide("cache", "bundle", keys[0], "-o", "b.tar", "--pins", "--json").succeeds().objects()
    assert packed["keys"] == [keys[0]]
    elsewhere("cache", "restore", "b.tar").succeeds()
    elsewhere("cache", "pins").succeeds("")
    assert elsewhere("cache", "restore", "b.tar", "--pins").succeeds().out.endswith("pinned as mine\n")
    assert keys[0][:16] in elsewhere("cache", "pins").succeeds().out
    # Another module has that name there.
    pyxide("cache", "bundle", keys[1], "-o", "c.tar").succeeds()
    elsewhere("cache", "restore", "c.tar").succeeds()
    elsewhere("cache", "pin", keys[1], "--alias", "mine", "--overwrite").succeeds()
    assert "`mine` is already the alias" in elsewhere("cache", "restore", "b.tar", "--pins").fails(4).err


def test_a_spoilt_bundle_changes_nothing(pyxide, keys, elsewhere, tmp_path):
    pyxide("cache", "bundle", *keys, "-o", "b.tar").succeeds()
    good = (tmp_path / "b.tar").read_bytes()
    for data, reason in [
        (good[:-600], "is cut short: it has %d of %d bytes" % (len(good) - 600, len(good))),
        (good + b"\0" * 512, "has 512 bytes behind its end"),
        (good.replace(b"return n * n", b"return n + n", 1), "does not have the recorded content"),
        (b"PK\3\4" + good, "does not begin as a bundle does"),
    ]:
        (tmp_path / "b.tar").write_bytes(data)
        ran = elsewhere("cache", "restore", "b.tar").fails(4)
        assert reason in ran.err and "hint: nothing of it was restored" in ran.err and ran.err.count("error: ") == 1, ran
        elsewhere("cache", "list", "--quiet").succeeds("")
    elsewhere("cache", "restore", "nothing.tar").fails(2)


def test_what_cannot_be_bundled_leaves_no_file(pyxide, keys, tmp_path):
    assert "0" * 64 in pyxide("cache", "bundle", keys[0], "0" * 64, "-o", "b.tar").fails(4).err
    assert "nowhere" in pyxide("cache", "bundle", keys[0], "-o", "nowhere/b.tar").fails(4).err
    pyxide("cache", "bundle", "-o", "b.tar").fails(2)
    assert not (tmp_path / "b.tar").exists()
    (tmp_path / "b.tar").write_text("mine")
    assert "--overwrite" in pyxide("cache", "bundle", keys[0], "-o", "b.tar").fails(4).err
    assert (tmp_path / "b.tar").read_text() == "mine"
    pyxide("cache", "bundle", keys[0], "-o", "b.tar", "--overwrite").succeeds()
    assert not [*tmp_path.glob(".pyxide*")]


def test_a_wheel_runs_without_us(pyxide, keys, tmp_path, interpreter):
    (tmp_path / "dist").mkdir()
    wheel = pyxide("export", "--wheel", keys[1][:12], "-o", "dist").succeeds().out.strip()
    assert pyxide("wheel", "verify", wheel).succeeds().out == "%s: sound: 0 errors, 0 warnings, 0 notes\n" % wheel
    with zipfile.ZipFile(tmp_path / wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import square; print(square.square(9))"
    ran = subprocess.run([interpreter, "-I", "-S", "-c", code, tmp_path / "site"], capture_output=True, text=True)
    assert ran.stdout == "81\n", ran
    ran = pyxide("export", "--wheel", keys[1], "-o", "dist").fails(2)
    assert wheel in ran.err and "hint: " in ran.err
    words = ["--name", "my-square", "--version", "2.0", "--overwrite", "--json"]
    [made] = pyxide("export", "--wheel", keys[1], "-o", "dist", *words).succeeds().objects()
    assert (made["name"], made["version"], made["modules"], made["key"]) == ("my-square", "2.0", ["square"], keys[1])
    assert made["path"].endswith("dist/my_square-2.0-%s.whl" % made["tag"])
    for words in [["--version", "x"], ["--name", "../x"]]:
        assert words[1] in pyxide("export", "--wheel", keys[1], *words).fails(2).err
    pyxide("export", keys[1]).fails(2)
    assert "0" * 64 in pyxide("export", "--wheel", "0" * 64).fails(4).err
    assert "nowhere" in pyxide("export", "--wheel", keys[1], "-o", "nowhere").fails(2).err
