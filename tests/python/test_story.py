"""User stories, as their users would type them."""

import os
import re
import shutil
import subprocess
import sys
import traceback

import pytest

import pyxide


def test_the_error_in_my_file(cache, tmp_path, write, capfd):
    """Story 3, for files: one exception with the user's own path, line, source line and caret, and nothing on the terminal."""
    broken = tmp_path / "kernel.pyx"
    write(tmp_path, {"kernel.pyx": "# the third line is wrong\ndef f(int n):\n    return undefined_thing(\n"})
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.cython_import(broken)
    text = "".join(traceback.format_exception_only(caught.type, caught.value))
    assert f"{broken}:3:" in text
    assert "    return undefined_thing(" in text and re.search(r"\n *\| +\^", text)
    assert "stage" not in text and "Cython/Compiler" not in text
    [diagnostic] = [one for one in caught.value.diagnostics if one["severity"] == "error"]
    assert (diagnostic["file"], diagnostic["line"]) == (str(broken), 3)

    write(tmp_path, {"kernel.pyx": 'cdef extern from "nope.h":\n    int k(int)\ndef f(int n):\n    return k(n)\n'})
    with pytest.raises(pyxide.CompileError) as caught:
        pyxide.cython_import(broken)
    assert "nope.h: No such file" in str(caught.value) and f"{broken}:1:" in str(caught.value)
    assert caught.value.hint and caught.value.command and caught.value.versions["compiler"]
    assert "fatal error: nope.h" in open(caught.value.log_path).read()

    write(tmp_path, {"kernel.pyx": 'def f(int n):\n    if n < 0:\n        raise ValueError("negative: %d" % n)\n    return n\n'})
    module = pyxide.cython_import(broken)
    with pytest.raises(ValueError) as caught:
        module.f(-1)
    frames = traceback.format_exception(caught.type, caught.value, caught.tb)
    assert f'File "{broken}", line 3, in kernel.f' in frames[-2]
    assert 'raise ValueError("negative: %d" % n)' in frames[-2]
    assert capfd.readouterr() == ("", "")


def test_the_tools_can_be_listened_to(cache, result, square, capfd):
    result(square, verbose=1)
    out, err = capfd.readouterr()
    assert out == "" and re.search(r"^cython .*\.pyx", err) and " -shared " in err and "ended with exit code 0" in err
    # What is in the cache has nothing to tell.
    result(square, verbose=1)
    with pytest.raises(pyxide.CompileError):
        result("def f(:\n", verbose=1)
    assert "cython " in capfd.readouterr().err
    result(square + "\n# again\n")
    assert capfd.readouterr().err == ""


SESSION = """
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config, colors="NoColor")
    for cell in [
        "%load_ext pyxide",
        "%%pyxide\\ndef f(int n):\\n    return undefined_thing(n)\\n",
        "%%pyxide\\ndef f(int n):\\n    raise ValueError(n)\\n",
        "f(1)",
    ]:
        shell.run_cell(cell, store_history=True)
"""


def test_the_error_in_my_cell(python, tmp_path):
    """Story 3, for cells: the cell, the line, the source line and a caret, and no frame of anybody else."""
    pytest.importorskip("IPython")
    compiled, raised = python(SESSION, IPYTHONDIR=tmp_path / "ipython", quiet=False).split("ValueError  ")
    assert " --> Cell In[2]:3:12\n" in compiled and "3 |     return undefined_thing(n)" in compiled
    assert re.search(r"\n *\| +\^", compiled) and ".py" not in compiled
    assert "Cell In[3]:3" in raised and re.search(r"--+> 3 +raise ValueError\(n\)", raised)
    assert [line for line in raised.splitlines() if re.match(r"(File|Cell) ", line)][1:] and "pyxide/_" not in raised


WORKER = """
    import multiprocessing, pyxide
    if __name__ == "__main__":
        pyxide.install("marked")
        import marked_module
        text = pyxide.compile_and_load("def f(int n):\\n    return n * n\\n")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(text.f, (12,)), marked_module.where)
        import installed_module, other_module
        print(installed_module.where, other_module.where)
"""


def test_workers_and_imports(python, tmp_path, write, empty):
    """Story 10: a worker runs a function of a text; imports compile in the marked project only; the doctor says what is missing."""
    write(tmp_path / "marked", {name + "_module.pyx": "where = 'marked'\n" for name in ["marked", "installed"]})
    # Another package, whose Cython source is none of ours, and an extension that somebody has installed.
    write(tmp_path / "other", {"other_module.pyx": "nonsense\n", "other_module.py": "where = 'other'\n"})
    built = pyxide.compile_and_load_result("where = 'installed'\n", module_name="installed_module")
    shutil.copy(built.artifact_path, tmp_path / "other")
    path = os.pathsep.join([str(tmp_path / "other"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    # Nothing is printed but what the program prints.
    assert python(WORKER, cwd=tmp_path, flags=(), PYTHONPATH=path) == "144 marked\ninstalled other\n"
    doctor = subprocess.run(
        [sys.executable, "-m", "pyxide", "doctor"], env={**os.environ, "PATH": str(empty)}, capture_output=True, text=True
    )
    assert doctor.returncode != 0 and re.search(r"missing +C compiler .*\n +install one, `", doctor.stdout), doctor
