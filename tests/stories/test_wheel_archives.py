"""Hand-made wheels, most of them wrong: what `verify` says about each, and that `inject` leaves the wrong ones alone.

An archive of which two readers make different files is how one thing is checked and another installed, so whatever is
not plain is refused rather than understood.
"""

import io
import zipfile
from pathlib import Path

import pytest

import every_wheel
from hand_made import LEGAL, NOTED, REFUSED, SIGNED

#: Those with tens of thousands of members are among the tests of large wheels.
CASES = [one for one in every_wheel.CASES if not (one.large and one.verdict == LEGAL)]
#: The exit code for a wheel that is wrong.
UNSOUND = 6


def ids(cases):
    return [one.name for one in cases]


def of(*verdicts):
    cases = [one for one in CASES if one.verdict in verdicts]
    return pytest.mark.parametrize("case", cases, ids=ids(cases))


@pytest.fixture
def payload(tmp_path):
    file = tmp_path / "added.py"
    file.write_text("x = 1\n")
    return file


def limits(case):
    return [word for limit in case.options for word in ("--limit", limit)]


def findings(pyxide, wheel, *options):
    """The findings of `verify` by their severity."""
    ran = pyxide("wheel", "verify", wheel, "--json", *options)
    found = [one for one in ran.objects() if one["type"] == "finding"]
    rules = {}
    for one in found:
        rules.setdefault(one["severity"], set()).add(one["rule"])
        assert one["message"] and one["message"].isprintable(), one
    return rules, ran


def test_the_catalogue_has_what_it_should_have():
    counts = {verdict: sum(one.verdict == verdict for one in CASES) for verdict in (REFUSED, NOTED, SIGNED, LEGAL)}
    assert counts[REFUSED] >= 100 and counts[NOTED] >= 9 and counts[SIGNED] == 2 and counts[LEGAL] >= 15, counts
    assert len({one.name for one in CASES}) == len(CASES)


def test_the_samples_are_those_that_are_made_here():
    """Tests in Rust and fuzzing begin with files, so that they need no Python."""
    folder = Path(__file__).parents[2] / "data" / "wheel-seeds"
    made = {name + ".whl": data for name, data in every_wheel.seeds()}
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert kept == made, "`python tests/stories/every_wheel.py data/wheel-seeds` makes them anew"


@of(REFUSED)
def test_what_is_wrong_is_named_and_left_alone(case, pyxide, tmp_path, payload):
    wheel = case.write(tmp_path)
    before = wheel.read_bytes()
    rules, ran = findings(pyxide, wheel)
    ran.fails(UNSOUND)
    assert rules["error"] & set(case.rules), (rules, case.rules)
    refusal = pyxide("wheel", "inject", wheel, payload)
    refusal.fails(UNSOUND)
    assert refusal.out == "" and refusal.err.startswith("error: "), refusal
    assert any(rule in refusal.err for rule in rules["error"]), refusal
    assert wheel.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted([wheel.name, payload.name])


@of(REFUSED)
def test_what_the_structure_shows_is_seen_without_hashing(case, pyxide, tmp_path, payload):
    wheel = case.write(tmp_path)
    before = wheel.read_bytes()
    structure, _ = findings(pyxide, wheel, "--check=structure")
    assert bool(structure.get("error", set()) & set(case.rules)) != case.content, structure
    if not case.content:
        assert pyxide("wheel", "inject", wheel, payload, "--check=structure").status != 0
        assert wheel.read_bytes() == before


@of(NOTED)
def test_what_is_odd_is_noted_and_done(case, pyxide, tmp_path, payload):
    wheel = case.write(tmp_path)
    rules, ran = findings(pyxide, wheel, *limits(case))
    ran.succeeds(err=None)
    assert "error" not in rules and rules["warning"] & set(case.rules), rules
    changed(pyxide, wheel, payload, *limits(case))


@of(LEGAL)
def test_what_is_legal_is_taken(case, pyxide, tmp_path, payload):
    wheel = case.write(tmp_path)
    rules, ran = findings(pyxide, wheel, *limits(case))
    ran.succeeds(err=None)
    assert not set(rules) - {"note"}, rules
    changed(pyxide, wheel, payload, *limits(case))


@of(SIGNED)
def test_a_signature_is_dropped_on_request_alone(case, pyxide, tmp_path, payload):
    wheel = case.write(tmp_path)
    before = wheel.read_bytes()
    assert "signature" in findings(pyxide, wheel)[0]["warning"]
    refusal = pyxide("wheel", "inject", wheel, payload)
    assert refusal.status != 0 and "--drop-signature" in refusal.err and wheel.read_bytes() == before, refusal
    pyxide("wheel", "inject", wheel, payload, "--drop-signature").succeeds(out=None, err=None)
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.endswith((".jws", ".p7s"))]
        assert archive.testzip() is None


def changed(pyxide, wheel, payload, *options):
    """Adds a file, and looks that it and everything else is there, that again changes nothing, and that undo is exact."""
    before = wheel.read_bytes()
    held = members(before)
    undo = wheel.with_name("undo")
    pyxide("wheel", "inject", wheel, payload, "--undo-file", undo, *options).succeeds(out=None, err=None)
    first = wheel.read_bytes()
    now = members(first)
    record = next(name for name in held if name.count("/") == 1 and name.endswith(".dist-info/RECORD"))
    assert now.pop("added.py") == b"x = 1\n"
    assert {name: data for name, data in now.items() if name != record} == {
        name: data for name, data in held.items() if name != record
    }
    assert "added.py,sha256=" in now[record].decode()
    assert list(now)[-1] == record
    rules, _ = findings(pyxide, wheel, *options)
    assert not {"error"} & set(rules), rules
    pyxide("wheel", "inject", wheel, payload, *options).succeeds(out=None, err=None)
    assert wheel.read_bytes() == first
    pyxide("wheel", "undo", wheel, "--undo-file", undo, *options).succeeds(out=None, err=None)
    assert wheel.read_bytes() == before


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}
