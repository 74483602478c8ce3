"""What a build is called, why it is or is not in the cache, and what must not make a difference."""

import json
import os
import shutil

import pytest

import pyxide
from conftest import REAL

SQUARE = "def f(int n):\n    return n * n\n"

# What would change a compiler's mind, or have it write or run something, if it got there.
POISON = {
    "CPATH": "{evil}/include",
    "C_INCLUDE_PATH": "{evil}/include",
    "CPLUS_INCLUDE_PATH": "{evil}/include",
    "OBJC_INCLUDE_PATH": "{evil}/include",
    "LD_RUN_PATH": "{evil}/lib",
    "SOURCE_DATE_EPOCH": "86400",
    "PWD": "{evil}",
    "GCC_COMPARE_DEBUG": "-g",
    "GCC_EXEC_PREFIX": "{evil}/",
    "COMPILER_PATH": "{evil}/bin",
    "LIBRARY_PATH": "{evil}/lib",
    "DEPENDENCIES_OUTPUT": "{evil}/dependencies",
    "SUNPRO_DEPENDENCIES": "{evil}/sunpro",
    "TMPDIR": "{evil}/tmp",
    "TMP": "{evil}/tmp",
    "TEMP": "{evil}/tmp",
    "LANG": "nl_BE.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "LC_MESSAGES": "de_DE.UTF-8",
    "GCC_COLORS": "error=01;31",
    "TERM": "xterm",
    "COLUMNS": "20",
    "GCC_EXTRA_DIAGNOSTIC_OUTPUT": "fixits-v2",
    "GCC_URLS": "bel",
    "GLIBC_TUNABLES": "glibc.malloc.perturb=255",
    "MALLOC_PERTURB_": "165",
    "LDSHARED": "false",
    "AR": "false",
    "LD": "false",
    "AS": "false",
    "CCACHE_DIR": "{evil}/ccache",
    "CCACHE_PREFIX": "false",
    "SCCACHE_DIR": "{evil}/sccache",
    "DISTCC_HOSTS": "localhost",
    "CCC_OVERRIDE_OPTIONS": "#^-O0",
    "CLANG_CONFIG_FILE_USER_DIR": "{evil}",
    "SDKROOT": "{evil}",
    "MACOSX_DEPLOYMENT_TARGET": "10.1",
    "PYTHONSTARTUP": "{evil}/startup.py",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONHASHSEED": "12345",
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": "{evil}/pycache",
    "PYTHONINSPECT": "1",
    "CYTHON_CACHE_DIR": "{evil}/cython",
    "CYTHON_FORCE_REGEN": "1",
    "XML_RESULTS": "{evil}/xml",
    "ARCHFLAGS": "-arch i386",
    "MAKEFLAGS": "-j1",
}


@pytest.fixture
def evil(tmp_path):
    """A folder in which everything that a poisoned variable leads to would do harm, or leave a trace."""
    evil = tmp_path / "evil"
    for name in ["include", "lib", "bin", "tmp"]:
        (evil / name).mkdir(parents=True)
    (evil / "include" / "stdio.h").write_text('#error "a header from the environment"\n')
    (evil / "include" / "Python.h").write_text('#error "a header from the environment"\n')
    for name in ["as", "cc1", "collect2", "ld"]:
        program = evil / "bin" / name
        program.write_text("#!/bin/sh\necho ran >> '%s/ran'\nexit 1\n" % evil)
        program.chmod(0o755)
    (evil / "startup.py").write_text("raise SystemExit('startup')\n")
    return evil


BUILD = """
    import hashlib, pyxide
    result = pyxide.compile_and_load_result("import cython\\ndef f(int n):\\n    return n * n\\n")
    assert result.module.f(3) == 9
    print(result.key, hashlib.sha256(result.artifact_path.read_bytes()).hexdigest(), result.used_cache)
"""


def poisoned(evil, names):
    return {name: POISON[name].format(evil=evil) for name in names}


