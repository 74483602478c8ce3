"""Wheels so large that few tools were tried with them; they take seconds and gigabytes, so only `--full` has them."""

import os
import shutil
import subprocess

import pytest

import archives
import changes
import every_wheel
import odd_wheels
from hand_made import FILE_NAME, Draft

FULL = bool(os.environ.get("PYXIDE_WHEEL_FULL"))
HUGE = [1 << 32] if FULL else [1 << 24]


@pytest.mark.parametrize("size", HUGE)
def test_a_member_of_many_bytes_that_takes_no_room(size, wheel, tmp_path):
    """With `--full` it has 4 GiB, and sizes and offsets need 64 bits; without, all is the same but for that."""
    draft = Draft()
    odd_wheels.sparse(draft, size)
    path = tmp_path / FILE_NAME
    with open(path, "wb") as file:
        draft.write(file)
    assert path.stat().st_blocks * 512 < size // 8
    payload = changes.lay_out(tmp_path / "payload")
    limits = ["--limit", "member-size=8589934592", "--limit", "total-size=8589934592"]
    if FULL:
        refused = wheel("inject", path, *payload, "--check=structure")
        assert refused.returncode != 0 and "zip-limit" in refused.stderr, refused
    done = wheel("inject", path, *payload, "--check=structure", *limits)
    assert done.returncode == 0, done
    archive = archives.Archive(path, hashed=False)
    hole = archive.by_name()["demo/hole.bin"]
    assert hole.size == hole.packed == size
    assert [it for it in archives.uploadable(path) if "bomb" not in it] == []
    if shutil.which("unzip"):
        listed = subprocess.run(["unzip", "-l", path], capture_output=True, text=True)
        assert listed.returncode == 0 and str(size) in listed.stdout, listed


@pytest.mark.parametrize("count", [70_000] if FULL else [])
def test_more_members_than_the_format_had_room_for(count, wheel, tmp_path):
    case = every_wheel.by_name("more_members_than_zip_can_count")
    path = case.write(tmp_path)
    payload = changes.lay_out(tmp_path / "payload")
    refused = wheel("inject", path, *payload, "--check=structure")
    assert refused.returncode != 0 and "zip-limit" in refused.stderr, refused
    done = wheel("inject", path, *payload, "--check=structure", "--limit", "members=100000")
    assert done.returncode == 0, done
    archive = archives.Archive(path, hashed=False)
    assert archive.is_zip64 and len(archive.members) == count + len(changes.FILES)


@pytest.mark.parametrize("count", [65_534] if FULL else [])
def test_the_member_that_makes_the_difference(count, wheel, tmp_path):
    """65,534 members need no ZIP64 and those that are added make it necessary; undo makes it go again."""
    case = every_wheel.by_name("one_member_less_than_zip64_needs")
    path = case.write(tmp_path)
    before = path.read_bytes()
    assert len(archives.Archive(path, hashed=False).members) == count
    payload, undo = changes.lay_out(tmp_path / "payload"), tmp_path / "undo"
    more = ["--check=structure", "--limit", "members=100000"]
    done = wheel("inject", path, *payload, "--undo-file", undo, *more)
    assert done.returncode == 0, done
    assert archives.Archive(path, hashed=False).is_zip64
    back = wheel("undo", path, "--undo-file", undo, "--limit", "members=100000")
    assert back.returncode == 0 and path.read_bytes() == before, back
