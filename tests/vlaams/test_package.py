"""The wheel: what is in it, and that it comes and goes without a trace."""

import os
import stat
import tomllib
import zipfile

import pytest
from conftest import PROJECT, ROOT, run

HELLO = "# coding: vlaamsplats\nklap tekst gdag amen\n"
HOOK = "vlaamscodex_autoload"


@pytest.fixture(scope="module")
def inside(wheel):
    """All that is in the wheel: bytes and modes by name."""
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: (archive.read(info), info.external_attr >> 16) for info in archive.infolist()}


def test_what_is_in_it(inside, wheel):
    sources = {"vlaamscodex/" + str(path.relative_to(PROJECT / "python/vlaamscodex")) for path in (PROJECT / "python/vlaamscodex").rglob("*.py*") if path.suffix != ".pyc"}
    packs = {str(path.relative_to(ROOT)) for path in (ROOT / "dialects").rglob("*.json")}
    info = wheel.name.rpartition("-cp310-abi3-")[0]
    others = {"vlaamscodex/_vlaamscodex.abi3.so", "vlaamscodex/py.typed", "_vlaamscodex_hook.py", HOOK + ".pth", info + ".data/scripts/plats"}
    assert {name for name in inside if ".dist-info/" not in name} == sources | packs | others
    assert {name.partition(".dist-info/")[2] for name in inside if ".dist-info/" in name} == {"METADATA", "WHEEL", "RECORD", "licenses/LICENSE-MIT", "licenses/LICENSE-APACHE"}
    assert [*inside][-1].endswith(".dist-info/RECORD")
    for name in packs:
        assert inside[name][0] == (ROOT / name).read_bytes()
    program, mode = inside[info + ".data/scripts/plats"]
    assert program.startswith(b"\x7fELF") and stat.S_IMODE(mode) == 0o755
    for name, (data, _) in inside.items():
        assert str(ROOT).encode() not in data, name


def test_the_hook_is_what_pth_hook_writes(inside, tmp_path):
    with open(PROJECT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)
    (hook,) = project["tool"]["pyxide"]["wheel"]["hooks"]
    write = [os.environ["PYXIDE_BIN"], "-q", "hook", "write", hook["name"], hook["call"], "--requires-python", project["project"]["requires-python"], "--to", tmp_path]
    run(*write, "--start", "always")
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (ROOT / "data" / file.name).read_bytes(), "`pyxide hook write` makes data/%s" % file.name
    assert {file.name for file in tmp_path.iterdir()} == {HOOK + ".pth", HOOK + ".start"}
    # In the wheel is what its policy says; today that is the first of the two.
    run(*write, "--overwrite")
    assert inside[HOOK + ".pth"][0] == (tmp_path / (HOOK + ".pth")).read_bytes() and HOOK + ".start" not in inside


def test_the_hook_is_good(wheel):
    said = run(os.environ["PYXIDE_BIN"], "hook", "lint", wheel)
    assert "error" not in said.stdout + said.stderr, said
    run(os.environ["PYXIDE_BIN"], "wheel", "verify", wheel)


def test_pip_and_uv_leave_nothing(bare, wheel, program):
    before = bare.files()
    for by in bare.pip, bare.uv:
        by("install", *(["--no-deps"] if by == bare.uv else []), wheel)
        assert bare.says(program(HELLO)) == "gdag\n"
        assert run(bare.bin / "plats", "versie").stdout.startswith("plats ")
        by("uninstall", "vlaamscodex")
        assert bare.files() == before
        assert "vlaamsplats" in bare.run(program(HELLO), fails=True).stderr


SEED = "import codecs; print(codecs.lookup('vlaamsplats'))"


def test_what_is_half_gone_is_silent(bare, wheel):
    import shutil

    bare.uv("install", "--no-deps", wheel)
    assert "CodecInfo" in bare.says("-c", SEED)
    site = bare.site
    for gone in [site / "vlaamscodex/codec.py", site / "vlaamscodex", site / "_vlaamscodex_hook.py"]:
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        assert bare.says("-c", "pass") == ""
        assert bare.run("-c", SEED, fails=True).stderr.endswith("LookupError: unknown encoding: vlaamsplats\n")
    assert (site / (HOOK + ".pth")).exists()


