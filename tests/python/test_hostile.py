"""What comes from elsewhere: arguments, names, sources that are bombs."""

import os
import subprocess
import time

import pytest
from quick import only_in_full

import pyxide

SQUARE = "def f(int n):\n    return n * n\n"

HOSTILE_COMPILE = [
    "-fplugin=./x.so",
    "-fplugin-arg-x-y=z",
    "-B/evil",
    "-B",
    "-wrapper",
    "@arguments.txt",
    "-o",
    "-oelsewhere.so",
    "-MF",
    "-MD",
    "-specs=evil.specs",
    "-save-temps",
    "-fdump-tree-all",
    "-Wp,-MD,elsewhere",
    "-Wa,-a=elsewhere",
    "-Xassembler",
    "-include",
    "-x",
    "-E",
    "--sysroot=/evil",
    "elsewhere.c",
    "-fprofile-generate",
    "-DX\0Y",
]

HOSTILE_LINK = [
    "-Wl,--plugin=./x.so",
    "-Wl,-z,relro,--plugin,./x.so",
    "-Wl,-T,evil.ld",
    "-Wl,--dynamic-linker=/evil/ld.so",
    "-Wl,-init,evil",
    "-Wl,-o,elsewhere",
    "-Xlinker",
    "-T",
    "-fuse-ld=/evil/ld",
    "-nostdlib",
    "@arguments.txt",
    "/evil.o",
]


@pytest.mark.parametrize("argument", HOSTILE_COMPILE)
def test_a_hostile_argument_of_the_compiler_is_refused(argument, cache, compiler, monkeypatch):
    monkeypatch.setenv("CC", str(compiler()))
    with pytest.raises(ValueError, match="extra_compile_args") as raised:
        pyxide.compile_and_load(SQUARE, extra_compile_args=["-O1", argument, "value"])
    assert "allow_unsafe_flags" in str(raised.value)
    assert compiler.count() == 0
    assert not (cache / "v1" / "stage").exists()


@pytest.mark.parametrize("argument", HOSTILE_LINK)
def test_a_hostile_argument_of_the_linker_is_refused(argument, cache, compiler, monkeypatch):
    monkeypatch.setenv("CC", str(compiler()))
    with pytest.raises(ValueError, match="extra_link_args"):
        pyxide.compile_and_load(SQUARE, extra_link_args=[argument])
    assert compiler.count() == 0


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("# distutils: extra_compile_args = -fplugin=./x.so", "the source's extra_compile_args"),
        ("# distutils: extra_link_args = -Wl,-T,evil.ld", "the source's extra_link_args"),
        ("# distutils: libraries = :../../evil.so", "the source's libraries"),
    ],
)
def test_a_source_cannot_ask_for_it_either(header, named, cache):
    with pytest.raises(ValueError, match=named):
        pyxide.compile_and_load(header + "\n" + SQUARE)


@pytest.mark.parametrize("name", ["CFLAGS", "CPPFLAGS", "LDFLAGS"])
def test_nor_can_the_environment(name, cache, monkeypatch):
    monkeypatch.setenv(name, "-specs=evil.specs")
    with pytest.raises(ValueError, match=name):
        pyxide.compile_and_load(SQUARE)


def test_a_switch_allows_the_rest_and_is_in_the_key(cache, tmp_path, result, monkeypatch):
    forced = tmp_path / "forced.h"
    forced.write_text("#define FORCED 41\n")
    source = 'cdef extern from *:\n    int FORCED\ndef f():\n    return FORCED + 1\n'
    arguments = ["-include", str(forced)]
    with pytest.raises(ValueError):
        result(source, extra_compile_args=arguments)
    allowed = result(source, extra_compile_args=arguments, allow_unsafe_flags=True)
    assert allowed.module.f() == 42
    assert result(SQUARE).request_key != result(SQUARE, allow_unsafe_flags=True).request_key
    monkeypatch.setenv("PYXIDE_ALLOW_UNSAFE_FLAGS", "1")
    again = result(source, extra_compile_args=arguments)
    assert (again.used_cache, again.key) == (True, allowed.key)
    forced.write_text("#define FORCED 1\n")
    assert result(source, extra_compile_args=arguments).module.f() == 2


