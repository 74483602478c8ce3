"""`pyxide wheel diff`, `normalise`, `repair` and `sbom`, on wheels made by hand."""

import shutil
import zipfile

import pytest

import every_wheel
from hand_made import FILE_NAME, INFO, RECORD, WHEEL, Draft

#: What is wrong, and what a repair says first.
REPAIRED = {
    "wrong_hash": "`demo/__init__.py`: wrote the hash of what is there [record-hash]",
    "wrong_size": "`demo/__init__.py`: wrote the size 28 of what is there [record-size]",
    "file_not_in_record": "`demo/__init__.py`: wrote a row for it [record-unlisted]",
    "row_without_file": "`demo/gone.py`: removed its row [record-ghost]",
    "row_twice": "`demo/__init__.py`: removed its second row [record-duplicate]",
    "own_row_hashed": "`%s`: removed the hash and the size of RECORD itself [record-itself]" % RECORD,
    "own_row_missing": "`%s`: wrote a row for RECORD itself [record-itself]" % RECORD,
    "padded_hash": "`demo/__init__.py`: wrote the hash of what is there [record-hash-form]",
    "md5_hashes": "`demo/__init__.py`: wrote the hash of what is there [record-hash-weak]",
    "folder_in_record": "`demo/sub/`: removed its row [record-folder]",
    "row_with_backslash": "`demo\\__init__.py`: wrote its name as `demo/__init__.py` [record-path]",
    "row_that_is_absolute": "`/demo/__init__.py`: wrote its name as `demo/__init__.py` [record-path]",
    "record_with_an_open_quote": "`%s`: wrote it anew, since of line 1 a quote is not closed [record-syntax]" % RECORD,
    "no_record": "`%s`: wrote it [record-missing]" % RECORD,
    "signature_in_record": "`%s.jws`: removed its row [record-signature]" % RECORD,
    "name_twice_same_bytes": "`demo/a.py`: removed the second of two equal members [name-duplicate]",
    "no_mode": "`demo/a.py`: set its mode from 000000 to 100644 [zip-mode]",
    "no_date": "`demo/a.py`: set its time to 1980-01-01 [zip-time]",
    "padding_between_members": "`demo/data.txt`: removed what came before it (8 bytes stand in front of it) [zip-gap]",
    "trailing_bytes": "removed what came behind the end",
    "comment_of_the_archive": "removed the comment",
    "comment_of_a_member": "`demo/__init__.py`: removed its comment",
    "zip64_without_need": "removed the ZIP64 records",
    "descriptor_of_12_bytes": "`demo/__init__.py`: put its sizes into its header",
}
#: What nobody can be certain about.
HOPELESS = [
    "name_twice_other_bytes", "parent_folder", "symlink", "bzip2", "encrypted", "other_local_name", "other_local_crc",
    "wrong_crc", "two_entries_of_one_member", "two_dist_infos", "dist_info_of_another", "half_of_the_file",
    "renamed_by_an_extra_field", "letter_case", "descriptor_that_lies", "far_more_is_declared", "wheel_version_2", "no_metadata",
]  # fmt: skip


@pytest.fixture
def wheel(tmp_path):
    """Writes a hand-made wheel into a folder of its own."""

    def wheel(name, folder="given"):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        return every_wheel.by_name(name).write(place)

    return wheel


@pytest.fixture
def drafted(tmp_path):
    """Writes a wheel after a function has changed it."""

    def drafted(folder, change=lambda draft: None):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        draft = Draft()
        change(draft)
        with open(place / FILE_NAME, "wb") as file:
            draft.write(file)
        return place / FILE_NAME

    return drafted


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.parametrize("name", REPAIRED)
def test_what_is_certain_is_repaired_and_said(name, pyxide, wheel):
    broken = wheel(name)
    held = {name: data for name, data in zip_contents(broken).items() if name not in (RECORD, RECORD + ".jws")}
    ran = pyxide("wheel", "repair", broken).succeeds()
    assert ran.out.splitlines()[0].startswith(REPAIRED[name]), ran
    pyxide("wheel", "verify", broken).succeeds("%s: sound: 0 errors, 0 warnings, 0 notes\n" % broken)
    now = members(broken)
    assert {name: data for name, data in now.items() if name != RECORD} == held
    first = broken.read_bytes()
    again = pyxide("wheel", "repair", broken)
    again.succeeds("", "note: there is nothing to repair\n")
    assert broken.read_bytes() == first


def zip_contents(path):
    """The members by name, of two with one name the first; whatever is before and behind the archive."""
    with zipfile.ZipFile(path) as archive:
        found = {}
        for info in archive.infolist():
            found.setdefault(info.filename, archive.read(info))
        return found


