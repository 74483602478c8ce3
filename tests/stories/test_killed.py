"""The fifth user story: killed in the middle, and eight at once. Also Ctrl-C, and what is left behind."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

REAL = shutil.which("cc") or shutil.which("gcc")


@pytest.fixture
def slow(tmp_path):
    """A C compiler that says when it compiles, and can be told to hang: while the file `hang` is there."""
    folder = tmp_path / "slow"
    folder.mkdir()
    program = folder / "cc"
    program.write_text(
        """#!/bin/sh
        case " $* " in *" -shared "*)
            echo $$ >> '%(folder)s/compilations'
            while [ -e '%(folder)s/hang' ]; do sleep 0.01; done
        esac
        exec '%(real)s' "$@"
        """
        % {"folder": folder, "real": REAL}
    )
    program.chmod(0o755)

    class Slow:
        cc, hang, log = program, folder / "hang", folder / "compilations"

        @staticmethod
        def pids():
            return [int(line) for line in Slow.log.read_text().split()] if Slow.log.exists() else []

    return Slow


@pytest.fixture
def start(program, interpreter, tmp_path, slow):
    """Starts the command in a process group of its own."""

    def start(*words, cc=slow.cc, **changes):
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / "home"),
            "PYXIDE_CACHE_DIR": str(tmp_path / "cache"),
            "PYXIDE_PYTHON": str(interpreter),
            "CC": str(cc),
            **changes,
        }
        return subprocess.Popen(
            [program, *map(str, words)], cwd=tmp_path, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    return start


def until(condition, limit=60):
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def lives(pid):
    try:
        return Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def tree(pid):
    """A process and everything below it."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found += tree(int(stat.parent.name))
    return found


def caught(process, slow):
    """Waits until the process compiles, and returns all that it has started."""
    until(slow.pids)
    until(lambda: len(tree(process.pid)) >= 3)
    return tree(process.pid)


def finished(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def left(cache, *parts):
    return [path for part in parts for path in Path(cache, "v1", part).glob("*/*")]


@pytest.mark.full("test_whoever_waits_goes_on_after_a_kill")
def test_killed_in_the_middle(start, slow, square, cache, pyxide):
    slow.hang.touch()
    first = start("build", square)
    family = caught(first, slow)
    os.killpg(first.pid, signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: not any(lives(pid) for pid in family), 10)
    assert time.monotonic() - killed < 1, "the worker and the compiler go with the builder"
    first.communicate()
    slow.hang.unlink()

    assert left(cache, "stage"), "there is something to clean up"
    assert pyxide("cache", "list").succeeds(err=None).out == ""
    status, out, err = finished(start("build", "--json", square))
    assert (status, err) == (0, ""), "nobody is waited for"
    assert len(slow.pids()) == 2
    assert left(cache, "stage") == []
    assert len(pyxide("cache", "list").succeeds().out.splitlines()) == 1
    pyxide("run", square, "--call", "square(12)", CC=slow.cc).succeeds("144\n")


def test_whoever_waits_goes_on_after_a_kill(start, slow, square, cache):
    slow.hang.touch()
    first = start("build", square)
    caught(first, slow)
    second = start("build", square)
    # It waits once it has said so; it says so on a stream that nobody else writes to.
    assert "waiting" in second.stderr.readline()
    os.killpg(first.pid, signal.SIGKILL)
    killed = time.monotonic()
    until(lambda: len(slow.pids()) == 2, 20)
    took = time.monotonic() - killed
    slow.hang.unlink()
    status, _, err = finished(second)
    assert (status, err) == (0, "")
    first.communicate()
    # It owns the lock at once; until it compiles, its worker starts and translates.
    assert took < 15
    assert left(cache, "stage") == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interruption_ends_everything(start, slow, square, cache, number, status):
    slow.hang.touch()
    process = start("build", square)
    family = caught(process, slow)
    # To the command alone, as a service manager does it; a terminal sends it to the whole group.
    process.send_signal(number)
    sent = time.monotonic()
    until(lambda: not any(lives(pid) for pid in family if pid != process.pid), 10)
    took = time.monotonic() - sent
    assert finished(process)[0] == status
    assert took < 1, "%.3f s" % took
    assert left(cache, "stage") == []


def test_an_interruption_while_waiting(start, slow, square):
    slow.hang.touch()
    first = start("build", square)
    caught(first, slow)
    second = start("build", square)
    assert "waiting" in second.stderr.readline()
    second.send_signal(signal.SIGINT)
    assert finished(second)[0] == 130
    slow.hang.unlink()
    assert finished(first)[0] == 0, "the one that builds is not disturbed"


def test_sweep_removes_what_a_killed_builder_left_and_nothing_else(start, slow, write, cache, pyxide):
    first, second, third = (write({name: "def f():\n    return %r\n" % name}) for name in ["a.pyx", "b.pyx", "c.pyx"])
    pyxide("build", third, CC=slow.cc).succeeds(err=None)
    slow.log.unlink()
    slow.hang.touch()
    killed = start("build", first)
    caught(killed, slow)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    busy = start("build", second)
    until(lambda: len(slow.pids()) == 2)
    assert len(left(cache, "stage")) == 2
    swept = pyxide("cache", "sweep")
    assert swept.status == 0 and "1" in swept.out, swept
    assert len(left(cache, "stage")) == 1, "the one that is being used stays"
    slow.hang.unlink()
    assert finished(busy)[0] == 0
    pyxide("cache", "sweep").succeeds(out=None, err=None)
    assert left(cache, "stage", "trash") == []
    assert len(pyxide("cache", "list").succeeds().out.splitlines()) == 2


@pytest.mark.full("tests/python/test_processes.py::test_eight_processes_build_once")
def test_eight_at_once(start, slow, square, cache):
    started = [start("build", "--json", square) for _ in range(8)]
    ended = [finished(process) for process in started]
    assert [status for status, _, _ in ended] == [0] * 8, ended
    assert len(slow.pids()) == 1, "one compiler run"
    assert len({out.split('"key":')[1].split(",")[0] for _, out, _ in ended}) == 1
    assert left(cache, "stage") == []


@pytest.mark.parametrize("words", [["build"], ["run"]])
def test_a_compiler_that_does_not_say_what_it_is_can_be_given_up(start, square, tmp_path, words):
    hanging, marker = tmp_path / "hanging", tmp_path / "asked"
    hanging.write_text("#!/bin/sh\necho $$ >> '%s'\nexec sleep 1000\n" % marker)
    hanging.chmod(0o755)
    process = start(*words, square, cc=hanging)
    until(lambda: marker.exists() and marker.read_text().strip())
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    status, out, _ = finished(process)
    assert (status, out) == (130, "")
    assert time.monotonic() - sent < 2
    assert not any(lives(int(pid)) for pid in marker.read_text().split())
