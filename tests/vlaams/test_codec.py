"""All ways in which CPython calls the codec, each in a process of its own."""

import subprocess

import pytest
from conftest import variables

COOKIE = "# coding: vlaamsplats\n"
HELLO = COOKIE + "plan doe\n  klap tekst gdag plakt spatie plakt tekst één amen\ngedaan\n"
SAID = "gdag één\n"


@pytest.mark.parametrize(
    "cookie",
    ["# coding: plats", "# coding=vlaamsplats", "# -*- coding: vlaamsplats -*-", "# vim: set fileencoding=PLATS :", "#!/usr/bin/env python\n# coding: VlaamsPlats", "\n# coding: plats"],
)
def test_every_form_of_cookie(home, program, cookie):
    text = HELLO.replace(COOKIE, cookie + "\n")
    file = program(text)
    assert home.says(file) == SAID
    # The first line reaches a decoder of whole files, too.
    assert home.says("-c", "exec(compile(open(%r, 'rb').read(), 'x', 'exec'))" % str(file)) == SAID


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("\n", "\r"), ("gedaan\n", "gedaan"), ("\nplan", "\n\n\nplan"), ("plan", "# commentaar\nplan")], ids=["crlf", "cr", "no-end", "blank", "comment"])
def test_python_file(home, program, change):
    assert home.says(program(HELLO.replace(*change))) == SAID


@pytest.mark.parametrize("text", ["", COOKIE, COOKIE + "\n", COOKIE + "plan doe\ngedaan\n"])
def test_next_to_nothing_is_a_program(home, program, text):
    assert home.says(program(text)) == ""


def test_long_programs(home, program):
    # Many times what CPython reads at once.
    lines = "".join("klap tekst é%d amen\n" % number for number in range(3000))
    assert home.says(program(COOKIE + lines)).splitlines() == ["é%d" % number for number in range(3000)]


def test_standard_input(home, program):
    # From a file: CPython goes back to the beginning for a codec, which a pipe cannot.
    with open(program(HELLO), "rb") as file:
        done = subprocess.run([home.python], stdin=file, env=variables(), capture_output=True, timeout=60)
    assert (done.stdout.decode(), done.stderr) == (SAID, b"")


def test_modules_with_a_cookie(home, program, tmp_path):
    program(HELLO, "hello.py")
    for words in [["-c", "import hello"], ["-m", "hello"], ["-c", "import runpy; runpy.run_module('hello')"], ["-c", "import runpy; runpy.run_path('hello.py')"]]:
        assert home.says(*words, cwd=tmp_path) == SAID


def test_bytes_to_code(home, program, tmp_path):
    program(HELLO, "hello.py")
    read = "open('hello.py', 'rb').read()"
    for code in [
        "exec(%s)" % read,
        "exec(compile(%s, 'hello.py', 'exec'))" % read,
        "import ast; exec(compile(ast.parse(%s), 'hello.py', 'exec'))" % read,
        "import importlib.util; exec(importlib.util.decode_source(%s))" % read,
        "import py_compile, runpy; runpy.run_path(py_compile.compile('hello.py', 'hello.pyc'))",
        "exec(%s.decode('vlaamsplats'))" % read,
        "exec(str(%s, 'plats'))" % read,
    ]:
        assert home.says("-c", code, cwd=tmp_path) == SAID, code


READERS = """
import codecs, io, linecache, tokenize
data = open("hello.plats", "rb").read()
whole = data.decode("plats")
assert whole.count("\\n") == data.count(b"\\n") and whole.startswith("\\n"), whole
assert tokenize.open("hello.plats").read() == whole
assert open("hello.plats", encoding="plats").read() == whole
assert "".join(linecache.getlines("hello.plats")) == whole
assert codecs.open("hello.plats", encoding="plats").read() == whole
assert codecs.open("hello.plats", encoding="plats").readlines() == whole.splitlines(True)
reader = codecs.getreader("plats")(io.BytesIO(data))
lines = [reader.readline(), reader.readline(keepends=False), reader.read(3), reader.read()]
assert lines[0] + lines[1] + "\\n" + lines[2] + lines[3] == whole and len(lines[2]) == 3, lines
assert list(codecs.iterdecode([data[:10], data[10:11], data[11:]], "plats")) == [whole]
# Where a file is and what is in it agree.
with open("hello.plats", encoding="plats") as file:
    file.readline(); file.readline()
    place = file.tell()
    rest = file.read()
    file.seek(place)
    assert rest and file.read() == rest
    file.seek(0)
    assert file.read() == whole
"""


def test_readers(home, program, tmp_path):
    program(HELLO.replace("gedaan", "klap tekst nog amen\ngedaan"))
    assert home.says("-c", READERS, cwd=tmp_path) == ""


DECODERS = """
import codecs
info = codecs.lookup("vlaamsplats")
assert info.name == "vlaamsplats" and codecs.lookup("Plats").name == "plats"
for name in ["vlaams-plats", "vlaams plats", "platsen"]:
    try:
        codecs.lookup(name)
    except LookupError:
        continue
    raise AssertionError(name)
decoder = info.incrementaldecoder()
assert decoder.getstate() == (b"", 0)
assert decoder.decode(b"\\nklap tekst ") == ""
state = decoder.getstate()
assert decoder.decode(b"a amen\\n", True) == "\\nprint('a')\\n"
assert decoder.decode(b"", True) == "" == decoder.decode(b"klap", True)
decoder.setstate(state)
assert decoder.decode(b"b amen\\n", True) == "\\nprint('b')\\n"
decoder.reset()
assert decoder.decode(b"klap tekst c amen", True) == "print('c')\\n"
assert info.decode(b"") == ("", 0) and info.decode(memoryview(b"amen\\n")) == ("\\n", 5)
assert info.encode("één") == ("één".encode(), 3) and "é".encode("plats") == "é".encode()
assert info.incrementalencoder().encode("é") == "é".encode()
# A mark of UTF-8 is not part of the program.
assert b"\\xef\\xbb\\xbfklap tekst a amen\\n".decode("plats") == "print('a')\\n"
assert b"klap tekst \\xff amen\\n".decode("plats", "replace") == "print('\\ufffd')\\n"
import vlaamscodex.codec as codec
codec.register(); codec.register()
"""


def test_decoders(home):
    assert home.says("-c", DECODERS) == ""


def test_nothing_is_imported_before_it_is_used(home):
    code = "import sys; print([name for name in ('vlaamscodex', 'typing', 're', 'importlib.machinery') if name in sys.modules])"
    assert home.says("-I", "-c", code) == "[]\n"
    # What a lookup imports is small, too; the language itself comes with the first program.
    code = "import codecs; codecs.lookup('plats'); import sys; print([name for name in ('typing', 're', 'vlaamscodex._vlaamscodex') if name in sys.modules])"
    assert home.says("-I", "-c", code) == "[]\n"


@pytest.mark.parametrize("option", ["-I", "-E", "-s", "-X utf8=0"])
def test_options_of_python(home, program, option):
    assert home.says(*option.split(), program(HELLO)) == SAID


def test_without_site_there_is_no_codec(home, program):
    said = home.run("-S", program(HELLO), fails=True).stderr
    assert "vlaamsplats" in said and "SyntaxError" in said
