"""The package itself: its names, its stub, its command."""

import ast
import importlib.metadata
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import pyxide

FOLDER = Path(pyxide.__file__).parent
PUBLIC = {
    "BatchBuildError", "BatchBuildResult", "PackageBuildResult", "PackageCacheEntry", "build_package_from_code",
    "build_package_from_code_result", "build_package_from_paths", "build_package_from_paths_result", "cython_import_all",
    "cython_import_all_result", "import_cached_package", "import_cached_package_result", "list_cached_packages",
    "BuildResult", "BuildTimeout", "CacheEntry", "CacheWarning", "CompileError", "Explanation", "LoadError", "LockTimeout",
    "PyxideError", "Signature", "ToolchainError", "check_build_prereqs", "compile_and_load", "compile_and_load_result", "compile_signature",
    "cython_import", "cython_import_result", "explain", "get_cache_dir", "import_cached", "import_cached_result",
    "list_cached",
    "build_package_example", "build_package_example_result", "compile_template", "compile_template_result",
    "get_package_example_path", "get_template_path", "list_package_examples", "list_templates", "load_package_example_metadata",
    "load_template_metadata", "read_template", "template_root",
}  # fmt: skip


def test_tracebacks_name_the_public_classes():
    for name in ["PyxideError", "CompileError", "ToolchainError", "LoadError", "LockTimeout", "CacheWarning", "CacheEntry", "Signature", "Explanation"]:
        assert getattr(pyxide, name).__module__ == "pyxide"


def test_the_public_names():
    assert set(pyxide.__all__) == PUBLIC and pyxide.__all__ == sorted(pyxide.__all__)
    assert PUBLIC <= set(dir(pyxide))
    for name in pyxide.__all__:
        value = getattr(pyxide, name)
        assert value.__doc__, name
        assert value.__name__ == name
    # Whatever else can be seen is marked as private.
    others = {name for name in dir(pyxide) if not name.startswith("_")} - PUBLIC
    assert others == set()
    with pytest.raises(AttributeError, match="no_such_name"):
        pyxide.no_such_name
    namespace = {}
    exec("from pyxide import *", namespace)
    assert PUBLIC <= set(namespace)


def test_dir_names_nothing_twice():
    for name in pyxide.__all__:
        getattr(pyxide, name)
    assert dir(pyxide) == sorted(set(dir(pyxide)))


def test_importing_it_imports_nothing_else(python):
    out = python(
        """
        import sys
        sys.path.append(sys.argv[1])
        before = set(sys.modules)
        import pyxide
        print(sorted(set(sys.modules) - before))
        """,
        FOLDER.parent,
        flags=["-I", "-S"],
    )
    assert ast.literal_eval(out) == ["os", "pyxide", "pyxide._pyxide"] or set(ast.literal_eval(out)) <= {
        "pyxide", "pyxide._pyxide", "os", "os.path", "stat", "_stat", "posixpath", "genericpath", "_collections_abc",
    }  # fmt: skip


@pytest.fixture(scope="module")
def stub():
    """What the stub defines, by name."""
    nodes = ast.parse((FOLDER / "__init__.pyi").read_text()).body
    named = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return {node.name: node for node in named}


def test_the_stub_has_the_same_names(stub):
    assert (FOLDER / "py.typed").is_file()
    assert {name for name in stub if not name.startswith("_")} == PUBLIC | {"BatchReport", "Diagnostic", "Difference", "Note"}


# They give their options to each of many builds.
FOR_SEVERAL = {name for name in PUBLIC if name.startswith(("build_package", "cython_import_all"))}
FUNCTIONS = sorted(name for name in PUBLIC if name[0].islower())


def parameters(arguments):
    """Names, kinds and defaults of a stub's function."""
    spread = lambda names, defaults: zip(names, [None] * (len(names) - len(defaults)) + defaults)
    text = lambda default: None if default is None else ast.unparse(default)
    positional = spread(arguments.args, arguments.defaults)
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults)
    return [
        (argument.arg, kind, text(default))
        for kind, some in [("positional", positional), ("keyword", keyword)]
        for argument, default in some
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_stub_has_the_same_parameters(name, stub):
    function = getattr(pyxide, name)
    found = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            # "Takes the options of ...".
            options = parameters(stub.get(name + "_result", stub["compile_and_load_result"]).args)
            of_one = ["module_name", "view_annotate"] if name in FOR_SEVERAL else []
            found += [one for one in options if one[1] == "keyword" and one[0] not in of_one]
            continue
        kind = "keyword" if parameter.kind is parameter.KEYWORD_ONLY else "positional"
        default = None if parameter.default is parameter.empty else repr(parameter.default)
        found.append((parameter.name, kind, default))
    assert parameters(stub[name].args) == found


def test_the_stub_has_the_same_attributes(stub, cache, result, square):
    built = result(square)
    declared = {node.name for node in stub["BuildResult"].body}
    assert declared == {name for name in dir(built) if not name.startswith("_")}
    entry = pyxide.list_cached()[0]
    assert {node.target.id for node in stub["CacheEntry"].body} == set(entry)
    with pytest.raises(pyxide.CompileError) as caught:
        result("def f(:\n")
    declared = {node.target.id for node in stub["CompileError"].body + stub["PyxideError"].body}
    assert declared == set(vars(caught.value))
    assert {node.target.id for node in stub["Diagnostic"].body} == set(caught.value.diagnostics[0])


def test_every_option_is_documented():
    for name in ["compile_and_load_result", "cython_import_result"]:
        function = getattr(pyxide, name)
        documented = function.__doc__ + pyxide.compile_and_load_result.__doc__
        for option in list(inspect.signature(function).parameters)[1:]:
            assert option in documented, option


def test_the_command(tmp_path, python):
    version = importlib.metadata.version("pyxide")
    assert pyxide.__version__ == version
    script = Path(sys.executable).with_name("pyxide")
    for command in [[sys.executable, "-I", "-m", "pyxide"], [script]]:
        run = lambda *words: subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)
        told = run("--version")
        assert (told.returncode, told.stdout, told.stderr) == (0, "pyxide %s\n" % version, "")
        empty = run("cache", "list")
        assert (empty.returncode, empty.stdout) == (0, "") and "is empty" in empty.stderr
        wrong = run("--no-such-option")
        assert wrong.returncode == 2 and "--no-such-option" in wrong.stderr and "Traceback" not in wrong.stderr


def test_the_command_uses_the_interpreter_that_it_came_with(tmp_path, cache):
    source = tmp_path / "m.pyx"
    source.write_text("import sys\ndef f():\n    return sys.prefix\n")
    script = Path(sys.executable).with_name("pyxide")
    run = subprocess.run([script, "run", source, "--call", "f()"], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (0, "%r\n" % sys.prefix, "")
    # What the command built is what Python loads.
    assert pyxide.cython_import_result(source).used_cache is True
