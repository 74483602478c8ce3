"""The project that the design starts from: its wheel, its editable wheel and its sdist are as its own document draws them."""

import shutil
import tarfile
from pathlib import Path

import pytest
from conftest import ALL, members, one

SEED = Path(__file__).parent / "seed"
HOOK = b"import vlaamscodex.codec; vlaamscodex.codec.register()\n"
PACKAGE = {
    "vlaamscodex/__init__.py", "vlaamscodex/codec.py", "vlaamscodex/cli.py",
    "vlaamscodex/dialects/__init__.py", "vlaamscodex/dialects/transformer.py",
}  # fmt: skip
INJECTED = {"vlaamscodex_autoload.pth", "dialects/index.json", "dialects/packs/antwerps.json", "dialects/packs/gents.json"}

LOOK = """
import codecs, json, sys
early = [name for name in sys.modules if name.startswith("vlaamscodex")]
codecs.lookup("vlaamsplats")
from vlaamscodex.dialects.transformer import packs
print(json.dumps({"early": early, "packs": packs()}))
"""


@pytest.fixture
def project(tmp_path):
    return Path(shutil.copytree(SEED, tmp_path / "vlaamscodex"))


def test_wheel_and_sdist(project, tools, tmp_path):
    sdist, wheel = tools.build_both("build", project, tmp_path / "dist")
    assert wheel.name == "vlaamscodex-0.2.0-py3-none-any.whl"
    inside = members(wheel)
    info = {name for name in inside if name.startswith("vlaamscodex-0.2.0.dist-info/")}
    assert {name for name in inside if name not in info} == PACKAGE | INJECTED
    assert inside["vlaamscodex_autoload.pth"][0] == HOOK
    # The package, what was injected, and the metadata at the end.
    assert [*inside][-len(info) :] == [name for name in inside if name in info] and [*inside][-1].endswith("/RECORD")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        assert {member.mode & 0o777 for member in archive if member.name.endswith(".json")} == {0o644}
    assert {"src/" + name for name in PACKAGE} <= names
    assert INJECTED - {"vlaamscodex_autoload.pth"} <= names and "dialects/packs/brussels.draft" not in names
    assert {"data/vlaamscodex_autoload.pth", "pyproject.toml", "vlaamscodex_build_backend.py"} <= names
    # It is built again from nothing but the sdist, and equal.
    again, direct = tmp_path / "again", tmp_path / "direct"
    assert tools.build_wheel("uv", sdist, again).read_bytes() == wheel.read_bytes()
    assert members(tools.build_wheel("uv", project, direct)) == inside


def test_it_works_and_is_gone(project, tools, tmp_path):
    target = tools.target(tmp_path / "target")
    before = target.files()
    target.install("pip", "--no-deps", project)
    assert target.look(LOOK) == {"early": ["vlaamscodex", "vlaamscodex.codec"], "packs": ["antwerps", "gents"]}
    program = tmp_path / "hello.plats"
    program.write_text("# coding: vlaamsplats\nklap('goeiedag')\n")
    assert target.tools.run(target.python, "-B", program) == "goeiedag\n"
    assert target.tools.run(target.folder / "bin" / "plats", program, PYTHONDONTWRITEBYTECODE="1") == "goeiedag\n"
    target.uninstall("pip", "vlaamscodex")
    assert target.files() == before


def test_editable(project, tools, tmp_path):
    target = tools.target(tmp_path / "target")
    before = target.files()
    target.install("uv", "--no-deps", "-e", project)
    assert target.look(LOOK)["packs"] == ["antwerps", "gents"]
    # The package is the project's own.
    (project / "src/vlaamscodex/cli.py").write_text("def main():\n    print('edited')\n")
    assert target.tools.run(target.folder / "bin" / "plats") == "edited\n"
    target.uninstall("uv", "vlaamscodex")
    assert target.files() == before


def test_a_wrong_setting_stops_every_front_end_with_a_few_lines(project, tools, tmp_path):
    file = project / "pyproject.toml"
    file.write_text(file.read_text().replace("folders =", "folder ="))
    line = file.read_text().splitlines().index('folder = [{ from = "dialects", exclude = ["*.draft"] }]') + 1
    commands = [
        lambda: tools.uv("build", "--wheel", "-o", tmp_path / "1", project, fails=True),
        lambda: tools.module("build", "--installer", "uv", "--wheel", "-o", tmp_path / "2", project, fails=True),
        lambda: tools.pip("wheel", "--no-deps", "-w", tmp_path / "3", project, fails=True),
    ]
    for command in commands if ALL else commands[:2]:
        said = command()
        assert "error: pyproject.toml:%d:1: `tool.pyxide.wheel` has no key `folder`" % line in said
        assert "hint: did you mean `folders`?" in said
        assert "build_backend.py" not in said.replace("vlaamscodex_build_backend.py", "")
    for out in "123":
        assert not [*(tmp_path / out).glob("*.whl")]


def test_a_failing_backend_leaves_nothing(project, tools, tmp_path):
    # The wheel is made, and cannot be finished: it has another file of that name.
    package = project / "src" / "dialects"
    package.mkdir()
    (package / "index.json").write_text("{}")
    (package / "__init__.py").write_text("")
    file = project / "pyproject.toml"
    file.write_text(file.read_text() + '\n[tool.setuptools.package-data]\n"*" = ["*.json"]\n')
    out = tmp_path / "out"
    said = tools.uv("build", "--wheel", "-o", out, project, fails=True)
    assert "`tool.pyxide.wheel.folders[0]` puts `dialects/index.json` into the wheel" in said
    assert "`setuptools.build_meta` has put another file there" in said
    assert {path.name for path in out.iterdir()} <= {".gitignore"}
    assert one(project, "pyproject.toml")
