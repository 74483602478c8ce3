"""Imports of `.plats` files."""

HELLO = "# coding: plats\nzet naam op tekst weeireld amen\n"
SHOW = "import hello; print(hello.naam, hello.__file__.rpartition('/')[2])"


def test_with_install_and_from_a_program(home, program, tmp_path):
    program(HELLO)
    assert "ModuleNotFoundError" in home.run("-c", "import hello", cwd=tmp_path, fails=True).stderr
    assert home.says("-c", "import vlaamscodex; vlaamscodex.install(); vlaamscodex.install(); " + SHOW, cwd=tmp_path) == "weeireld hello.plats\n"
    # Whoever has used the codec can import what is written in it.
    main = program("# coding: plats\nzet h op __import__(\"hello\") amen\nklap h.naam amen\n", "main.plats")
    assert home.says("-c", "import codecs; codecs.lookup('plats'); " + SHOW, cwd=tmp_path).startswith("weeireld")
    assert main.exists()


CODE = """
import importlib, inspect, os, sys, vlaamscodex
vlaamscodex.install()
import pakske.binnen
assert pakske.binnen.x == "binnen"
assert inspect.getsource(pakske.binnen) == open("pakske/binnen.plats", encoding="utf-8").read()
assert pakske.binnen.__loader__.get_source("pakske.binnen").endswith("amen\\n")
# Python goes before Platskript, and what is new is found.
open("nieuw.plats", "w").write("zet x op tekst plats amen\\n")
importlib.invalidate_caches()
import nieuw
assert nieuw.x == "plats"
open("nieuw.plats", "w").write("zet x op tekst anders amen\\n")
assert importlib.reload(nieuw).x == "anders"
open("nieuw.py", "w").write("x = 'python'")
importlib.invalidate_caches()
del sys.modules["nieuw"]
import nieuw
assert nieuw.x == "python"
assert not [name for _, _, names in os.walk(".") for name in names if "plats" in name and name.endswith(".pyc")]
try:
    import nergens
except ModuleNotFoundError as error:
    assert error.name == "nergens"
"""


def test_packages_reloads_and_order(home, program, tmp_path):
    program("zet x op tekst binnen amen\n", "pakske/binnen.plats")
    assert home.says("-c", CODE, cwd=tmp_path, PYTHONDONTWRITEBYTECODE="") == ""


FAILING = """
import vlaamscodex
vlaamscodex.install()
try:
    import stuk
except vlaamscodex.PlatsFout as error:
    assert isinstance(error, SyntaxError) and isinstance(error, ValueError)
    print(error.filename.rpartition("/")[2], error.lineno, error.text)
"""


def test_an_error_has_its_place(home, program, tmp_path):
    program("# coding: plats\nplan doe\nklap tekst a\ngedaan\n", "stuk.plats")
    assert home.says("-c", FAILING, cwd=tmp_path) == "stuk.plats 3 klap tekst a\n"
    program(b"klap tekst a amen\nklap tekst \xff amen\n", "stuk.plats")
    assert home.says("-c", FAILING, cwd=tmp_path) == "stuk.plats 2 klap tekst \ufffd amen\n"