@pytest.mark.parametrize("name", HOPELESS)
def test_what_is_not_certain_is_left_alone(name, pyxide, wheel):
    broken = wheel(name)
    before = broken.read_bytes()
    ran = pyxide("wheel", "repair", broken).fails(6)
    assert ran.err.startswith("error: ") and broken.read_bytes() == before, ran
    assert [path.name for path in broken.parent.iterdir()] == [broken.name]


@pytest.mark.parametrize("name", ["plain", "modes_without_a_kind"])
def test_nothing_to_repair(name, pyxide, wheel):
    sound = wheel(name)
    before = sound.read_bytes()
    pyxide("wheel", "repair", sound).succeeds("", "note: there is nothing to repair\n")
    assert sound.read_bytes() == before
    [told] = pyxide("wheel", "repair", sound, "--json").succeeds(err=None).objects()
    assert (told["type"], told["changed"], told["repairs"]) == ("repaired", False, [])


def test_repair_into_another_file(pyxide, wheel, tmp_path):
    broken = wheel("wrong_hash")
    before, other = broken.read_bytes(), tmp_path / FILE_NAME
    pyxide("wheel", "repair", broken, "--output", other).succeeds(out=None)
    assert broken.read_bytes() == before
    pyxide("wheel", "verify", other).succeeds(out=None)


def test_equal_contents_become_equal_bytes(pyxide, wheel, drafted, tmp_path):
    """However a wheel was written, after `normalise --recompress` it is the one that all others became."""
    names = [
        "plain", "dist_info_first", "folders", "record_with_crlf", "times_in_extra_fields", "made_on_windows",
        "modes_without_a_kind", "sizes_in_zip64_fields", "descriptor_of_16_bytes", "zip64_without_need",
    ]  # fmt: skip
    found = {}
    for name in names:
        path = wheel(name, name)
        pyxide("wheel", "normalise", path, "--recompress").succeeds(out=None, err=None)
        found[name] = path.read_bytes()
    assert len(set(found.values())) == 1, {name: hash(data) for name, data in found.items()}
    with zipfile.ZipFile(tmp_path / "plain" / FILE_NAME) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == [
        "demo/__init__.py", "demo/data.txt", INFO + "METADATA", INFO + "WHEEL", RECORD
    ]  # fmt: skip
    assert {(info.date_time, info.external_attr >> 16, info.extra) for info in infos} == {((1980, 1, 1, 0, 0, 0), 0o100644, b"")}


def test_normalise_says_what_it_decides(pyxide, drafted):
    def oddly(draft):
        draft.members.sort(key=lambda member: member.name, reverse=True)
        draft.add("demo/", b"", place=0, method=0, mode=0o040755)
        draft.add("demo/tool.sh", b"#!/bin/sh\n", mode=0o100775)
        draft.add("demo/zz.sh", b"#!/bin/sh\n", mode=0o775)
        draft.member("demo/data.txt").date = 0x5021
        draft.member("demo/__init__.py").descriptor = 16

    path = drafted("odd", oddly)
    ran = pyxide("wheel", "normalise", path).succeeds(err=None)
    assert ran.out.splitlines() == [
        "      2  sorted by name, with .dist-info and RECORD last",
        "      1  left out, as folders, which installers make",
        "      1  given the one time",
        "      2  given the mode 0644 or 0755 of a regular file",
        "      1  marked as made on Unix, with no other flags",
        "      1  freed of data descriptors",
        "      1  given rows in RECORD in the order of members",
    ]
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("demo/tool.sh").external_attr >> 16 == 0o100755
        # pip makes nothing executable of which the mode does not say that it is a file.
        assert archive.getinfo("demo/zz.sh").external_attr >> 16 == 0o100644
    first = path.read_bytes()
    pyxide("wheel", "normalise", path).succeeds("", "note: it is normal already\n")
    assert path.read_bytes() == first
    pyxide("wheel", "normalise", path, SOURCE_DATE_EPOCH="1577836800").succeeds(out=None)
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2020, 1, 1, 0, 0, 0)}


def test_normalise_refuses_what_inject_refuses(pyxide, wheel):
    for name, status in [("wrong_hash", 6), ("signed", 6)]:
        path = wheel(name, name)
        before = path.read_bytes()
        pyxide("wheel", "normalise", path).fails(status)
        assert path.read_bytes() == before
    pyxide("wheel", "normalise", path, "--drop-signature").succeeds(out=None, err=None)
    assert RECORD + ".jws" not in members(path)


def test_a_difference_that_nobody_installs(pyxide, drafted, wheel):
    one = wheel("plain", "one")
    for name in ["dist_info_first", "folders", "record_with_crlf", "made_on_windows", "stored_and_empty"]:
        other = wheel(name, name)
        ran = pyxide("wheel", "diff", one, other)
        if name == "stored_and_empty":
            ran.fails(1)
            assert "added      demo/empty.py\n" in ran.out, ran
        else:
            ran.succeeds(out=None, err="note: the same is installed from both\n")
            assert all(line.startswith("archive    ") for line in ran.out.splitlines()), ran


