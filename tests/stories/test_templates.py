"""`pyxide template run`: examples are run and compared. What is only looked up is tested without tools, in crates/cli/tests."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "templates"


@pytest.fixture
def folder(tmp_path):
    """A folder with one template, two of whose examples are wrong."""
    folder = tmp_path / "templates"
    (folder / "cython" / "basic").mkdir(parents=True)
    (folder / "template.schema.json").write_text("{}")
    (folder / "cython" / "basic" / "half.pyx").write_text("def half(int n):\n    return n / 2\n")
    demo = [
        {"call": "half(3)", "result": "1.5"},
        {"call": "half(4)", "result": "2"},
        {"call": "half('a')", "raises": "TypeError: an integer is required"},
        {"call": "half(1) + offset", "close": 10.4, "tolerance": 0.2},
        {"call": "half(5)", "raises": "ValueError: odd"},
    ]
    sidecar = {"format": 1, "title": "Half", "needs": [], "options": {}, "setup": ["offset = 10"], "demo": demo}
    (folder / "cython" / "basic" / "half.json").write_text(json.dumps(sidecar))
    return folder


def test_examples_are_compared(pyxide, folder):
    ran = pyxide("template", "run", "half", PYXIDE_TEMPLATES=folder).fails(5)
    assert ran.out.splitlines() == [
        ">>> half(3)", "1.5", ">>> half(4)", "2.0", ">>> half('a')", "TypeError: an integer is required",
        ">>> half(1) + offset", "10.5", ">>> half(5)", "2.5",
    ]  # fmt: skip
    assert ran.err == "error: `half(4)` should be: 2\nerror: `half(5)` should be: ValueError: odd\n"
    objects = pyxide("template", "run", "half", "--json", PYXIDE_TEMPLATES=folder).fails(5).objects()
    assert [one["ok"] for one in objects] == [True, False, True, True, False]
    pyxide("template", "run", "half", "--call", "half(9)", PYXIDE_TEMPLATES=folder).succeeds(">>> half(9)\n4.5\n")


def test_a_sidecar_that_cannot_be_read(pyxide, folder):
    (folder / "cython" / "basic" / "half.json").write_text("{\n")
    for words in [["list"], ["run", "half"]]:
        ran = pyxide("template", *words, PYXIDE_TEMPLATES=folder).fails(2)
        assert "half.json" in ran.err and "line 2" in ran.err, ran


def test_a_package_and_what_a_sidecar_asks_for(pyxide):
    ran = pyxide("template", "run", "hashing", PYXIDE_TEMPLATES=ROOT).succeeds()
    assert '>>> hex(fnv1a(b"hello"))\n\'0xa430d84680aabd0b\'\n' in ran.out
    ran = pyxide("template", "run", "limited_api", "--json", PYXIDE_TEMPLATES=ROOT, CFLAGS="-O0").succeeds()
    assert [one["result"] for one in ran.objects()] == ["25", "(9, 9, 15, 15)", "0", None]
