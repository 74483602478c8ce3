"""`pyxide wheel inject` where the system gives less than it is asked for."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from hand_made import FILE_NAME, STORED, Draft, Member

#: Cannot be compressed, and is long enough to be copied by a thread of its own.
NOISE = bytes((number * number >> 7) & 255 for number in range(600_000))


@pytest.fixture
def wheel(tmp_path):
    """A wheel with a large member in front of all others."""
    draft = Draft()
    draft.members.insert(0, Member(b"demo/noise.bin", NOISE, method=STORED))
    with open(tmp_path / FILE_NAME, "wb") as file:
        draft.write(file)
    return tmp_path / FILE_NAME


@pytest.fixture
def adds_a_file(pyxide, wheel, write, tmp_path):
    """Adds a file, with nothing else being wrong."""

    def adds_a_file(**options):
        write({"new.txt": "new\n"})
        pyxide("wheel", "inject", wheel, "%s=demo/new.txt" % (tmp_path / "new.txt"), **options).succeeds(err=None)
        pyxide("wheel", "verify", wheel, **options).succeeds(err=None)
        with zipfile.ZipFile(wheel) as archive:
            assert archive.read("demo/noise.bin") == NOISE
            assert archive.read("demo/new.txt") == b"new\n"

    return adds_a_file


def test_no_more_threads(adds_a_file):
    # No address space has room for a stack of this size.
    adds_a_file(RUST_MIN_STACK=1 << 50)


@pytest.fixture
def strace():
    """The program that lets system calls fail."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True).returncode:
        pytest.skip("strace is not installed, or may not trace")
    return [strace, "-f", "-qq", "-o", os.devnull]


def test_a_kernel_that_copies_nothing(adds_a_file, strace):
    """Some file systems say that they have copied no bytes where they cannot copy at all."""
    adds_a_file(under=[*strace, "-e", "inject=copy_file_range:retval=0"])


def test_a_folder_that_cannot_be_opened(pyxide, wheel, write, tmp_path, strace):
    """What cannot be made durable is not put in the wheel's place."""
    write({"new.txt": "new\n"})
    before = wheel.read_bytes()
    under = [*strace, "-P", tmp_path, "-e", "inject=openat:error=EACCES"]
    refused = pyxide("wheel", "inject", wheel, tmp_path / "new.txt", under=under).fails(2)
    assert "cannot write the changed wheel" in refused.err, refused
    assert wheel.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [FILE_NAME, "new.txt"]


#: Runs a command and prints how much memory it took at most, in KiB.
MEASURED = "import resource, subprocess, sys; ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(ended.returncode)"


def test_memory_is_bounded_by_the_number_of_members(run_in, tmp_path, write):
    members = 40_000
    draft = Draft()
    draft.members[:0] = [Member(b"demo/part%02d/module_%05d.py" % (number % 40, number), b"x = 1\n") for number in range(members)]
    with open(tmp_path / FILE_NAME, "wb") as file:
        draft.write(file)
    hook = write({"demo_hook.pth": "import sys\n"})
    before = (tmp_path / FILE_NAME).read_bytes()
    for words in [["verify"], ["inspect", "--json"], ["inject", "--check=structure"], ["undo"]]:
        added = [hook] if words[0] == "inject" else []
        ran = run_in(tmp_path, "wheel", *words, FILE_NAME, *added, under=[sys.executable, "-c", MEASURED]).succeeds(err=None)
        assert int(ran.err.split()[-1]) <= 32 * 1024 + members, (words, ran)
    assert (tmp_path / FILE_NAME).read_bytes() == before
