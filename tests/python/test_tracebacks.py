"""What compiled code raises leads to the user's own file, line and source text."""

import hashlib
import importlib.machinery
import importlib.util
import linecache
import os
import pickle
import shutil
import sys
import traceback

import pytest
from quick import only_in_full

import pyxide

RAISING = """\
# The second line raises.
def f(int n): raise ValueError("below zero: %d" % n)
"""

# Both files have an error in their second line.
PROJECT = {
    "pyproject.toml": "",
    "src/m.pyx": """\
        include "../parts/a.pxi"
        def f(): raise ValueError("in the module")
        def both(): return from_pxi
        """,
    "parts/a.pxi": """\
        # An included file.
        def from_pxi(): raise KeyError("in the included file")
        """,
}


@pytest.fixture(autouse=True)
def unlike_others(monkeypatch, tmp_path):
    """A module that was loaded once stays, and with it its sources' places: no test has one of another's."""
    monkeypatch.setenv("PYXIDE_SALT", str(tmp_path))


@pytest.fixture
def project(tmp_path, write):
    return write(tmp_path / "project", PROJECT)


def frames(function, *arguments):
    """Where a call failed, from the outermost compiled function to the innermost: file, line and source text."""
    linecache.clearcache()
    with pytest.raises(Exception) as caught:
        function(*arguments)
    found = traceback.extract_tb(caught.value.__traceback__)
    return [(one.filename, one.lineno, one.line) for one in found if not one.filename.endswith(".py")]


F = 'def f(): raise ValueError("in the module")'
FROM_PXI = 'def from_pxi(): raise KeyError("in the included file")'


def test_a_file(cache, project, monkeypatch):
    monkeypatch.chdir(project)
    built = pyxide.cython_import_result("src/m.pyx")
    monkeypatch.chdir("/")
    assert frames(built.module.f) == [(str(project / "src/m.pyx"), 2, F)]
    # The module itself is where it was.
    assert built.module.__file__ == str(built.artifact_path)
    assert built.module.f.__code__.co_filename == str(project / "src/m.pyx")
    assert pickle.loads(pickle.dumps(built.module.f)) is built.module.f


def test_an_included_file_with_an_error_in_a_line_of_the_same_number(cache, project):
    m = pyxide.cython_import(project / "src" / "m.pyx")
    for _ in range(2):
        assert frames(m.f) == [(str(project / "src/m.pyx"), 2, F)]
        ((file, line, text),) = frames(m.from_pxi)
        assert (line, text) == (2, FROM_PXI)
        assert os.path.isabs(file) and os.path.samefile(file, project / "parts" / "a.pxi")


def test_a_file_in_an_include_folder(cache, tmp_path, write):
    write(tmp_path / "elsewhere", {"a.pxi": PROJECT["parts/a.pxi"]})
    write(tmp_path / "project", {"m.pyx": 'include "a.pxi"\n'})
    m = pyxide.cython_import(tmp_path / "project" / "m.pyx", include_dirs=[tmp_path / "elsewhere"])
    assert frames(m.from_pxi) == [(str(tmp_path / "elsewhere/a.pxi"), 2, FROM_PXI)]
    m = pyxide.compile_and_load('include "a.pxi"\n', include_dirs=[tmp_path / "elsewhere"])
    assert frames(m.from_pxi) == [(str(tmp_path / "elsewhere/a.pxi"), 2, FROM_PXI)]


def test_a_support_file_by_path(cache, tmp_path, write):
    write(tmp_path / "elsewhere", {"a.pxi": PROJECT["parts/a.pxi"]})
    m = pyxide.compile_and_load('include "a.pxi"\n', support_paths=[tmp_path / "elsewhere" / "a.pxi"])
    assert frames(m.from_pxi) == [(str(tmp_path / "elsewhere/a.pxi"), 2, FROM_PXI)]


def test_a_text_leads_to_its_copy_in_the_cache(cache):
    built = pyxide.compile_and_load_result(RAISING)
    copy = built.build_dir / (built.module_name.rpartition(".")[2] + ".pyx")
    expected = [(str(copy), 2, 'def f(int n): raise ValueError("below zero: %d" % n)')]
    assert frames(built.module.f, -1) == expected
    del sys.modules[built.module_name]
    assert frames(pyxide.import_cached(built.key).f, -1) == expected


IMPORTED = """
    import sys, pyxide
    pyxide.import_cached(sys.argv[1]).f()
"""


def test_by_key_alone_the_copy_is_all_there_is(cache, project, start):
    built = pyxide.cython_import_result(project / "src" / "m.pyx")
    process = start(IMPORTED, built.key, PYXIDE_CACHE_DIR=cache)
    _, err = process.communicate(timeout=120)
    assert '  File "%s", line 2, in m.f\n    %s\n' % (built.build_dir / "m.pyx", F) in err


UNCAUGHT = """
    import os, sys, pyxide
    os.chdir(sys.argv[1])
    m = pyxide.cython_import("src/m.pyx")
    os.chdir("/")
    m.f()
"""