def test_a_difference_that_matters(pyxide, drafted):
    def newer(draft):
        draft.first().data = b"def answer():\n    return 54\n\n"
        draft.add("demo/tool.sh", b"#!/bin/sh\n", mode=0o100755)
        draft.add("demo/renamed.txt", b"the same words\n")
        draft.add("demo/new.py")
        draft.replace(INFO + "WHEEL", WHEEL.replace("by hand", "by another hand") + "Tag: py2-none-any\n")

    def older(draft):
        draft.add("demo/tool.sh", b"#!/bin/sh\n")
        draft.add("demo/name.txt", b"the same words\n")
        draft.add("demo/old.py", b"x = 2\n")

    one, other = drafted("one", older), drafted("other", newer)
    ran = pyxide("wheel", "diff", one, other).fails(1)
    assert ran.out.splitlines() == [
        "removed    demo/old.py",
        "added      demo/new.py",
        "moved      demo/name.txt -> demo/renamed.txt",
        "changed    %sWHEEL (78 -> 104 bytes)" % INFO,
        "changed    demo/__init__.py (28 -> 29 bytes)",
        "mode       demo/tool.sh (now executable)",
        "WHEEL      - generator: by hand",
        "WHEEL      + generator: by another hand",
        "WHEEL      + tag: py2-none-any",
        "archive    modes of 1 member",
    ]
    [told] = pyxide("wheel", "diff", one, other, "--json").objects()
    assert (told["type"], told["same"], told["moved"]) == (
        "difference", False, [{"from": "demo/name.txt", "to": "demo/renamed.txt"}]
    )  # fmt: skip


def test_wheels_that_cannot_be_told_are_not_compared(pyxide, wheel):
    sound = wheel("plain", "sound")
    for name in ["two_entries_of_one_member", "name_twice_other_bytes", "wrong_crc", "text_file"]:
        pyxide("wheel", "diff", sound, wheel(name, name)).fails(6)
    # What is wrong about RECORD does not keep anybody from comparing files.
    pyxide("wheel", "diff", sound, wheel("wrong_hash", "wrong_hash")).succeeds(out=None, err=None)


def test_a_bill_of_materials(pyxide, wheel, write, tmp_path):
    path = wheel("plain")
    before = path.read_bytes()
    write({"demo.cdx.json": '{"bomFormat": "CycloneDX", "specVersion": "1.6"}', "demo.spdx.json": '{"spdxVersion": "SPDX-2.3"}'})
    newer = write({"demo.spdx3.json": '{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}'})
    pyxide("wheel", "sbom", path, newer, "--output", tmp_path / FILE_NAME).succeeds(out=None)
    with zipfile.ZipFile(tmp_path / FILE_NAME) as archive:
        assert archive.getinfo(INFO + "sboms/demo.spdx3.json").external_attr >> 16 == 0o100644
    ran = pyxide("wheel", "sbom", path, tmp_path / "demo.cdx.json", tmp_path / "demo.spdx.json").succeeds()
    assert ran.out == "added      %ssboms/demo.cdx.json\nadded      %ssboms/demo.spdx.json\n" % (INFO, INFO)
    assert members(path)[INFO + "sboms/demo.spdx.json"] == b'{"spdxVersion": "SPDX-2.3"}'
    pyxide("wheel", "verify", path).succeeds(out=None)
    pyxide("wheel", "undo", path).succeeds(out=None, err=None)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("empty.cdx.json", "", "it is empty"),
        ("other.cdx.json", "{}", "it says neither that it is CycloneDX nor that it is SPDX"),
        ("other.spdx.json", '{"@context": "https://schema.org"}', "it says neither that it is CycloneDX nor that it is SPDX"),
        ("list.json", "[]", "it says neither that it is CycloneDX nor that it is SPDX"),
        ("words.spdx.json", "words", "it is no JSON"),
    ],
)
def test_what_is_no_bill_of_materials(name, text, reason, pyxide, wheel, write, tmp_path):
    path, document = wheel("plain"), write({name: text})
    before = path.read_bytes()
    ran = pyxide("wheel", "sbom", path, document).fails(2)
    assert ran.err == "error: `%s` is no bill of materials: %s\n" % (document, reason), ran
    assert path.read_bytes() == before


def test_bills_in_other_forms_are_taken_and_not_replaced_unasked(pyxide, wheel, write):
    path, document = wheel("plain"), write({"demo.spdx": "SPDXVersion: SPDX-2.3\n"})
    pyxide("wheel", "sbom", path, document).succeeds(out=None)
    document.write_text("SPDXVersion: SPDX-2.2\n")
    pyxide("wheel", "sbom", path, document).fails(6)
    pyxide("wheel", "sbom", path, document, "--replace").succeeds(out=None, err=None)
    assert members(path)[INFO + "sboms/demo.spdx"] == b"SPDXVersion: SPDX-2.2\n"
    shutil.rmtree(path.parent)
