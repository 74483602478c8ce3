"""`pyxide cache`: list, show, verify."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def keys(filled):
    return sorted(path.name for path in (filled / "cache" / "v1" / "entries").glob("*/*"))


def artifact(filled, key):
    [artifact] = (filled / "cache" / "v1" / "entries" / key[:2] / key).glob("*.so")
    artifact.chmod(0o600)
    return artifact


def test_an_empty_cache(pyxide, cache):
    listed = pyxide("cache", "list").succeeds("", err=None)
    assert listed.err == "note: the cache `%s` is empty\n" % cache
    pyxide("cache", "list", "--quiet").succeeds("")
    pyxide("cache", "list", "--json").succeeds("")
    pyxide("cache", "verify").succeeds("0 intact, 0 damaged\n")
    pyxide("cache", "verify", "--json").succeeds("")
    # Looking makes nothing.
    assert not cache.exists()


def test_the_list(pyxide, keys, interpreter):
    lines = pyxide("cache", "list").succeeds().out.splitlines()
    assert [line.split()[0] for line in lines] == [key[:16] for key in keys]
    assert sorted(line.split()[-1] for line in lines) == ["cube", "square"]
    objects = pyxide("cache", "list", "--json").succeeds().objects()
    assert [(one["type"], one["key"]) for one in objects] == [("entry", key) for key in keys]
    assert all(Path(one["artifact_path"]).stat().st_size == one["artifact_size"] for one in objects)
    # It needs no interpreter.
    assert pyxide("cache", "list", python=None, PATH="").succeeds().out.splitlines() == lines


def test_show(pyxide, keys, filled):
    for key in keys:
        meta = json.loads(pyxide("cache", "show", key).succeeds().out)
        assert meta["key"] == key and Path(meta["build_dir"]).name == key
        stored = json.loads((Path(meta["build_dir"]) / "meta.json").read_text())
        assert len(stored.pop("meta_blake3")) == 64
        assert stored.items() <= meta.items()
        assert json.loads(pyxide("cache", "show", key[:6]).succeeds().out) == meta
        [shown] = pyxide("cache", "show", key[:16], "--json").succeeds().objects()
        assert shown["type"] == "meta" and shown["meta"] == meta


def test_a_beginning_that_is_not_enough(pyxide, filled, keys):
    twin = keys[0][:8] + "0" * 56
    (filled / "cache" / "v1" / "entries" / twin[:2] / twin).mkdir()
    ran = pyxide("cache", "show", keys[0][:8]).fails(4)
    assert ran.err.startswith("error: the keys of 2 cache entries begin with `%s`" % keys[0][:8]), ran
    assert "hint: " in ran.err
    # The keys that it lists can be told apart, or how would one write more?
    listed = ran.err.splitlines()[0].partition("`: ")[2].split(", ")
    assert len(set(listed)) == 2, ran
    assert json.loads(pyxide("cache", "show", keys[0]).succeeds().out)["key"] == keys[0]


@pytest.mark.parametrize(
    "key, words",
    [
        ("0" * 64, ["there is no cache entry", "0" * 64]),
        ("abcdef0123", ["begins with `abcdef0123`"]),
        ("abc", ["`abc`"]),
        ("not-hexadecimal", ["`not-hexadecimal` is not a key"]),
        ("../../../etc", ["`../../../etc` is not a key"]),
    ],
)
@pytest.mark.parametrize("command", ["show", "verify"])
def test_a_key_that_is_none(pyxide, filled, command, key, words):
    ran = pyxide("cache", command, key).fails(4)
    assert ran.out == "" and ran.err.count("error: ") == 1, ran
    for word in ["error: ", "hint: ", *words]:
        assert word in ran.err, ran


def test_the_beginning_of_a_key_may_be_in_capitals_or_is_refused(pyxide, filled, keys):
    """What is accepted as a beginning finds what begins so."""
    ran = pyxide("cache", "show", keys[0][:12].upper())
    assert ran.status == 0 or "is not a key" in ran.err or keys[0][:12].isdigit(), ran


def test_verify(pyxide, filled, keys):
    pyxide("cache", "verify").succeeds("2 intact, 0 damaged\n")
    pyxide("cache", "verify", keys[1]).succeeds("1 intact, 0 damaged\n")
    file = artifact(filled, keys[0])
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)
    ran = pyxide("cache", "verify").fails(4)
    assert ran.out == "1 intact, 1 damaged\n" and "warning: " in ran.err and keys[0] in ran.err, ran
    pyxide("cache", "verify", keys[1][:8]).succeeds("1 intact, 0 damaged\n")
    good = {"key": keys[1], "ok": True}
    objects = pyxide("cache", "verify", "--json").fails(4).objects()
    assert [one["type"] for one in objects] == ["verified", "verified"]
    assert [(one["key"], one["ok"]) for one in objects] == [(keys[0], False), (good["key"], True)]
    assert keys[0] in objects[0]["reason"] or "content" in objects[0]["reason"]
    # It only looks.
    assert file.is_file() and not (filled / "cache" / "v1" / "quarantine").exists()


def test_a_broken_entry_does_not_break_the_list(pyxide, filled, keys):
    (filled / "cache" / "v1" / "entries" / keys[0][:2] / keys[0] / "meta.json").write_text("{")
    ran = pyxide("cache", "list").fails(4)
    assert len(ran.out.splitlines()) == 1 and keys[1][:16] in ran.out, ran
    assert "warning: " in ran.err and keys[0] in ran.err, ran
    objects = pyxide("cache", "list", "--json").fails(4).objects()
    assert [(one["type"], one["key"]) for one in objects] == [("broken", keys[0]), ("entry", keys[1])]
    shown = pyxide("cache", "show", keys[0]).fails(4)
    assert "error: " in shown.err and "damaged" in shown.err, shown


def test_output_that_cannot_be_written_is_an_error(pyxide, filled):
    with open("/dev/full", "w") as full:
        ran = pyxide("cache", "list", stdout=full).fails(1)
    assert "cannot write to standard output" in ran.err, ran
