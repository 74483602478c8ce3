"""What a long build shows on a terminal, and that it shows nothing anywhere else."""

import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest
from quick import only_in_full

REAL = shutil.which("cc") or shutil.which("gcc")

LIMIT = 60

BUILD = 'import pyxide; print(pyxide.compile_and_load("def f():\\n    return 144\\n", module_name="square").f())'


IMPORT = 'import pyxide; pyxide.install(); import square; print(square)'


class Terminal:
    """A pseudo terminal, and what is on it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.raw = ""

    def read(self):
        try:
            data = os.read(self.ours, 4096)
        except OSError:
            # All who could write are gone.
            return False
        self.raw += data.decode()
        return bool(data)

    def until(self, pattern):
        deadline = time.monotonic() + LIMIT
        while not re.search(pattern, self.raw):
            assert time.monotonic() < deadline and self.read(), "it did not show up: %r" % self.raw

    def screen(self):
        """The lines that a user sees, of a terminal that knows what is used and no more."""
        lines, row, column = [""], 0, 0
        for token in re.findall(r"\x1b\[[\d;]*[A-Za-z]|[^\x1b]|\x1b", self.raw):
            if token == "\r":
                column = 0
            elif token == "\n":
                row += 1
                lines += [""] * (row + 1 - len(lines))
            elif token in ("\x1b[2K", "\x1b[K"):
                lines[row] = "" if token == "\x1b[2K" else lines[row][:column]
            elif re.fullmatch(r"\x1b\[\d*A", token):
                row = max(0, row - int(token[2:-1] or 1))
            elif not re.fullmatch(r"\x1b\[[\d;]*m", token):
                assert not token.startswith("\x1b"), "not known here: %r" % token
                lines[row] = lines[row].ljust(column)[:column] + token + lines[row][column + 1 :]
                column += 1
        return [line.rstrip() for line in lines]


@pytest.fixture
def slow(tmp_path):
    """A C compiler that hangs while the file `hang` is there, and says so."""
    program, hang = tmp_path / "cc", tmp_path / "hang"
    hang.touch()
    program.write_text(
        """#!/bin/sh
        case " $* " in *" -shared "*) touch '%s.hangs'; while [ -e '%s' ]; do sleep 0.01; done ;; esac
        exec '%s' "$@"
        """
        % (hang, hang, REAL)
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def hang(slow, tmp_path):
    return tmp_path / "hang"


@pytest.fixture
def start(program, interpreter, slow, tmp_path):
    """Starts the command, or the interpreter with a program, with its error output on a terminal of its own."""
    terminals = []

    def start(*words, code=None, stderr=None, **changes):
        terminal = Terminal()
        terminals.append(terminal)
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "HOME": str(tmp_path / "home"),
            "PYXIDE_CACHE_DIR": str(tmp_path / "cache"),
            "PYXIDE_PYTHON": str(interpreter),
            "CC": str(slow),
            "CFLAGS": "-O0",
            "TERM": "xterm",
            **changes,
        }
        command = [program, *map(str, words)] if code is None else [interpreter, "-c", code]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=terminal.theirs if stderr is None else stderr, text=True,
        )  # fmt: skip
        os.close(terminal.theirs)
        return process, terminal

    yield start
    for terminal in terminals:
        os.close(terminal.ours)


def finished(process, terminal):
    while terminal.read():
        pass
    out, _ = process.communicate(timeout=LIMIT)
    return process.returncode, out


def hangs_for_long(hang):
    """Waits until the compiler has been at it for longer than anything may go without being shown."""
    while not hang.with_suffix(".hangs").exists():
        time.sleep(0.01)
    began = time.monotonic()
    while time.monotonic() < began + 1.5:
        time.sleep(0.01)


@pytest.mark.parametrize("code", [None, BUILD, IMPORT], ids=["command", "python", "import"])
def test_a_long_build_says_what_it_is_at_and_leaves_no_trace(start, square, hang, code):
    process, terminal = start("build", square, code=code)
    terminal.until(r"square: compiler [1-9]\d* s")
    assert len(terminal.screen()) == 1, "it is one line"
    hang.unlink()
    status, out = finished(process, terminal)
    assert status == 0 and out.strip()
    assert terminal.screen() == [""]


def test_several_files_have_one_line(start, write, hang):
    # The longest are begun first.
    write({"one.pyx": "number = 1\n", "two.pyx": "number = 2\n", "bad.pyx": "nope nope\n"})
    process, terminal = start("build", "one.pyx", "two.pyx", "bad.pyx", "--jobs", "2")
    terminal.until(r"0 of 3 built · (one|two): (Cython|compiler) \d+ s, and 1 more")
    hang.unlink()
    status, out = finished(process, terminal)
    assert status == 1 and len(out.splitlines()) == 2
    screen = terminal.screen()
    assert "bad.pyx:1" in "\n".join(screen) and " built" not in "\n".join(screen), screen


def test_who_waits_says_for_whom(start, square, hang):
    first, terminal = start("build", square)
    terminal.until("compiler")
    second, other = start("build", square)
    other.until(r"square: waiting for process %d [1-9]\d* s" % first.pid)
    assert other.screen()[0].startswith("note: waiting for another process")
    hang.unlink()
    assert finished(first, terminal)[0] == 0 and finished(second, other)[0] == 0
    assert other.screen()[1:] == [""]


@pytest.mark.parametrize("code", [None, BUILD], ids=["command", "python"])
def test_an_interruption_leaves_no_trace(start, square, hang, code):
    if code is not None:
        code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n" + code
    process, terminal = start("build", square, code=code)
    terminal.until("compiler")
    process.send_signal(signal.SIGINT)
    status, _ = finished(process, terminal)
    assert status in (130, -signal.SIGINT)
    screen = terminal.screen()
    assert screen[0].startswith("Traceback" if code else "error: the build was cancelled"), screen
    assert not any("compiler" in line for line in screen)


def test_a_forked_child_leaves_the_line_alone(start, hang):
    code = """if True:
        import os, pyxide, sys, threading
        thread = threading.Thread(target=pyxide.compile_and_load, args=["x = 1\\n"], kwargs={"module_name": "square"})
        thread.start()
        sys.stderr.isatty()
        while not os.path.exists("fork"):
            pass
        if os.fork() == 0:
            assert pyxide.list_cached() == []
            sys.exit()
        os.wait()
        print("forked", flush=True)
        thread.join()
    """
    process, terminal = start(code=code, PYTHONWARNINGS="ignore")
    terminal.until("square: compiler")
    hang.with_name("fork").touch()
    assert process.stdout.readline() == "forked\n"
    shown = len(terminal.raw)
    terminal.until(r"(?s)^.{%d}.*square: compiler" % shown)
    hang.unlink()
    assert finished(process, terminal)[0] == 0
    assert terminal.screen() == [""]


@pytest.mark.parametrize(
    "words, changes",
    [
        (["--no-progress"], {}),
        ([], {"CI": "true"}),
        *[only_in_full(*one) for one in [(["--quiet"], {}), (["--json"], {}), ([], {"TERM": "dumb"})]],
    ],
)
def test_nothing_is_shown_to_who_does_not_want_it(start, square, hang, words, changes):
    process, terminal = start("build", square, *words, **changes)
    hangs_for_long(hang)
    hang.unlink()
    assert finished(process, terminal)[0] == 0
    assert terminal.raw == ""


@pytest.mark.parametrize("code", [None, only_in_full(BUILD), "import sys; sys.stderr = open('elsewhere', 'w')\n" + BUILD])
def test_nothing_is_shown_in_pipes_and_files(start, square, hang, code, tmp_path):
    replaced = code is not None and code != BUILD
    process, terminal = start("build", square, code=code, stderr=None if replaced else subprocess.PIPE)
    hangs_for_long(hang)
    hang.unlink()
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and out
    while terminal.read():
        pass
    assert not err and terminal.raw == ""