def test_a_poisoned_environment_changes_nothing(evil, start, python, tmp_path):
    clean = python(BUILD, PYXIDE_CACHE_DIR=tmp_path / "clean")
    before = sorted(str(path) for path in evil.rglob("*"))
    # -I would hide the PYTHON variables from the process itself, not from what it starts.
    log = tmp_path / "log"
    under = ["strace", "-f", "-qq", "-e", "trace=open,openat,creat,mkdir,rename", "-o", log] if shutil.which("strace") else []
    out = python(BUILD, under=under, PYXIDE_CACHE_DIR=tmp_path / "poisoned", **poisoned(evil, POISON))
    assert out.split()[:2] == clean.split()[:2]
    assert out.split()[2] == "False", "it was built"
    assert sorted(str(path) for path in evil.rglob("*")) == before, "nothing was written or run there"
    if under:
        written = [
            line for line in log.read_text().splitlines()
            if "O_CREAT" in line and str(tmp_path / "poisoned") not in line and "= -1 " not in line
            and '"/dev/' not in line and '"/proc/' not in line
        ]  # fmt: skip
        # Tools work in the stage and name what they write from there.
        outside = [line for line in written if '"/' in line]
        assert not outside, outside[:5]
        assert written, "the log shows what the tools write"


def test_a_new_cache_is_its_owners_alone(tmp_path, python):
    """Whatever makes the folder first, and with any umask: one that others may write would be refused."""
    code = """
        import os, sys, pyxide
        os.umask(0o002)
        pyxide.compile_signature("x = 1")
        print(oct(os.stat(sys.argv[1]).st_mode))
        assert pyxide.compile_and_load("def f(int n):\\n    return n * n\\n").f(4) == 16
        bad = [path for path, _, _ in os.walk(sys.argv[1]) if os.stat(path).st_mode & 0o022]
        print(bad)
    """
    assert python(code, tmp_path / "cache") == "0o40700\n[]\n"


@pytest.mark.parametrize("name", ["CPATH", "LD_RUN_PATH", "COMPILER_PATH", "DEPENDENCIES_OUTPUT", "GCC_COMPARE_DEBUG"])
def test_the_poison_is_real(evil, name, tmp_path):
    """The same variables do change what the compiler does when it gets them."""
    import subprocess

    source = tmp_path / "m.c"
    source.write_text("#include <stdio.h>\nint f(void) { return 1; }\n")

    def compile(**variables):
        command = [REAL, "-shared", "-fPIC", "-g", "-O2", "m.c", "-o", "m.so"]
        (tmp_path / "m.so").unlink(missing_ok=True)
        ran = subprocess.run(command, cwd=tmp_path, env={"PATH": os.environ["PATH"], **variables}, capture_output=True)
        made = tmp_path / "m.so"
        return ran.returncode, made.read_bytes() if made.exists() else b""

    clean = compile()
    assert clean[0] == 0
    changed = compile(**poisoned(evil, [name]))
    left = [path for path in [evil / "dependencies", evil / "ran"] if path.exists()]
    assert changed != clean or left, "%s does nothing, so its test proves nothing" % name


def test_what_is_around_a_build_does_not_matter(cache, tmp_path, monkeypatch, result):
    first = result(SQUARE)
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    try:
        monkeypatch.setenv("LANG", "fr_FR.UTF-8")
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        again = result(SQUARE)
    finally:
        os.umask(before)
    assert again.used_cache and again.key == first.key


def test_a_removed_working_directory_does_not_matter(tmp_path, python):
    folder = tmp_path / "gone"
    folder.mkdir()
    code = """
        import os, sys, pyxide
        os.rmdir(sys.argv[1])
        print(pyxide.compile_and_load("def f(int n):\\n    return n * n\\n").f(4))
    """
    assert python(code, folder, cwd=folder) == "16\n"


# Signatures


