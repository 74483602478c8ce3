"""What is said of programs that fail: the file, its line, and what is wrong."""

import pytest

COOKIES = {"line 1": "# coding: plats\n", "line 2": "#!/usr/bin/env python\n# coding: plats\n"}
FAILS = "plan doe\n\n# commentaar\nmaak funksie f met a doe\n  klap da a gedeeld getal 0 amen\ngedaan\nroep f met getal 1 amen\ngedaan\n"
WRONG = "plan doe\n\nklap tekst een amen\n  klap tekst twee\ngedaan\n"


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
def test_a_program_that_fails_when_it_runs(home, program, cookie, tmp_path):
    first = cookie.count("\n")
    program(cookie + FAILS, "stuk.plats")
    program(cookie + FAILS, "module.py")
    for words, name in [(["stuk.plats"], "stuk.plats"), (["-m", "module"], "module.py"), (["-c", "import module"], "module.py")]:
        said = home.run(*words, cwd=tmp_path, fails=True).stderr
        for line, function, text in [(first + 7, "<module>", "roep f met getal 1 amen"), (first + 5, "f", "klap da a gedeeld getal 0 amen")]:
            shown = '%s", line %d, in %s\n    %s\n' % (name, line, function, text)
            assert shown in said, said
            # What they became is nobody's, and neither are its columns.
            assert "~" not in said and "print" not in said, said
        assert said.rstrip().endswith("ZeroDivisionError: division by zero")


def test_errors_of_python_look_as_ever(home, program, tmp_path):
    (tmp_path / "stuk.py").write_text("def f():\n    return 1 / 0\n\nf()\n")
    (tmp_path / "roept.py").write_text("import sys\nif sys.argv[1:]:\n    b'klap 1'.decode('plats')\nimport stuk\n")
    plain = home.run("roept.py", cwd=tmp_path, fails=True).stderr
    assert home.run("roept.py", "after", cwd=tmp_path, fails=True).stderr == plain
    hooked = "import sys; sys.excepthook = lambda *error: print('mine'); b'klap tekst a amen'.decode('plats'); 1 / 0"
    assert home.run("-c", hooked, cwd=tmp_path, fails=True).stdout == "mine\n"


@pytest.mark.parametrize("cookie", COOKIES.values(), ids=COOKIES)
def test_a_program_that_is_none(home, program, cookie, tmp_path):
    line = cookie.count("\n") + 4
    program(cookie + WRONG, "stuk.plats")
    program(cookie + WRONG, "module.py")
    for words, name in [(["stuk.plats"], "stuk.plats"), (["-m", "module"], "module.py"), (["-c", "import module"], "module.py")]:
        done = home.run(*words, cwd=tmp_path, fails=True)
        # Nothing of it has run.
        assert done.stdout == ""
        shown = done.stderr.splitlines()
        assert '%s", line %d' % (name, line) in shown[-4], done.stderr
        assert shown[-3].strip() == "klap tekst twee" and set(shown[-2].strip()) == {"^"}, done.stderr
        assert shown[-1].startswith("SyntaxError: ") and "amen" in shown[-1], done.stderr
        # The line that raises it is none of the program's.
        assert "raise SyntaxError" not in done.stderr and len(shown) == 4 or words[0] != "stuk.plats", done.stderr


def test_bytes_that_are_no_text(home, program, tmp_path):
    program(b"# coding: plats\nklap tekst a amen\nklap tekst \xe9n amen\n", "stuk.plats")
    shown = home.run("stuk.plats", cwd=tmp_path, fails=True).stderr.splitlines()
    assert 'stuk.plats", line 3' in shown[-4] and "UTF-8" in shown[-1] and "0xe9" in shown[-1]


LINES = """
import sys
text = open("stuk.plats", "rb").read()
python = text.decode("plats")
assert python.count("\\n") == text.count(b"\\n"), python
try:
    exec(compile(text, "stuk.plats", "exec"))
except SyntaxError as error:
    assert (error.filename, error.lineno, error.text) == ("stuk.plats", 5, "  klap tekst twee"), error.args
    assert error.offset and error.end_offset >= error.offset
"""


def test_an_error_has_as_many_lines_as_its_program(home, program, tmp_path):
    program(COOKIES["line 1"] + WRONG, "stuk.plats")
    assert home.says("-c", LINES, cwd=tmp_path) == ""


HARD = """
from vlaamscodex import PlatsFout, compile_plats
from vlaamscodex.checker import check_plats
programs = {
    "long": "klap tekst " + "a" * 10_000_000 + " amen\\n",
    "deep": "als waar doe\\n" * 3000 + "klap getal 1 amen\\n" + "gedaan\\n" * 3000,
    "brackets": "klap " + "( " * 50_000 + "getal 1 " + ") " * 50_000 + "amen\\n",
    "quotes": "klap tekst '''\\"\\"\\"\\\\\\0 amen\\n",
    "unknown": "zegt iets amen\\n" * 1000,
}
for name, text in programs.items():
    try:
        python = compile_plats(text)
        assert python.count("\\n") == text.count("\\n")
    except PlatsFout as error:
        assert error.lineno
    found = check_plats(text)
    assert isinstance(found, list)
    assert text.encode().decode("plats").count("\\n") == text.count("\\n")
"""


def test_hard_programs_are_answered(home):
    assert home.says("-c", HARD) == ""