def test_normal_arguments_are_accepted(cache, result):
    compile_args = ["-O2", "-Wall", "-Wno-unused-function", "-fno-math-errno", "-DX=(1)", "-UY", "-std=c11", "-march=native",
                    "-ffunction-sections", "-g0", "-pthread", "-fopenmp"]  # fmt: skip
    link_args = ["-Wl,-z,relro", "-Wl,-z,now", "-Wl,--as-needed", "-Wl,-rpath,$ORIGIN", "-lm", "-fopenmp"]
    built = result(SQUARE, extra_compile_args=compile_args, extra_link_args=link_args)
    assert built.module.f(3) == 9


def test_the_processor_is_an_input_where_the_compiler_looks_at_it(cache):
    plain = pyxide.compile_signature(SQUARE, extra_compile_args=["-O1"]).fields
    native = pyxide.compile_signature(SQUARE, extra_compile_args=["-march=native"]).fields
    assert plain["processor"] == "nothing"
    assert native["processor"] != "nothing"


def test_folders_in_arguments_are_like_all_others(cache, tmp_path, monkeypatch, result):
    """They may be relative, and are searched where the caller is, not where the compiler runs."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "k.h").write_text("#define K 1\n")
    monkeypatch.chdir(tmp_path)
    source = 'cdef extern from "k.h":\n    int K\ndef f():\n    return K\n'
    for arguments in [["-Iinclude"], ["-I", "include"]]:
        assert result(source, extra_compile_args=arguments).module.f() == 1
    (tmp_path / "include" / "k.h").write_text("#define K 2\n")
    assert result(source, extra_compile_args=["-Iinclude"]).module.f() == 2
    monkeypatch.setenv("CPPFLAGS", "-I'include'")
    assert result(source).module.f() == 2


@pytest.mark.parametrize("value", ["'-O1", '-DX="1'])
def test_quotes_that_do_not_close_are_told(value, cache, monkeypatch):
    monkeypatch.setenv("CFLAGS", value)
    with pytest.raises(ValueError, match="CFLAGS"):
        pyxide.compile_and_load(SQUARE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYXIDE_BUILD_TIMEOUT", "soon"),
        ("PYXIDE_BUILD_MEMORY", "-1"),
        ("PYXIDE_DURABILITY", "some"),
        ("PYXIDE_TRUST_CACHE", "yes"),
        ("PYXIDE_NO_BUILD", "true"),
    ],
)
def test_a_setting_that_means_nothing_is_told(name, value, cache, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        pyxide.compile_and_load(SQUARE)


@pytest.mark.parametrize(
    "name",
    ["../evil.h", "/evil.h", "a/b.h", "..", ".", "", "-o", "a\0b.h", "a\nb.h", "a b.h", "\u202eh.a", "m.c", "x" * 300],
)
def test_a_hostile_name_of_a_support_file_is_refused(name, cache):
    with pytest.raises((ValueError, pyxide.PyxideError, OSError)):
        pyxide.compile_and_load(SQUARE, module_name="m", support_files={name: "x"})
    assert [*(cache / "v1" / "stage").glob("*/*")] == []


@pytest.mark.parametrize(
    "name",
    ["../m", "a/b", "a..b", ".a", "a.", "1a", "a-b", "a b", "a\0b", "a\nb", "class", "__main__", "x" * 101, ".".join("a" * 9)],
)
def test_a_hostile_module_name_is_refused(name, cache):
    with pytest.raises(ValueError):
        pyxide.compile_and_load(SQUARE, module_name=name)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "5F" * 32, "5f" * 31 + "/.", "5f" * 32 + "\0", "5f" * 33])
def test_a_hostile_key_is_refused(key, cache):
    with pytest.raises(ValueError):
        pyxide.import_cached(key)


# Bombs


def test_a_source_that_is_too_large_is_refused_at_once(cache, tmp_path):
    text = "# " + "x" * (20 << 20)
    with pytest.raises(ValueError, match="16777216"):
        pyxide.compile_and_load(text)
    source = tmp_path / "m.pyx"
    source.write_text(text)
    with pytest.raises(ValueError, match="m.pyx"):
        pyxide.cython_import(source)


def verbatim(c):
    return 'cdef extern from *:\n    """\n%s\n    """\ndef f():\n    return 1\n' % "\n".join("    " + line for line in c)


BOMBS = {
    "cython takes for ever": "x = " + "(" * 60 + "lambda: 1" + ")" * 60 + "\n" + "x = [%s]\n" % ", ".join(["(1, 2, 'a')"] * 150000),
    "macros": verbatim(
        ["#define A0 1"] + ["#define A%d A%d+A%d+A%d+A%d" % (n, n - 1, n - 1, n - 1, n - 1) for n in range(1, 16)] + ["static int x = A15;"]
    ),
    "an array": verbatim(["char a[1L<<33] = {1};"]),
    "includes itself": verbatim(["#include __FILE__"]),
    "an incbin": verbatim(['__asm__(".rept 1000000000\\\\n.quad 1\\\\n.endr");']),
}


@pytest.mark.parametrize("name", ["macros", "cython takes for ever", *map(only_in_full, ["an array", "includes itself", "an incbin"])])
def test_a_bomb_ends(name, tmp_path, start, stage_is_empty):
    code = """
        import sys, time, pyxide
        begin = time.monotonic()
        try:
            pyxide.compile_and_load(sys.stdin.read(), build_timeout_s=4)
        except (pyxide.CompileError, pyxide.BuildTimeout) as error:
            print("refused", time.monotonic() - begin)
    """
    process = start(code, PYXIDE_BUILD_MEMORY=1024)
    out, err = process.communicate(BOMBS[name], timeout=60)
    assert out.startswith("refused"), (out, err[-2000:])
    assert float(out.split()[1]) < 10, "the limit is 4 s for each of two steps"
    stage_is_empty(tmp_path / "cache")
    survivors = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(tmp_path) not in survivors


def test_memory_is_limited_and_told(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("PYXIDE_BUILD_MEMORY", "256")
    # Eight times as many numbers with each line: two million.
    lines = ["#define A0 1"] + ["#define A%d %s" % (n, ",".join(["A%d" % (n - 1)] * 8)) for n in range(1, 8)]
    with pytest.raises(pyxide.CompileError) as raised:
        pyxide.compile_and_load(verbatim([*lines, "static int a[] = {A7};", "int *b = a;"]))
    assert "PYXIDE_BUILD_MEMORY" in str(raised.value)
    assert pyxide.compile_and_load(SQUARE).f(2) == 4, "other builds are not limited by it"


def test_nothing_is_left_by_a_build_that_was_given_up(tmp_path, start, compiler, stage_is_empty):
    code = """
        import time, pyxide
        begin = time.monotonic()
        try:
            pyxide.compile_and_load("def f(): pass", build_timeout_s=4)
        except (pyxide.CompileError, pyxide.BuildTimeout) as error:
            print(error, time.monotonic() - begin)
    """
    marker = tmp_path / "pid"
    process = start(code, CC=compiler("sleep 1000 & echo $! > '%s'; wait" % marker))
    out, err = process.communicate(timeout=30)
    assert "longer than 4 s" in out and "more time" in out, (out, err)
    assert float(out.split()[-1]) < 12
    deadline = time.monotonic() + 1
    pid = int(marker.read_text())
    while os.path.exists("/proc/%d" % pid) and time.monotonic() < deadline:
        time.sleep(0.005)
    state = open("/proc/%d/stat" % pid).read() if os.path.exists("/proc/%d" % pid) else ""
    assert not state or " Z " in state, "the compiler's child lives on: %s" % state
    stage_is_empty(tmp_path / "cache")