def test_the_interpreter_itself_prints_it(project, start):
    """In C up to Python 3.12, in Python since."""
    process = start(UNCAUGHT, project)
    _, err = process.communicate(timeout=120)
    assert '  File "%s", line 2, in m.f\n    %s\n' % (project / "src" / "m.pyx", F) in err
    assert err.endswith("ValueError: in the module\n")


def test_a_module_that_raises_while_it_is_imported(cache, tmp_path, write):
    write(tmp_path, {"m.pyx": "x = 1\nraise ValueError(x)\n"})
    assert frames(pyxide.cython_import, tmp_path / "m.pyx")[-1] == (str(tmp_path / "m.pyx"), 2, "raise ValueError(x)")


def test_a_moved_project_is_a_hit_that_shows_the_new_place(cache, project, tmp_path):
    first = pyxide.cython_import_result(project / "src" / "m.pyx")
    assert frames(first.module.f)[0][0] == str(project / "src/m.pyx")
    moved = tmp_path / "moved"
    shutil.move(project, moved)
    # As in a new process: a module that is loaded is not loaded again.
    del sys.modules["m"]
    shutil.copytree(cache, tmp_path / "other")
    again = pyxide.cython_import_result(moved / "src" / "m.pyx", cache_dir=tmp_path / "other")
    assert again.used_cache and again.key == first.key and again.artifact_path != first.artifact_path
    assert frames(again.module.f) == [(str(moved / "src/m.pyx"), 2, F)]
    assert os.path.samefile(frames(again.module.from_pxi)[0][0], moved / "parts" / "a.pxi")


def test_equal_projects_in_other_places_give_equal_bytes(cache, project, tmp_path):
    digests = set()
    for place in [project, tmp_path / "a longer name" / "of a folder"]:
        if place != project:
            shutil.copytree(project, place)
        built = pyxide.cython_import_result(place / "src" / "m.pyx", cache_dir=tmp_path / "caches" / place.name)
        assert not built.used_cache
        del sys.modules["m"]
        digests.add(hashlib.sha256(built.artifact_path.read_bytes()).hexdigest())
        assert os.fsencode(tmp_path) not in built.artifact_path.read_bytes()
    assert len(digests) == 1


def test_files_of_one_name_each_show_their_own(cache, tmp_path, write):
    modules = []
    for folder in ["one", "two"]:
        write(tmp_path / folder, {"m.pyx": "def f():\n    raise ValueError('%s')\n" % folder})
        modules.append(pyxide.cython_import(tmp_path / folder / "m.pyx"))
    for folder, module in zip(["one", "two"], modules):
        expected = [(str(tmp_path / folder / "m.pyx"), 2, "raise ValueError('%s')" % folder)]
        assert frames(module.f) == expected


def test_the_path_is_the_one_that_was_written(cache, project, tmp_path):
    (tmp_path / "link").symlink_to("project")
    m = pyxide.cython_import(tmp_path / "link" / "src" / "m.pyx")
    assert frames(m.f) == [(str(tmp_path / "link/src/m.pyx"), 2, F)]
    assert frames(m.from_pxi)[0][0].startswith(str(tmp_path / "link") + "/")


def test_names_that_are_not_ascii(cache, tmp_path, write):
    write(tmp_path / "größe", {"fläche.pyx": 'include "höhe.pxi"\n', "höhe.pxi": "def f():\n    raise ValueError('ö')\n"})
    m = pyxide.cython_import(tmp_path / "größe" / "fläche.pyx")
    assert frames(m.f) == [(str(tmp_path / "größe/höhe.pxi"), 2, "raise ValueError('ö')")]


@pytest.mark.parametrize(
    "options",
    [
        {"language": "c++"},
        {"define_macros": [("Py_LIMITED_API", "0x030A0000")]},
        only_in_full({"define_macros": [("CYTHON_CLINE_IN_TRACEBACK", "1")]}),
        only_in_full({"compiler_directives": {"profile": True}}),
        {"compiler_directives": {"linetrace": True}, "define_macros": [("CYTHON_TRACE", "1")]},
        only_in_full({"compiler_directives": {"binding": False}}),
        # What we add warns of nothing.
        only_in_full({"extra_compile_args": ["-Wall", "-Wextra", "-Werror"]}),
        {"extra_compile_args": ["-Wall", "-Wextra", "-Werror"], "language": "c++"},
    ],
    ids=str,
)
def test_however_it_is_built(cache, project, options):
    m = pyxide.cython_import(project / "src" / "m.pyx", **options)
    assert frames(m.f) == [(str(project / "src/m.pyx"), 2, F)]
    assert frames(m.from_pxi)[0][1:] == (2, FROM_PXI)