def test_the_seeds_own_look_at_a_wheel(inside, home):
    # `unzip -p … vlaamscodex_autoload.pth`, the codec, and where its packs and hooks should lie.
    line = inside[HOOK + ".pth"][0].decode()
    assert line.startswith("import ") and line.count("\n") == 1
    assert home.says("-c", SEED).startswith("<codecs.CodecInfo object for encoding vlaamsplats")
    site = "import os, site; print(*sorted(name for name in os.listdir(site.getsitepackages()[0]) if name == 'dialects' or name.startswith('vlaamscodex')))"
    names = home.says("-c", site).split()
    assert {"dialects", "vlaamscodex", HOOK + ".pth"} <= set(names)


API = """
import vlaamscodex
from vlaamscodex import PlatsFout, checker, cli, codec, compiler, examples, fortune, importer, init, repl
from vlaamscodex.dialects import transformer
assert vlaamscodex.compile_plats is compiler.compile_plats and isinstance(vlaamscodex.__version__, str)
assert set(vlaamscodex.__all__) <= set(dir(vlaamscodex))
assert compiler.compile_plats("klap tekst a amen") == "print('a')\\n"
try:
    compiler.compile_plats("klap tekst a\\n")
except ValueError as error:
    assert isinstance(error, SyntaxError) and "missing 'amen'" in str(error), error
    assert (error.lineno, error.text, error.filename) == (1, "klap tekst a", "<plats>") and error.end_offset
found = checker.check_plats("klap tekst a\\nzegt b amen\\n", voice="en")
assert [it["line"] for it in found] == [1, 2] and all(it["severity"] == "error" and it["code"] and it["message"] for it in found), found
assert checker.format_plats("  klap   tekst a amen") == "klap tekst a amen\\n"
packs = transformer.available_packs()
assert [pack["id"] for pack in packs] == sorted(pack["id"] for pack in packs) and {"id", "label", "inherits", "file"} == set(packs[0])
assert transformer.transform("Dat is goed.", "nl/standard") == "Dat is goed."
for wrong, kind in [(("x", "vlaams/nergens"), KeyError), ((1, "nl/standard"), TypeError), (("x", ""), TypeError)]:
    try:
        transformer.transform(*wrong)
    except kind:
        continue
    raise AssertionError(wrong)
for wrong in [lambda: compiler.compile_plats(b""), lambda: transformer.transform("x", "nl/standard", seed="x")]:
    try:
        wrong()
    except TypeError:
        continue
    raise AssertionError(wrong)
"""


def test_the_modules(home):
    assert home.says("-W", "error", "-c", API) == ""


def test_packs_of_ones_own(home, tmp_path):
    packs = tmp_path / "packs"
    packs.mkdir()
    (tmp_path / "index.json").write_text('[{"id": "x/y", "label": "Y", "inherits": [], "file": "y.json"}]')
    (packs / "y.json").write_text('{"id": "x/y", "label": "Y", "inherits": [], "protected_terms": [], "rules": [{"type": "replace_word", "from": "wat", "to": "wa"}]}')
    code = "from vlaamscodex.dialects.transformer import *; print(transform('Wat nu, wat nu?', 'x/y'), [pack['id'] for pack in available_packs()])"
    assert home.says("-c", code, VLAAMSCODEX_DIALECTS_DIR=tmp_path) == "Wa nu, wa nu? ['x/y']\n"
    said = home.run("-c", code, VLAAMSCODEX_DIALECTS_DIR=tmp_path / "nergens", fails=True).stderr
    assert said.splitlines()[-2:][0].startswith("FileNotFoundError") or "FileNotFoundError" in said, said


def test_the_command_and_the_module_are_one(home, program, tmp_path):
    program("klap tekst gdag amen\n")
    for words in [["run", "hello.plats"], ["version"], ["show-python", "hello.plats"], ["dialecten"], ["haalp"], ["check", "hello.plats"]]:
        native = run(home.bin / "plats", *words, cwd=tmp_path)
        python = home.run("-m", "vlaamscodex.cli", *words, cwd=tmp_path)
        assert (native.stdout, native.stderr) == (python.stdout, python.stderr) and native.stdout
    for module, words in [("examples", []), ("fortune", ["--seed", "1"])]:
        said = home.says("-c", "import sys; from vlaamscodex import %s as m; sys.exit(m.main(*%r))" % (module, words), cwd=tmp_path)
        assert said == run(home.bin / "plats", module, *words).stdout != ""
    assert run(home.bin / "plats", "doctor", "--python", home.python).returncode == 0


def test_every_module_says_what_it_takes(home):
    code = "import inspect, vlaamscodex.compiler as c, vlaamscodex.dialects.transformer as t; print(inspect.signature(c.compile_plats)); print(inspect.signature(t.available_packs))"
    assert home.says("-c", code) == "(src: str, *, filename: str = '<plats>', raw_python: bool = False) -> str\n() -> list[dict]\n"