def test_a_signature_is_known_without_building(cache, compiler, monkeypatch, result):
    monkeypatch.setenv("CC", str(compiler()))
    before = pyxide.compile_signature(SQUARE, compiler_directives={"boundscheck": False}, libraries="m")
    assert compiler.count() == 0
    assert before.key is None
    assert before.fields["language"] == "C"
    assert "boundscheck=False" in before.fields["directives"]
    assert before.fields["libraries"] == "m"
    assert before.fields["Cython"] and before.fields["compiler"]
    built = result(SQUARE, compiler_directives={"boundscheck": False}, libraries="m")
    after = pyxide.compile_signature(SQUARE, compiler_directives={"boundscheck": False}, libraries="m")
    assert (after.request_key, after.key) == (built.request_key, built.key)
    assert before.request_key == after.request_key
    assert before.fields == after.fields
    assert json.loads(json.dumps(after)) == after


def test_a_signature_of_a_file(cache, tmp_path):
    source = tmp_path / "m.pyx"
    source.write_text(SQUARE)
    built = pyxide.cython_import_result(source)
    for name in [source, str(source)]:
        assert pyxide.compile_signature(name).key == built.key
    source.write_text(SQUARE + "# other\n")
    assert pyxide.compile_signature(source).request_key != built.request_key


def test_a_signature_without_tools(empty, monkeypatch, cache):
    monkeypatch.setenv("PATH", str(empty))
    signature = pyxide.compile_signature(SQUARE)
    assert signature.request_key is None
    assert "compiler" not in signature.fields and "SOABI" in signature.fields


def test_an_unknown_option_is_a_type_error(cache):
    for function in [pyxide.compile_signature, pyxide.explain]:
        with pytest.raises(TypeError, match="librarys"):
            function(SQUARE, librarys="m")


# Explanations


def test_an_edit_is_explained(cache, write, tmp_path):
    """The second user story: three files, each edited in turn."""
    project = write(
        tmp_path / "project",
        {
            "m.pyx": """\
                include "common.pxi"
                cimport decl
                cdef extern from "k.h":
                    int K
                def values():
                    return SHARED, decl.number(), K
            """,
            "common.pxi": "SHARED = 1\n",
            "decl.pxd": "cdef inline int number():\n    return 1\n",
            "k.h": "#define K 1\n",
            "notes.txt": "one",
        },
    )
    source = project / "m.pyx"
    assert pyxide.explain(source).outcome == "never_built"
    assert pyxide.cython_import(source).values() == (1, 1, 1)
    assert pyxide.explain(source).outcome == "hit"
    expected = [1, 1, 1]
    edits = [("common.pxi", "SHARED = 2\n"), ("decl.pxd", "cdef inline int number():\n    return 2\n"), ("k.h", "#define K 2\n")]
    for position, (name, text) in enumerate(edits):
        (project / name).write_text(text)
        before = pyxide.explain(source)
        assert before.outcome == "changed"
        assert [os.path.basename(one["name"]) for one in before.differences] == [name]
        assert before.differences[0]["how"] == "has other content"
        assert name in str(before)
        result = pyxide.cython_import_result(source)
        expected[position] = 2
        assert (list(result.module.values()), result.used_cache) == (expected, False)
        # Afterwards, too, it is known what had changed.
        after = pyxide.explain(source)
        assert after.outcome == "hit" and after.key == result.key
        assert name in str(after)
    (project / "notes.txt").write_text("two")
    for path in project.iterdir():
        os.utime(path)
    result = pyxide.cython_import_result(source)
    assert (list(result.module.values()), result.used_cache) == (expected, True)
    # Back to the first state.
    (project / "common.pxi").write_text("SHARED = 1\n")
    (project / "decl.pxd").write_text("cdef inline int number():\n    return 1\n")
    (project / "k.h").write_text("#define K 1\n")
    result = pyxide.cython_import_result(source)
    assert (result.module.values(), result.used_cache) == ((1, 1, 1), True)


