"""Wheels of others, by many builders: what is not named by a change stays as it is, byte for byte."""

import os
import shutil

import pytest

import archives
import changes
import corpus as listed

FULL = bool(os.environ.get("PYXIDE_WHEEL_FULL"))
WHEELS = [one for one in listed.wheels() if not one.bench and (FULL or one.small)]
TAKEN = [one for one in WHEELS if not one.refused]
REFUSED = [one for one in WHEELS if one.refused]
#: A wheel that is judged whole takes time.
JUDGED = 8 << 20


def each(wheels):
    return pytest.mark.parametrize("one", wheels, ids=[one.file.split("-py")[0].split("-cp")[0] for one in wheels])


@pytest.fixture
def copy(corpus, tmp_path):
    """Copies a wheel of the corpus."""
    return lambda one: shutil.copy(corpus / one.file, tmp_path / one.file)


def is_info(name):
    return name.split("/")[0].endswith(".dist-info")


def is_record(name):
    return name.count("/") == 1 and name.endswith(".dist-info/RECORD")


@each(TAKEN)
def test_untouched_members_stay_as_they_are(one, copy, corpus, wheel, tmp_path):
    patched, payload = copy(one), changes.lay_out(tmp_path / "payload")
    undo = tmp_path / "undo"
    process = wheel("inject", patched, *payload, "--undo-file", undo)
    assert process.returncode == 0, process
    old, new = archives.Archive(corpus / one.file), archives.Archive(patched)
    before, after = old.by_name(), new.by_name()
    assert set(after) - set(before) == set(changes.FILES)
    assert set(before) - set(after) <= {name for name in before if name.endswith("/")}
    changed = [name for name in before if name in after and not is_record(name) and before[name].kept() != after[name].kept()]
    assert not changed, [(before[name], after[name]) for name in changed[:3]]
    # The order stays, but for what is added and for `.dist-info`, which comes last.
    def order(names, kind):
        return [name for name in names if kind(name) and name in before and name in after and not is_record(name)]

    for kind in (is_info, lambda name: not is_info(name)):
        assert order(new.names(), kind) == order(old.names(), kind)
    names = new.names()
    assert is_record(names[-1]) and [is_info(name) for name in names] == sorted(is_info(name) for name in names)
    assert archives.uploadable(patched) == []

    first = patched.read_bytes()
    again = wheel("inject", patched, *payload)
    assert again.returncode == 0 and patched.read_bytes() == first, again
    back = wheel("undo", patched, "--undo-file", undo)
    assert back.returncode == 0, back
    assert patched.read_bytes() == (corpus / one.file).read_bytes()


@each(TAKEN)
def test_undo_from_the_wheel_alone_is_exact_or_refuses(one, copy, corpus, wheel, tmp_path):
    patched = copy(one)
    assert wheel("inject", patched, *changes.lay_out(tmp_path / "payload")).returncode == 0
    first = patched.read_bytes()
    back = wheel("undo", patched)
    original = (corpus / one.file).read_bytes()
    assert patched.read_bytes() == (original if back.returncode == 0 else first), back
    assert back.returncode == 0 or "--undo-file" in back.stderr, back


@each(REFUSED)
def test_what_is_broken_is_refused_with_the_reason(one, copy, wheel, tmp_path):
    broken = copy(one)
    before = broken.read_bytes()
    process = wheel("inject", broken, *changes.lay_out(tmp_path / "payload"))
    assert process.returncode != 0 and broken.read_bytes() == before, process
    assert any(rule in process.stderr for rule in one.refused), process
    verified = wheel("verify", broken, "--json")
    found = {finding["rule"] for finding in verified.objects if finding["type"] == "finding"}
    assert found >= set(one.refused), found


def test_the_jury_has_no_more_to_say_than_before(jury, corpus, wheel, copy, tmp_path):
    payload = changes.lay_out(tmp_path / "payload")
    pairs = {}
    for one in TAKEN:
        if (corpus / one.file).stat().st_size <= JUDGED:
            patched = copy(one)
            assert wheel("inject", patched, *payload).returncode == 0
            pairs[str(patched)] = str(corpus / one.file)
    said = jury.complaints([*pairs, *pairs.values()])
    for patched, original in pairs.items():
        more = {(judge, line) for judge, words in said[patched] for line in words.splitlines()}
        known = {(judge, line) for judge, words in said[original] for line in words.splitlines()}
        assert more <= known, (patched, sorted(more - known))


@pytest.mark.parametrize("by", ["pip", "uv"])
def test_installs_differ_in_what_was_added(by, jury, corpus, wheel, copy, tmp_path):
    wheels = [one for one in TAKEN if one.is_for_all()]
    latest = {one.requirement.split("==")[0].lower(): one for one in wheels}.values()
    payload = changes.lay_out(tmp_path / "payload")
    given = jury.installed([corpus / one.file for one in latest], by)
    patched = []
    for one in latest:
        patched.append(copy(one))
    # One carries the payload: the same file in several packages would be a conflict that installers resolve differently.
    assert wheel("inject", patched[0], *payload).returncode == 0
    for path in patched[1:]:
        own = tmp_path / "own" / path.name.split("-")[0]
        own.mkdir(parents=True)
        (own / ("zz_%s.txt" % path.name.split("-")[0])).write_text("x\n")
        assert wheel("inject", path, *own.iterdir()).returncode == 0
    came = jury.installed(patched, by)
    more = {name.partition("site-packages/")[2] for name in came if name not in given}
    assert more == set(changes.FILES) | {"zz_%s.txt" % path.name.split("-")[0] for path in patched[1:]}
    assert {name for name in given if came.get(name) != given[name]} == set()
