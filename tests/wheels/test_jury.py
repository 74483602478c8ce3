"""Wheels that we wrote, before everybody who judges wheels."""

import os
import shutil
import zipfile

import pytest

import archives
import changes
import every_wheel
from hand_made import FILE_NAME, INFO, RECORD

#: What stays odd after a change, and is seen by some judge.
SPOILT = {"installer_file", "bytecode", "not_composed"}


#: What some judge refuses, until it is repaired.
REPAIRED = [
    "wrong_hash", "wrong_size", "row_without_file", "own_row_hashed", "row_with_backslash", "md5_hashes", "no_mode",
    "signature_in_record", "name_twice_same_bytes", "padding_between_members", "member_that_is_not_listed", "trailing_bytes",
    "comment_of_a_member",
]  # fmt: skip


@pytest.fixture
def plain(tmp_path):
    """A small wheel without faults."""
    return every_wheel.by_name("plain").write(tmp_path)


def succeeds(process):
    assert process.returncode == 0, process
    return process


def tampered(wheel, folder, edit):
    """A copy of a wheel with some members changed and RECORD left as it was."""
    folder.mkdir()
    other = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info, edit(info.filename, old.read(info)))
    return other


def test_the_judges_see_what_is_wrong(jury, plain, tmp_path):
    """A jury that is content with everything would be no jury."""
    wrong = tampered(plain, tmp_path / "wrong", lambda name, data: data + b"\n" if name.endswith("data.txt") else data)
    cut = tmp_path / "cut" / FILE_NAME
    cut.parent.mkdir()
    cut.write_bytes(plain.read_bytes()[:-9])
    said = jury.complaints([plain, wrong, cut])
    assert not said[str(plain)]
    assert {judge for judge, _ in said[str(wrong)]} >= {"installer --validate-record all", "wheel unpack"}
    assert len({judge for judge, _ in said[str(cut)]}) >= 6, said[str(cut)]


def test_whatever_we_write_is_taken_by_all(jury, wheel, plain, tmp_path):
    """One wheel per command and kind of input, judged together."""
    written, payload = [], changes.lay_out(tmp_path / "payload")

    def out(name, source=plain):
        folder = tmp_path / name
        folder.mkdir()
        written.append(folder / FILE_NAME)
        if source is not None:
            shutil.copy(source, written[-1])
        return written[-1]

    succeeds(wheel("inject", out("inject"), *payload))
    succeeds(wheel("inject", out("scheme"), *payload, "--scheme", "data"))
    succeeds(wheel("remove", out("remove"), "demo/data.txt"))
    succeeds(wheel("rename", out("rename"), "demo/data.txt", "demo/other.txt"))
    succeeds(wheel("normalise", out("normalise")))
    succeeds(wheel("normalise", out("recompress"), "--recompress"))
    bill = tmp_path / "demo.cdx.json"
    bill.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6"}')
    succeeds(wheel("sbom", out("sbom"), bill))
    for name in REPAIRED:
        path = out("repair_" + name, None)
        every_wheel.by_name(name).write(path.parent)
        succeeds(wheel("repair", path))
    for case in every_wheel.CASES:
        if case.verdict in ("legal", "noted", "signed") and not case.large and case.name not in SPOILT:
            path = out(case.name, None)
            case.write(path.parent)
            succeeds(wheel("inject", path, *payload, "--drop-signature"))
    said = jury.complaints(written)
    assert not any(said.values()), {path: found for path, found in said.items() if found}


@pytest.mark.parametrize("by", ["pip", "uv"])
def test_installed_and_uninstalled(by, jury, wheel, plain, tmp_path):
    given = jury.installed([plain], by, checked=True)
    succeeds(wheel("inject", plain, *changes.lay_out(tmp_path / "payload")))
    came = jury.installed([plain], by, checked=True)
    more = {name.partition("site-packages/")[2]: mode for name, mode in came.items() if name not in given}
    assert more == {name: name == changes.EXECUTABLE for name in changes.FILES}
    assert all(came[name] == mode for name, mode in given.items())


def test_what_is_written_is_what_the_strictest_reader_expects(wheel, plain, tmp_path):
    succeeds(wheel("inject", plain, *changes.lay_out(tmp_path / "payload")))
    archive = archives.Archive(plain)
    names = archive.names()
    assert names[-1] == RECORD
    assert [name.startswith(INFO) for name in names] == sorted(name.startswith(INFO) for name in names)
    for name in changes.FILES:
        member = archive.by_name()[name]
        assert member.mode == (0o100755 if name == changes.EXECUTABLE else 0o100644), name
        assert (member.made_by >> 8, member.time, member.flags) == (3, (0x21, 0), 0), name
    assert not archive.is_zip64


def test_the_time_of_the_source_is_honoured(wheel, plain, tmp_path):
    payload = changes.lay_out(tmp_path / "payload")
    for path in payload:
        os.utime(path, (1, 1))
    succeeds(wheel("inject", plain, *payload, SOURCE_DATE_EPOCH="1577836800"))
    member = archives.Archive(plain).by_name()[changes.HOOK]
    assert member.time == ((2020 - 1980) << 9 | 1 << 5 | 1, 0)