def test_profilers_see_the_file(cache, project):
    m = pyxide.cython_import(project / "src" / "m.pyx", compiler_directives={"profile": True})
    seen = set()
    if sys.version_info < (3, 13):
        sys.setprofile(lambda frame, event, argument: seen.add(frame.f_code.co_filename))
        m.both()
        sys.setprofile(None)
    else:
        # Cython tells `sys.monitoring` alone.
        monitoring, tool = sys.monitoring, sys.monitoring.PROFILER_ID
        started = monitoring.events.PY_START
        monitoring.use_tool_id(tool, "test")
        monitoring.register_callback(tool, started, lambda code, offset: seen.add(code.co_filename))
        monitoring.set_events(tool, started)
        m.both()
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)
    assert str(project / "src/m.pyx") in seen and "m.pyx" not in seen


class Odd:
    """Everything asked of it fails."""

    def __getitem__(self, key):
        raise RuntimeError(key)


ODD = [
    None,
    5,
    [],
    Odd(),
    {},
    {"pyxide_sources": None},
    {"pyxide_sources": [b"m.pyx"]},
    {"pyxide_sources": Odd()},
    {"pyxide_sources": {"m.pyx": "/text"}},
    {"pyxide_sources": {b"m.pyx": "/text"}},
    {"pyxide_sources": {b"m.pyx": 5, b"project-root": None}},
    {"pyxide_sources": {b"": b"/nothing", b"project-root/": b"/more"}},
]


def test_a_module_that_is_told_nothing_of_use_is_a_module(project, cache, tmp_path):
    """Another importer may import it, and may have said anything."""
    built = pyxide.cython_import_result(project / "src" / "m.pyx")
    for number, state in enumerate(ODD):
        # What is loaded once is not loaded again.
        path = str(shutil.copy(built.artifact_path, tmp_path / str(number)))
        loader = importlib.machinery.ExtensionFileLoader("m", path)
        spec = importlib.util.spec_from_file_location("m", path, loader=loader)
        spec.loader_state = state
        del sys.modules["m"]
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        with pytest.raises(ValueError, match="in the module") as caught:
            module.f()
        assert traceback.extract_tb(caught.value.__traceback__)[-1].filename == "m.pyx"
        assert module.f.__code__.co_filename == "m.pyx"
    del sys.modules["m"]


COLLECTED = """
    import shutil, sys, pyxide
    if sys.argv[1] == "own":
        def hook(*error):
            print("own hook", error[0].__name__)
        sys.excepthook = hook
    built = pyxide.compile_and_load_result(sys.argv[2])
    if sys.argv[1] == "off":
        pyxide.uninstall()
    print(sys.excepthook is sys.__excepthook__)
    # As when somebody collects the cache.
    shutil.rmtree(built.build_dir)
    try:
        built.module.f(-1)
    except ValueError as error:
        raise RuntimeError("as the cause") from error
"""
LINE = '    def f(int n): raise ValueError("below zero: %d" % n)\n'


def test_the_line_is_shown_when_the_copy_is_gone(start):
    """The interpreter's own hook up to 3.12 reads files only, and so another one is set when a module is loaded."""
    process = start(COLLECTED, "", RAISING)
    out, err = process.communicate(timeout=120)
    assert out == "%s\n" % (sys.version_info >= (3, 13))
    assert LINE in err and err.endswith("RuntimeError: as the cause\n") and "/pyxide/__init__.py" not in err


def test_a_hook_of_somebody_else_is_left_alone(start):
    process = start(COLLECTED, "own", RAISING)
    assert process.communicate(timeout=120) == ("False\nown hook RuntimeError\n", "")


def test_the_hook_can_be_taken_away(start):
    process = start(COLLECTED, "off", RAISING)
    out, err = process.communicate(timeout=120)
    assert out == "True\n" and err.endswith("RuntimeError: as the cause\n")
    # What the hook is good for.
    assert (LINE in err) == (sys.version_info >= (3, 13))


def test_the_hook_is_set_once_and_prints_what_is_not_ours_as_ever(python):
    program = """
        import sys, pyxide
        hooks = []
        for number in range(2):
            pyxide.compile_and_load("x = %d\\n" % number)
            hooks.append(sys.excepthook)
        assert hooks[0] is hooks[1]
        import io
        for hook in sys.__excepthook__, sys.excepthook:
            sys.stderr = io.StringIO()
            try:
                exec(compile("1 / 0", "nowhere.py", "exec"))
            except ZeroDivisionError as error:
                hook(type(error), error, error.__traceback__)
            print(repr(sys.stderr.getvalue()))
        """
    one, other = python(program).splitlines()
    assert one == other and "ZeroDivisionError" in one


def test_a_support_file_that_is_text_has_no_line_of_another(cache):
    m = pyxide.compile_and_load('include "a.pxi"\n# a line of its own\n', support_files={"a.pxi": "# one\n" + RAISING.split("\n")[1]})
    ((file, line, source),) = frames(m.f, -1)
    assert (file, line, source) == ("<a.pxi>", 2, "")


def test_the_loader_has_the_source(cache, square):
    built = pyxide.compile_and_load_result(square)
    assert built.module.__loader__.get_source(built.module_name) == square
    del sys.modules[built.module_name]
    loader = pyxide.import_cached(built.key).__loader__
    assert loader.get_source(built.module_name) == square
    shutil.rmtree(built.build_dir)
    assert loader.get_source(built.module_name) is None
