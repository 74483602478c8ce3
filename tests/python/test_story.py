"""User stories, as their users would type them."""

import re
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
