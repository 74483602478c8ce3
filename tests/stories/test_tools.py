"""Tools that are missing: doctor, and a Cython of our own."""

import shutil
import subprocess
from pathlib import Path

import pytest


def test_doctor_finds_everything(pyxide, interpreter, cache):
    ran = pyxide("doctor").succeeds()
    lines = {line[7:].strip().split("  ")[0]: line for line in ran.out.splitlines()}
    assert list(lines) == ["interpreter", "headers", "Cython", "C compiler", "C++ compiler", "NumPy", "cache"]
    assert all(line.startswith("ok ") for line in lines.values()), ran
    assert interpreter in lines["interpreter"] and str(cache) in lines["cache"]
    objects = pyxide("doctor", "--json").succeeds().objects()
    assert [(one["what"], one["ok"], one["remedy"]) for one in objects] == [(what, True, None) for what in lines]


def test_doctor_without_a_compiler(pyxide, interpreter, empty):
    words = ["doctor", "--python", interpreter]
    ran = pyxide(*words, python=None, PATH=empty).fails(3)
    lines = ran.out.splitlines()
    at = next(index for index, line in enumerate(lines) if "C compiler" in line)
    assert lines[at].startswith("missing") and "gcc" in lines[at], ran
    managers = ["apt-get install", "dnf install", "apk add", "pacman -S", "zypper"]
    assert any(manager in lines[at + 1] for manager in managers), ran
    assert "CC" in lines[at + 1]
    assert ran.err == ""
    found = {one["what"]: one for one in pyxide(*words, "--json", python=None, PATH=empty).fails(3).objects()}
    assert found["C compiler"]["ok"] is False and found["C compiler"]["needed"] is True
    assert "install" in found["C compiler"]["remedy"]
    assert found["C++ compiler"]["ok"] is False and found["C++ compiler"]["needed"] is False
    assert found["Cython"]["ok"] is True


def test_doctor_without_an_interpreter(pyxide, empty):
    ran = pyxide("doctor", python=None, PATH=empty).fails(3)
    assert ran.out.startswith("missing") and "interpreter" in ran.out.splitlines()[0] and "--python" in ran.out, ran


def test_doctor_with_a_cache_that_cannot_be_written(pyxide, tmp_path):
    (tmp_path / "file").write_text("")
    ran = pyxide("doctor", "--cache-dir", tmp_path / "file" / "cache")
    assert ran.status in (3, 4), ran
    [line] = [line for line in ran.out.splitlines() if line.startswith("missing")]
    assert str(tmp_path / "file") in line, ran


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(pyxide, tmp_path, shell):
    script = pyxide("completions", shell, python=None, PATH="").succeeds().out
    assert "pyxide" in script and "--cache-dir" in script.replace("cache-dir", "--cache-dir") and "doctor" in script
    if shutil.which(shell):
        file = tmp_path / "completions"
        file.write_text(script)
        subprocess.run([shell, "-n", file], check=True, capture_output=True)


@pytest.fixture(scope="module")
def bare(interpreter, tmp_path_factory):
    """An interpreter with pip and without Cython."""
    ask = lambda program, code: subprocess.run([program, "-I", "-c", code], capture_output=True, text=True)
    base = ask(interpreter, "import sys; print(sys.base_prefix, *sys.version_info[:2])").stdout.split()
    program = Path(base[0], "bin", "python%s.%s" % tuple(base[1:]))
    if ask(program, "import pip").returncode == 0 and ask(program, "import Cython").returncode != 0:
        return program
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([interpreter, "-I", "-m", "venv", folder], check=True, capture_output=True)
    return folder / "bin" / "python"


def offline(python, folder):
    """What pip says when asked for a package, if that is about the network."""
    command = [python, "-m", "pip", "download", "--no-deps", "--retries", "1", "--dest", folder / "downloads", "cython"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=120)
    signs = ["new connection", "name resolution", "unreachable", "ConnectTimeout", "ProxyError", "timed out"]
    said = [line for line in asked.stderr.splitlines() if any(sign in line for sign in signs)]
    return said[0] if asked.returncode and said else None


def test_cython_is_installed_into_the_cache(pyxide, square, bare, cache, stage_is_empty):
    words = ["run", square, "--call", "square(12)"]
    first = pyxide(*words, python=bare)
    if first.status == 3 and (reason := offline(bare, square.parent)):
        pytest.skip("pip has no network here: %s" % reason)
    first.succeeds("144\n", err=None)
    assert first.err.count("\n") == 1 and first.err.startswith("note: ") and "installing Cython" in first.err, first
    [tool] = (cache / "tools").iterdir()
    assert (tool / "Cython").is_dir() and tool.name.startswith("cython-")
    # Said once, installed once, and not into the interpreter's own folders.
    pyxide(*words, python=bare).succeeds("144\n")
    pyxide(*words, "--force", python=bare).succeeds("144\n")
    assert subprocess.run([bare, "-I", "-c", "import Cython"], capture_output=True).returncode != 0
    assert [*(cache / "tools").iterdir()] == [tool]
    stage_is_empty()


def test_no_cython_and_no_network(pyxide, square, bare, cache):
    ran = pyxide("run", square, "--call", "square(12)", python=bare, PIP_NO_INDEX="1").fails(3)
    assert ran.out == "" and ran.err.count("error: ") == 1 and ran.err.count("hint: ") == 1, ran
    assert "Cython" in ran.err and str(bare) in ran.err and "pip" in ran.err, ran
    assert "Traceback" not in ran.err
    assert [*(cache / "tools").glob("*")] == []
    # Doctor says what will happen.
    told = pyxide("doctor", python=bare, PIP_NO_INDEX="1").succeeds(err=None)
    assert "will be installed" in told.out


def test_nothing_is_installed_where_building_is_switched_off(pyxide, square, bare, cache):
    for words, changes in [(["--no-build"], {}), ([], {"PYXIDE_NO_BUILD": "1"})]:
        ran = pyxide("run", square, *words, python=bare, **changes).fails(4)
        assert "square" in ran.err and "hint: " in ran.err, ran
    assert not (cache / "tools").exists()


def test_the_interpreter_is_chosen_in_order(pyxide, write, interpreter, tmp_path):
    file = write({"m.pyx": "import sys\ndef f():\n    return sys.executable\n"})
    folder = tmp_path / "environment" / "bin"
    folder.mkdir(parents=True)
    words = ["doctor", "--json"]
    chosen = lambda *more, **options: pyxide(*words, *more, **options).objects()[0]["detail"]
    nothing = {"python": "/nonexistent/python"}
    assert interpreter in chosen("--python", interpreter, **nothing)
    assert interpreter in chosen(VIRTUAL_ENV="/nonexistent")
    assert "/nonexistent/python" in chosen(**nothing)
    environment = Path(interpreter).parent.parent
    assert interpreter.rpartition("/")[0] in chosen(python=None, VIRTUAL_ENV=environment)
    (tmp_path / ".venv").symlink_to(environment)
    assert str(Path(".venv", "bin", "python")) in chosen(python=None)