def test_an_edited_source_is_explained_by_its_line(cache, tmp_path):
    source = tmp_path / "m.pyx"
    source.write_text(SQUARE)
    first = pyxide.cython_import_result(source)
    source.write_text(SQUARE.replace("n * n", "n * n * n"))
    explanation = pyxide.explain(source)
    assert (explanation.outcome, explanation.compared_with) == ("changed", first.key)
    [difference] = explanation.differences
    assert difference["name"] == "source"
    assert "line 2" in difference["how"] and "return n * n * n" in difference["how"]


@pytest.mark.parametrize(
    ("options", "name", "how"),
    [
        ({"compiler_directives": {"boundscheck": False}}, "directives", "boundscheck=False"),
        ({"extra_compile_args": ["-O1"]}, "compile arguments", "-O1"),
        ({"define_macros": [("N", "1")]}, "macros", "N=1"),
        ({"salt": "x"}, "salt", "is `x`"),
        ({"language": "c++"}, "language", "was `C`, is `C++`"),
    ],
)
def test_other_options_are_explained(cache, options, name, how, result):
    result(SQUARE, module_name="m")
    explanation = pyxide.explain(SQUARE, module_name="m", **options)
    assert explanation.outcome == "changed"
    assert explanation.differences[0]["name"] == name
    assert how in explanation.differences[0]["how"]


def test_another_compiler_is_explained(cache, compiler, monkeypatch, result):
    result(SQUARE, module_name="m")
    monkeypatch.setenv("CC", str(compiler()))
    explanation = pyxide.explain(SQUARE, module_name="m")
    assert "compiler programs" in [one["name"] for one in explanation.differences]


def test_an_entry_that_is_gone_or_damaged_is_explained_and_left_alone(cache, result):
    built = result(SQUARE)
    built.artifact_path.chmod(0o644)
    built.artifact_path.write_bytes(b"")
    explanation = pyxide.explain(SQUARE)
    assert (explanation.outcome, explanation.key) == ("damaged", built.key)
    assert "size" in str(explanation) or "bytes" in str(explanation)
    assert built.artifact_path.exists(), "asking moves nothing"
    shutil.rmtree(built.build_dir)
    explanation = pyxide.explain(SQUARE)
    assert (explanation.outcome, explanation.key) == ("gone", built.key)


def test_asking_in_an_empty_cache_makes_nothing(tmp_path):
    assert pyxide.explain(SQUARE, cache_dir=tmp_path / "nowhere").outcome == "never_built"
    assert not (tmp_path / "nowhere" / "v1" / "entries").exists()


# Tools and files that change in place


