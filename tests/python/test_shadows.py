"""Hits that would be wrong: what comes, goes, moves or is exchanged where a tool looked, or while it looks."""

import os
import shutil
import subprocess

import pytest

import pyxide
from conftest import REAL
from quick import only_in_full

K = 'cdef extern from "%s":\n    int K\ndef f():\n    return K\n'
FOO = "cdef extern int foo()\ndef f():\n    return foo()\n"


def archive(folder, value, name="libfoo.a"):
    """A library whose function gives this value."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "foo.c").write_text("int foo(void) { return %d; }\n" % value)
    if name.endswith(".a"):
        subprocess.run([REAL, "-c", "-fPIC", "foo.c"], cwd=folder, check=True)
        (folder / name).unlink(missing_ok=True)
        subprocess.run(["ar", "rc", name, "foo.o"], cwd=folder, check=True)
        (folder / "foo.o").unlink()
    else:
        subprocess.run([REAL, "-shared", "-fPIC", "foo.c", "-o", name, "-Wl,-soname,%s" % (folder / name)], cwd=folder, check=True)
    (folder / "foo.c").unlink()


@pytest.fixture
def changes(cache, tmp_path):
    """Asserts that a change is seen, and that it is not seen where there is none: `changes(build, change)`."""

    def changes(build, change, before=1, after=2):
        first = build()
        assert (first.module.f(), first.used_cache) == (before, False)
        assert build().used_cache
        change()
        second = build()
        assert (second.module.f(), second.used_cache) == (after, False)
        assert build().used_cache

    return changes


@pytest.fixture
def built(write, tmp_path):
    """A function that builds a project: `built(files, **options)`."""

    def built(files, **options):
        project = write(tmp_path / "project", files)
        return project, lambda: pyxide.cython_import_result(project / "m.pyx", **options)

    return built


# Headers


def test_a_link_behind_a_way_up(built, changes):
    project, build = built({"sub/m.pyx": K % "../k.h", "m.pyx": K % "sub/../k.h", "sub/x": "", "k1.h": "#define K 1\n", "k2.h": "#define K 2\n"})
    (project / "k.h").symlink_to("k1.h")

    def change():
        (project / "k.h").unlink()
        (project / "k.h").symlink_to("k2.h")

    changes(build, change)


@pytest.mark.full("test_a_link_behind_a_way_up")
def test_a_link_of_a_folder_before_a_way_up(built, changes):
    files = {"m.pyx": K % "current/../k.h", "one/x/y": "", "one/k.h": "#define K 1\n", "two/x/y": "", "two/k.h": "#define K 2\n"}
    project, build = built(files)
    (project / "current").symlink_to("one/x")

    def change():
        (project / "current").unlink()
        (project / "current").symlink_to("two/x")

    changes(build, change)


def test_a_folder_in_place_of_a_header(built, changes):
    project, build = built(
        {"m.pyx": "# distutils: include_dirs = one two\n" + K % "k.h", "one/k.h/x": "", "two/k.h": "#define K 1\n"}
    )

    def change():
        shutil.rmtree(project / "one" / "k.h")
        (project / "one" / "k.h").write_text("#define K 2\n")

    changes(build, change)


def test_a_header_whose_name_is_a_macro(built, changes):
    files = {
        "m.pyx": "# distutils: include_dirs = include\n" + K % "sub/a.h",
        "sub/a.h": '#define H "k.h"\n#include H\n',
        "include/k.h": "#define K 1\n",
    }
    project, build = built(files)
    changes(build, lambda: (project / "sub" / "k.h").write_text("#define K 2\n"))


@pytest.mark.full("test_a_header_whose_name_is_a_macro")
def test_a_macro_that_is_asked_for(built, changes):
    source = """\
        cdef extern from *:
            '''
            #define H "opt.h"
            #if __has_include(H)
            #define K 2
            #else
            #define K 1
            #endif
            '''
            int K
        def f():
            return K
    """
    project, build = built({"m.pyx": source})
    changes(build, lambda: (project / "opt.h").write_text(""))


def test_equal_headers_that_differ_later(built, changes):
    once = "#pragma once\n#ifdef K\n#undef K\n#define K 2\n#else\n#define K 1\n#endif\n"
    project, build = built({"m.pyx": K % "all.h", "all.h": '#include "a.h"\n#include "b.h"\n', "a.h": once, "b.h": once})
    for name in ["a.h", "b.h"]:
        os.utime(project / name, (1_600_000_000, 1_600_000_000))
    changes(build, lambda: (project / "b.h").write_text(once + "// other\n"))


def test_an_absolute_include_with_any_name(built, changes, tmp_path):
    (tmp_path / "k.inc").write_text("K = 1\n")
    _, build = built({"m.pyx": 'include "%s"\ndef f():\n    return K\n' % (tmp_path / "k.inc")})
    changes(build, lambda: (tmp_path / "k.inc").write_text("K = 2\n"))


def test_a_device_as_a_header(built):
    _, build = built({"m.pyx": 'cdef extern from "/dev/null":\n    pass\ndef f():\n    return 1\n'})
    assert build().module.f() == 1
    assert build().used_cache


@pytest.mark.parametrize("name", ["a b.h", "a\\ b.h", *map(only_in_full, ["a\tb.h", "a$b.h", "a#b.h", "a:b.h"])])
def test_a_header_with_an_odd_name(built, changes, name):
    quoted = name.replace("\\", "\\\\").replace("\t", "\\t")
    source = "cdef extern from *:\n    '''\n    #include \"%s\"\n    '''\n    int K\ndef f():\n    return K\n"
    project, build = built({"m.pyx": source % quoted, "x": ""})
    (project / name).write_text("#define K 1\n")
    changes(build, lambda: (project / name).write_text("#define K 2\n"))


# Libraries


def test_a_copied_project_has_its_own_library(cache, write, tmp_path):
    header = "# distutils: libraries = foo\n# distutils: library_dirs = lib\n"
    first = write(tmp_path / "first", {"pyproject.toml": "", "m.pyx": header + FOO})
    archive(first / "lib", 1)
    assert pyxide.cython_import_result(first / "m.pyx").module.f() == 1
    second = tmp_path / "second"
    shutil.copytree(first, second)
    archive(second / "lib", 2)
    assert pyxide.cython_import(second / "m.pyx").f() == 2
    third = tmp_path / "third"
    first.rename(third)
    moved = pyxide.cython_import_result(third / "m.pyx")
    assert (moved.module.f(), moved.used_cache) == (1, True)


def test_a_library_in_a_folder_with_a_space(built, changes, tmp_path):
    lib = tmp_path / "my lib"
    archive(lib, 1)
    _, build = built({"m.pyx": FOO}, libraries="foo", library_dirs=lib)
    changes(build, lambda: archive(lib, 2))


@pytest.mark.skipif(not shutil.which("ld.gold"), reason="there is no gold")
@pytest.mark.full("test_a_library_in_an_earlier_folder with the usual linker")
def test_a_library_of_another_linker(built, changes, tmp_path):
    archive(tmp_path / "lib", 1)
    options = {"libraries": "foo", "library_dirs": tmp_path / "lib", "extra_link_args": "-fuse-ld=gold"}
    _, build = built({"m.pyx": FOO}, **options)
    changes(build, lambda: archive(tmp_path / "lib", 2))


def test_a_library_of_a_linker_that_does_not_tell(built, changes, tmp_path, monkeypatch):
    """An older one, which does not know `--dependency-file`."""
    old = tmp_path / "old"
    old.mkdir()
    (old / "ld").write_text("#!/bin/sh\ncase \" $* \" in *--help*) exec /usr/bin/ld --version;; esac\nexec /usr/bin/ld \"$@\"\n")
    (old / "cc").write_text("#!/bin/sh\nPATH=/usr/bin:/bin exec '%s' -B'%s' \"$@\"\n" % (REAL, old))
    for program in old.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("CC", str(old / "cc"))
    archive(tmp_path / "lib", 1)
    _, build = built({"m.pyx": FOO}, libraries="foo", library_dirs=tmp_path / "lib")
    changes(build, lambda: archive(tmp_path / "lib", 2))


def test_a_shared_library_beside_an_archive(built, changes, tmp_path):
    archive(tmp_path / "lib", 1)
    _, build = built({"m.pyx": FOO}, libraries="foo", library_dirs=tmp_path / "lib")
    changes(build, lambda: archive(tmp_path / "lib", 2, "libfoo.so"))


@pytest.mark.parametrize(
    "options",
    [
        {"extra_link_args": ["-lfoo"], "library_dirs": ["a", "b"]},
        only_in_full({"extra_compile_args": ["-L", "a"], "libraries": "foo", "library_dirs": ["b"]}),
        only_in_full({"extra_link_args": ["-La", "-Lb", "-lfoo"]}),
    ],
    ids=["by an argument", "in a folder of a compiler argument", "all in arguments"],
)
def test_a_library_in_an_earlier_folder(built, changes, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    archive(tmp_path / "b", 1)
    _, build = built({"m.pyx": FOO}, **options)
    if "extra_compile_args" in options:
        # Those folders come after the others.
        archive(tmp_path / "a", 1)
        (tmp_path / "b" / "libfoo.a").unlink()
        changes(build, lambda: archive(tmp_path / "b", 2))
    else:
        changes(build, lambda: archive(tmp_path / "a", 2))


def test_a_library_that_a_script_names(built, changes, tmp_path):
    (tmp_path / "a").mkdir()
    archive(tmp_path / "b", 1)
    (tmp_path / "b" / "libscript.so").write_text("INPUT(-lfoo)\n")
    _, build = built({"m.pyx": FOO}, libraries="script", library_dirs=[tmp_path / "a", tmp_path / "b"])
    changes(build, lambda: archive(tmp_path / "a", 2))


@pytest.mark.parametrize("name", ["one.o", "one.h", "one.txt"])
def test_an_extra_source_that_is_none(cache, write, tmp_path, name):
    folder = write(tmp_path, {name: ""})
    with pytest.raises(ValueError, match=name):
        pyxide.compile_and_load("x = 1", extra_sources=[folder / name])


def test_an_extra_source_in_assembly(cache, write, tmp_path):
    folder = write(tmp_path, {"foo.s": ".globl foo\n.type foo, @function\nfoo:\n movl $7, %eax\n ret\n.section .note.GNU-stack\n"})
    assert pyxide.compile_and_load(FOO, extra_sources=[folder / "foo.s"]).f() == 7


# Arguments


def test_a_file_of_arguments_in_the_compilers_name(built, changes, tmp_path, monkeypatch):
    arguments = tmp_path / "arguments"
    arguments.write_text("-DK=1\n")
    monkeypatch.setenv("CC", "%s @%s" % (REAL, arguments))
    _, build = built({"m.pyx": "cdef extern from *:\n    int K\ndef f():\n    return K\n"})
    changes(build, lambda: arguments.write_text("-DK=2\n"))


@pytest.mark.parametrize("where", ["extra_link_args", "LDFLAGS", "CC"])
def test_the_processor_counts_wherever_it_is_asked_for(cache, monkeypatch, where):
    options = {"extra_link_args": ["-march=native"]} if where == "extra_link_args" else {}
    if not options:
        monkeypatch.setenv(where, ("cc " if where == "CC" else "") + "-march=native")
    assert pyxide.compile_signature("x = 1", **options).fields["processor"] != "nothing"


def test_relative_folders_of_all_options(built, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "k.h").write_text("#define K 1\n")
    _, build = built({"m.pyx": K % "k.h"}, extra_compile_args=["-isystem", "include"])
    assert build().module.f() == 1


# While it is built


@pytest.fixture
def meanwhile(compiler, monkeypatch, tmp_path):
    """Has something done once, right after the compiler has ended."""

    def meanwhile(command):
        done = tmp_path / "done"
        lines = ["'%s' \"$@\"; status=$?" % REAL, "[ -e '%s' ] || { touch '%s'; %s; }" % (done, done, command), "exit $status"]
        monkeypatch.setenv("CC", str(compiler("\n".join(lines))))

    return meanwhile


def settled(build, value):
    """Whatever the first build saw: what is there now is what is used, and it is a hit in the end."""
    build()
    assert build().module.f() == value
    assert build().module.f() == value
    assert build().used_cache


def test_a_link_that_is_exchanged_meanwhile(built, cache, meanwhile):
    project, build = built({"m.pyx": K % "current/k.h", "one/k.h": "#define K 1\n", "two/k.h": "#define K 2\n"})
    (project / "current").symlink_to("one")
    meanwhile("ln -sfn two '%s'" % (project / "current"))
    settled(build, 2)


@pytest.mark.full("test_a_link_that_is_exchanged_meanwhile")
def test_a_folder_that_is_exchanged_meanwhile(built, cache, meanwhile):
    project, build = built({"m.pyx": K % "current/k.h", "current/k.h": "#define K 1\n", "two/k.h": "#define K 2\n"})
    meanwhile("cd '%s'; mv current old; mv two current" % project)
    settled(build, 2)


@pytest.mark.full("test_a_link_that_is_exchanged_meanwhile")
def test_a_linked_header_that_is_exchanged_meanwhile(built, cache, meanwhile):
    project, build = built({"m.pyx": K % "k.h", "one.h": "#define K 1\n", "two.h": "#define K 2\n"})
    (project / "k.h").symlink_to("one.h")
    meanwhile("ln -sfn two.h '%s'" % (project / "k.h"))
    settled(build, 2)


def test_a_header_that_comes_meanwhile(built, cache, meanwhile):
    files = {"m.pyx": "# distutils: include_dirs = one two\n" + K % "k.h", "one/x": "", "two/k.h": "#define K 1\n"}
    project, build = built(files)
    meanwhile("echo '#define K 2' > '%s'" % (project / "one" / "k.h"))
    settled(build, 2)


def test_a_library_that_comes_meanwhile(built, cache, meanwhile, tmp_path):
    archive(tmp_path / "later", 2)
    archive(tmp_path / "b", 1)
    (tmp_path / "a").mkdir()
    _, build = built({"m.pyx": FOO}, libraries="foo", library_dirs=[tmp_path / "a", tmp_path / "b"])
    meanwhile("cp '%s' '%s'" % (tmp_path / "later" / "libfoo.a", tmp_path / "a"))
    settled(build, 2)


def test_what_is_written_beside_the_source_meanwhile_is_nothing(built, cache, meanwhile, compiler):
    project, build = built({"m.pyx": K % "sub/k.h", "sub/k.h": "#define K 1\n"})
    meanwhile("echo > '%s'; echo > '%s'" % (project / "notes", project / "sub" / "notes"))
    assert build().module.f() == 1
    assert compiler.count() == 1
    assert build().used_cache


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="only root can have a /usr/local/include of its own")
def test_a_header_in_an_earlier_folder_of_the_system(python, tmp_path):
    """What `make install` of a newer library does."""
    code = """
        import os, pyxide, subprocess, sys
        subprocess.run(["mount", "-t", "tmpfs", "none", "/usr/local/include"], check=True)
        source = "cdef extern from '<utime.h>':\\n    pass\\ncdef extern from *:\\n    '''\\n    #ifndef K\\n    #define K 1\\n    #endif\\n    '''\\n    int K\\ndef f():\\n    return K\\n"
        for text in [None, None, "#define K 2\\n", None]:
            if text:
                with open("/usr/local/include/utime.h", "w") as header:
                    header.write(text)
            result = pyxide.compile_and_load_result(source)
            print(result.module.f(), result.used_cache)
    """
    assert python(code, under=["unshare", "-m"]).splitlines() == ["1 False", "1 True", "2 False", "2 True"]
