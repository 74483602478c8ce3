"""The templates: each builds without a warning, each demo call gives what its sidecar says, each twin agrees.

A test builds a spread of them, one of each kind of build. PYXIDE_TEST_FULL=1 builds all.
"""

import importlib.util
import json
import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from quick import FULL

import pyxide

ROOT = pyxide.template_root()
SIDECARS = {str(path.relative_to(ROOT / "cython").with_suffix("")): json.loads(path.read_text()) for path in ROOT.glob("cython/*/*.json")}
SPREAD = """
    basic/digits classes/record cpp/exceptions memoryview/total numpy/ufunc packages/geometry parallel/local_buffers
    patterns/header patterns/limited_api patterns/line_trace patterns/pure_mode patterns/system_library
""".split()
CHOSEN = sorted(SIDECARS) if FULL else SPREAD

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
# What is wrong in the user's lines; Cython's own C is not clean under all of these.
WARNINGS = "-O0 -Wall -Wextra"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A cache for all of them."""
    return tmp_path_factory.mktemp("templates") / "cache"


@pytest.fixture
def built(folder, monkeypatch):
    """Builds a template as its sidecar says: the module or package, and what the tools remarked."""

    def built(name):
        monkeypatch.setenv("CFLAGS", WARNINGS)
        if name.startswith("packages/"):
            result = pyxide.build_package_example_result(name, cache_dir=folder)
            return result.package, [warning for one in result.results for warning in one.meta["warnings"]]
        result = pyxide.compile_template_result(name, cache_dir=folder)
        return result.module, result.meta["warnings"]

    return built


def namespace(module, name):
    """What the lines of a sidecar see."""
    names = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    names["module"] = module
    if "numpy" in SIDECARS[name]["needs"]:
        import numpy

        names["np"] = numpy
    return names


def measured(module, name):
    """What is measured of a template or a twin gives. What the demo calls have set up is not there."""
    bench = SIDECARS[name]["bench"]
    names = {**namespace(module, name), "n": min(bench["sizes"]["quick"], 100)}
    for line in bench["setup"]:
        exec(line, names)
    return plain(eval(bench["call"], names))


def twins(name):
    """The twins of a template, imported under names of their own."""
    path = ROOT / "python" / name
    paths = [path / "__init__.py" if path.is_dir() else path.with_suffix(".py")]
    if SIDECARS[name]["bench"].get("numpy"):
        paths.append(path.with_name(path.name + "_numpy.py"))
    for path in paths:
        inside = [str(path.parent)] if path.name == "__init__.py" else None
        alias = "twin_%s_%s" % (path.parent.name, path.stem)
        spec = importlib.util.spec_from_file_location(alias, path, submodule_search_locations=inside)
        module = importlib.util.module_from_spec(spec)
        sys.modules[alias] = module
        spec.loader.exec_module(module)
        yield module


def plain(value):
    """A value as numbers, texts and lists, so that an array and a list of the same items are equal."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, dict):
        return sorted([plain(key), plain(item)] for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.parametrize("name", CHOSEN)
def test_a_template(name, built, monkeypatch):
    sidecar = SIDECARS[name]
    if "numpy" in sidecar["needs"] and not HAS_NUMPY:
        pytest.skip("there is no NumPy")
    module, warnings = built(name)
    assert module.__doc__ and warnings == []
    names = namespace(module, name)
    for line in sidecar["setup"]:
        exec(line, names)
    for demo in sidecar["demo"]:
        try:
            value = eval(demo["call"], names)
        except Exception as error:
            raised = traceback.format_exception_only(type(error), error)[-1].strip()
            assert {**demo, "raises": raised} == demo
        else:
            if "close" in demo:
                assert value == pytest.approx(demo["close"], rel=0, abs=demo["tolerance"]), demo
            else:
                assert {**demo, "result": repr(value)} == demo
    if "bench" not in sidecar:
        return
    # What is measured does the same as its twins.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    result = measured(module, name)
    for twin in twins(name):
        other = measured(twin, name)
        assert other == result or other == pytest.approx(result)


@pytest.mark.parametrize("name", sorted(name for name, sidecar in SIDECARS.items() if "bench" in sidecar))
def test_what_is_measured_needs_nothing_else(name, monkeypatch):
    """All twins, also of templates that this run does not build: a sidecar's lines are the same for both."""
    if not HAS_NUMPY and ("numpy" in SIDECARS[name]["needs"] or SIDECARS[name]["bench"].get("numpy")):
        pytest.skip("there is no NumPy")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first, *others = [measured(twin, name) for twin in twins(name)]
    for other in others:
        assert other == first or other == pytest.approx(first)


def test_there_are_many():
    categories = {name.partition("/")[0] for name in SIDECARS}
    assert categories == {"basic", "classes", "cpp", "memoryview", "numpy", "packages", "parallel", "patterns"}
    assert len(SIDECARS) >= 45 and set(SPREAD) <= set(SIDECARS)
    assert len([name for name in SIDECARS if name.startswith("packages/")]) == 5


@pytest.mark.parametrize("name", sorted(SIDECARS))
def test_a_docstring_says_when_and_at_what_cost(name):
    if name.startswith("packages/"):
        return
    words = " ".join(re.search(r'"""(.*?)"""', pyxide.read_template(name), re.S)[1].split())
    assert "Use " in words and "costs" in words, words


def test_finding_them():
    names = pyxide.list_templates()
    assert names == sorted(names) and {*names} == {name for name in SIDECARS if not name.startswith("packages/")}
    twins = pyxide.list_templates(kind="python")
    assert {"basic/square", "memoryview/scale", "memoryview/scale_numpy"} <= {*twins}
    assert not any(name.startswith("packages/") for name in twins)
    with pytest.raises(ValueError, match='must be "cython" or "python"'):
        pyxide.list_templates(kind="rust")

    path = pyxide.get_template_path("basic/square")
    assert path == ROOT / "cython" / "basic" / "square.pyx"
    assert pyxide.get_template_path("square") == pyxide.get_template_path("basic/square.pyx") == path
    assert pyxide.get_template_path("square", kind="python") == ROOT / "python" / "basic" / "square.py"
    assert pyxide.get_template_path("pure_mode").suffix == ".py"
    assert pyxide.read_template("square") == path.read_text()
    for wrong in ["", "/basic/square", "../cython/basic/square", "basic/../basic/square"]:
        with pytest.raises(ValueError, match="is not the name of a template"):
            pyxide.get_template_path(wrong)
    with pytest.raises(FileNotFoundError, match="did you mean `basic/square`"):
        pyxide.get_template_path("basic/sqare")
    with pytest.raises(ValueError, match=r"build_package_example\('geometry'\)"):
        pyxide.get_template_path("packages/geometry")


def test_what_is_known_of_them():
    known = pyxide.load_template_metadata("square")
    assert (known["id"], known["kind"], known["category"], known["level"]) == ("basic/square", "cython", "basic", "basic")
    assert known["path"] == pyxide.get_template_path("square") and known["demo"]
    twin = pyxide.load_template_metadata("memoryview/scale_numpy", kind="python")
    assert twin == {"id": "memoryview/scale_numpy", "kind": "python", "category": "memoryview", "title": "scale numpy", "path": twin["path"]}


def test_packages(cache):
    assert pyxide.list_package_examples() == ["geometry", "graphs", "hashing", "signals", "summary"]
    folder = pyxide.get_package_example_path("geometry")
    assert folder == ROOT / "cython" / "packages" / "geometry"
    known = pyxide.load_package_example_metadata("geometry")
    assert known["title"] == "Geometry" and known["modules"]["point"] == folder / "point.pyx"
    for wrong, error in [("geometri", FileNotFoundError), ("../basic", ValueError), ("README", FileNotFoundError)]:
        with pytest.raises(error):
            pyxide.get_package_example_path(wrong)
    modules = pyxide.build_package_example("geometry", package_name="my_geometry")
    assert sorted(modules) == ["paths", "point"]
    point = modules["point"].Point
    assert point.__module__ == "my_geometry.point" and modules["paths"].length([point(0, 0), point(3, 4)]) == 5.0


def test_options_win_over_the_sidecar(cache):
    assert pyxide.compile_template("square").square(12) == 144
    result = pyxide.compile_template_result("limited_api", module_name="narrow", limited_api=False)
    assert ".abi3." not in result.artifact_path.name and result.module.sieve(10) == 4


def test_a_folder_that_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PYXIDE_TEMPLATES", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="PYXIDE_TEMPLATES"):
        pyxide.template_root()
    (tmp_path / "template.schema.json").write_text("{}")
    assert pyxide.template_root() == tmp_path


def test_the_command(environment):
    run = lambda *words: subprocess.run(  # noqa: E731
        [sys.executable, "-I", "-m", "pyxide", "template", *words], capture_output=True, text=True, timeout=120, cwd="/", env=environment()
    )
    shown = run("show", "square")
    assert (shown.returncode, shown.stdout) == (0, pyxide.read_template("square"))
    ran = run("run", "geometry")
    assert (ran.returncode, ran.stderr) == (0, "") and ">>> length(square)\n6.0\n" in ran.stdout