def test_a_compiler_that_is_replaced_in_place_is_seen(cache, compiler, monkeypatch, result):
    program = compiler("# version 1")
    monkeypatch.setenv("CC", str(program))
    first = result(SQUARE)
    before = program.stat()
    program.write_text(program.read_text().replace("version 1", "version 2"))
    os.utime(program, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert program.stat().st_size == before.st_size
    second = result(SQUARE)
    assert not second.used_cache and second.request_key != first.request_key
    program.write_text(program.read_text().replace("version 2", "version 1"))
    again = result(SQUARE)
    assert (again.used_cache, again.key) == (True, first.key), "back to the first compiler"


def test_a_cython_that_is_upgraded_in_place_is_seen(tmp_path, python):
    import Cython

    site = tmp_path / "site"
    shutil.copytree(os.path.dirname(Cython.__file__), site / "Cython", ignore=shutil.ignore_patterns("__pycache__", "Tests"))
    code = """
        import sys
        sys.path.insert(0, sys.argv[1])
        import pyxide
        result = pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n")
        print(result.fingerprint["cython"], result.used_cache, result.request_key)
    """
    first = python(code, site).split()
    assert first[:2] == [Cython.__version__, "False"]
    assert python(code, site).split()[:2] == [Cython.__version__, "True"]
    version = site / "Cython" / "Shadow.py"
    before = version.read_text()
    assert '"%s"' % Cython.__version__ in before
    version.write_text(before.replace('"%s"' % Cython.__version__, '"3.99.0"'))
    second = python(code, site).split()
    assert second[:2] == ["3.99.0", "False"] and second[2] != first[2]
    version.write_text(before)
    assert python(code, site).split() == [first[0], "True", first[2]]


@pytest.mark.parametrize("name", ["common.pxi", "k.h"])
def test_an_edit_that_hides_is_seen(name, cache, write, tmp_path):
    """The same size and the same modification time."""
    project = write(
        tmp_path / "project",
        {
            "m.pyx": 'include "common.pxi"\ncdef extern from "k.h":\n    int K\ndef values():\n    return SHARED, K\n',
            "common.pxi": "SHARED = 1\n",
            "k.h": "#define K 1\n",
        },
    )
    long_ago = 1_600_000_000
    for file in project.iterdir():
        os.utime(file, (long_ago, long_ago))
    assert pyxide.cython_import(project / "m.pyx").values() == (1, 1)
    file = project / name
    file.write_text(file.read_text().replace("1", "2"))
    os.utime(file, (long_ago, long_ago))
    assert sorted(pyxide.cython_import(project / "m.pyx").values()) == [1, 2]


def test_a_new_pxd_in_an_earlier_folder_of_the_search_path_is_seen(tmp_path, python, write):
    site = write(tmp_path, {"second/decl.pxd": "cdef inline int number():\n    return 2\n", "first/other.txt": ""})
    code = """
        import sys
        sys.path[:0] = [sys.argv[1] + "/first", sys.argv[1] + "/second"]
        import pyxide
        result = pyxide.compile_and_load_result("cimport decl\\ndef f():\\n    return decl.number()\\n")
        print(result.module.f(), result.used_cache)
    """
    assert python(code, site) == "2 False\n"
    assert python(code, site) == "2 True\n"
    write(site, {"first/decl.pxd": "cdef inline int number():\n    return 1\n"})
    assert python(code, site) == "1 False\n"
    (site / "first" / "decl.pxd").unlink()
    assert python(code, site) == "2 True\n"


def test_other_spellings_of_a_cimported_name_are_seen(tmp_path, python, write):
    """Cython looks for `pkg.decl.pxd` in all folders first, and for `decl.cython-31.pxd` before `decl.pxd`."""
    number = "cdef inline int number():\n    return %d\n"
    site = write(tmp_path, {"second/pkg/__init__.py": "", "second/pkg/decl.pxd": number % 1, "first/other.txt": ""})
    code = """
        import sys
        sys.path[:0] = [sys.argv[1] + "/first", sys.argv[1] + "/second"]
        import pyxide
        result = pyxide.compile_and_load_result("from pkg cimport decl\\ndef f():\\n    return decl.number()\\n")
        print(result.module.f(), result.used_cache)
    """
    assert python(code, site) == "1 False\n"
    assert python(code, site) == "1 True\n"
    for name, value in [("second/pkg/decl.cython-31.pxd", 2), ("first/pkg/decl.pxd", None), ("second/pkg.decl.pxd", 3)]:
        text = number % (value or 4)
        write(site, {name: text})
        if value is None:
            # A folder without __init__ is a namespace package, which comes last.
            assert python(code, site).split()[0] == "2"
            write(site, {"first/pkg/__init__.py": ""})
            value = 4
        assert python(code, site) == "%d False\n" % value, name
        assert python(code, site) == "%d True\n" % value, name


def test_a_path_of_a_python_source_is_a_path(cache, tmp_path):
    path = tmp_path / "typed.py"
    path.write_text("n = 1\n")
    pyxide.cython_import(path)
    assert pyxide.explain(str(path)).outcome == "hit"
    assert pyxide.compile_signature(str(path)).fields["module name"] == "typed"
