"""An interpreter inside a Rust program: the example builds a file, calls a function in its own process, and prints JSON."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = """
import os, sys, sysconfig
folders = [sysconfig.get_config_var("LIBDIR") or "", os.path.join(sys.base_prefix, "lib")]
name = sysconfig.get_config_var("INSTSONAME") or ""
print(".so" in name and any(os.path.isfile(os.path.join(folder, name)) for folder in folders))
"""

VALUES = """
    def echo(value):
        return value

    def both(a, *, b=None):
        return [a, b]

    def divide(int a, int b):
        return a // b

    def awkward():
        return {"list": [1, {2, 3}]}

    def leave():
        raise SystemExit(3)

    def speak():
        print("\\u00e9 is said")
"""

PLACE = """
    def place():
        import sys
        import Cython
        import numpy
        return [sys.executable, sys.prefix, Cython.__file__, numpy.__file__]
"""


@pytest.fixture(scope="module")
def has_library(interpreter):
    """Whether there is an interpreter that can be inside another program."""
    asked = subprocess.run([interpreter, "-c", LIBRARY], capture_output=True, text=True, check=True)
    if asked.stdout.strip() != "True":
        pytest.skip("this interpreter has no shared library")


@pytest.fixture
def host(run_in, tmp_path, has_library):
    """Runs the example with a cache of this test's own."""
    return lambda *words, **options: run_in(tmp_path, *words, program=example(), **options)


def example():
    return os.path.abspath(os.environ["PYXIDE_EXAMPLE_HOST"])


def test_values_go_in_and_come_out(host, write):
    file = write({"values.pyx": VALUES})
    values = [None, True, 0, -1, 2**63 - 1, -(2**63), 2**64 - 1, 0.5, 1e300, "", "\u00e9 \U0001f40d", [[]], {"a": {"b": [1]}}]
    assert json.loads(host(file, "echo", json.dumps([values])).succeeds().out) == values
    host(file, "both", "[1]").succeeds("[1,null]\n")
    host(file, "both", '{"a": [], "b": 2}').succeeds("[[],2]\n")
    # The program's own output and the function's are both there.
    for locale in ["C", "C.UTF-8"]:
        host(file, "speak", LC_ALL=locale).succeeds("\u00e9 is said\nnull\n")


def test_a_function_with_numpy(host, write):
    file = write({
        "total.pyx": """
            import numpy

            def total(values):
                cdef double[:] each = numpy.array(values, dtype=float)
                cdef double sum = 0
                for value in each:
                    sum += value
                return numpy.float64(sum)
        """
    })  # fmt: skip
    host(file, "total", "[[1, 2.5, 3]]").succeeds("6.5\n")


def test_what_python_raises_is_told(host, write):
    file = write({"values.pyx": VALUES})
    ran = host(file, "divide", "[1, 0]").fails(1)
    assert ran.out == "" and ran.err.startswith("error: `values.divide` raised ZeroDivisionError: "), ran
    assert "Traceback (most recent call last):\n" in ran.err and "values.pyx" in ran.err and ", in values.divide\n" in ran.err
    assert host(file, "divide", '["one", 2]').fails(1).err.startswith("error: `values.divide` raised TypeError: ")
    assert host(file, "leave").fails(1).err.startswith("error: `values.leave` raised SystemExit: 3\n")
    ran = host(file, "absent").fails(1)
    assert ran.err == "error: the module `values` has no `absent`\n"
    ran = host(file, "awkward").fails(1)
    first, second = ran.err.splitlines()
    assert first == "error: the result of `values.awkward` cannot be converted: `[\"list\"][1]` is of the type `set`"
    assert second.startswith("hint: ")

    failing = write({"failing.pyx": "raise KeyError('at once')\n"})
    ran = host(failing, "anything").fails(1)
    assert ran.err.startswith("error: cannot import `failing`: the import raised KeyError: 'at once'\n"), ran
    assert "importlib" not in ran.err, ran


def test_what_was_typed_wrong_is_told(host, square, tmp_path):
    assert host(square).fails(2).err.splitlines()[1].startswith("hint: use it as `example-host FILE.pyx FUNCTION")
    assert "are not JSON" in host(square, "square", "[1").fails(2).err
    assert "neither a JSON array nor a JSON object" in host(square, "square", "1").fails(2).err
    assert host(tmp_path / "absent.pyx", "f").fails(1).err.startswith("error: there is no file ")
    (tmp_path / "wrong.pyx").write_text("def f(:\n")
    ran = host("wrong.pyx", "f").fails(1)
    assert ran.err.startswith("error: ") and "wrong.pyx:1:" in ran.err, ran


@pytest.mark.parametrize("name", ["plain", "\u00e9 e"])
def test_it_finds_what_its_environment_has(host, interpreter, write, tmp_path, name):
    file = write({"place.pyx": PLACE})
    folder = tmp_path / name
    subprocess.run([interpreter, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, encoding="utf-8", check=True, env={"PYTHONUTF8": "1"},
    )  # fmt: skip
    # As pip would have installed them, but without a network.
    (Path(purelib.stdout.strip()) / "others.pth").write_text("\n".join(folder for folder in sys.path if "site-packages" in folder))
    for locale in ["C", "C.UTF-8"]:
        ran = host(file, "place", python=python, LC_ALL=locale).succeeds()
        executable, prefix, cython, numpy = json.loads(ran.out)
        assert (executable, prefix) == (str(python), str(folder))
        assert cython.endswith("Cython/__init__.py") and numpy.endswith("numpy/__init__.py")


def test_ctrl_c_ends_the_program(host, write, run_in, interpreter, tmp_path):
    file = write({
        "wait.pyx": """
            import signal
            import sys

            def wait():
                print("waiting", flush=True)
                while True:
                    signal.pause()
        """
    })  # fmt: skip
    assert "no `f`" in host(file, "f").fails(1).err
    variables = {**os.environ, "HOME": str(tmp_path / "home"), "PYXIDE_CACHE_DIR": str(tmp_path / "cache")}
    variables["PYXIDE_PYTHON"] = interpreter

    def restore():
        # Whoever runs this in the background may have it ignore the signal.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen([example(), file, "wait"], stdout=subprocess.PIPE, env=variables, preexec_fn=restore)
    assert process.stdout.readline() == b"waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT


def test_an_interpreter_without_a_library_is_told_with_the_remedy(run_in, square, tmp_path, interpreter):
    # What an interpreter says that was built without one.
    built = "LIBDIR='/nonexistent', LIBPL='', LDLIBRARY='libpython3.a', INSTSONAME='libpython3.a'"
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, sysconfig\n"
        "sysconfig.get_config_vars().update(%s)\n"
        "sys.base_prefix = '/nonexistent/versions/3.11.7'\n" % built
    )
    ran = run_in(tmp_path, square, "square", "[3]", program=example(), PYTHONPATH=tmp_path).fails(1)
    assert ran.err == (
        "error: `%s` has no shared library that a program could load\n"
        "hint: build it again with its library: `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install --force 3.11.7`\n"
        % interpreter
    )
