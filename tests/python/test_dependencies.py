"""A .pyx file becomes a module, and everything that the build read is an input."""

import os
import shutil

import pytest

import pyxide

PROJECT = {
    "m.pyx": """\
        include "consts.pxi"
        cimport decl

        cdef extern from "k.h":
            int K

        def values():
            return {"m.pyx": 1, "m.pxd": OWN, "consts.pxi": PXI, "decl.pxd": decl.D, "k.h": K}
        """,
    "m.pxd": "cdef enum:\n    OWN = 1\n",
    "consts.pxi": "PXI = 1\n",
    "decl.pxd": "cdef enum:\n    D = 1\n",
    "k.h": "#define K 1\n",
    "unrelated.txt": "1\n",
    "unrelated.pxd": "cdef enum:\n    U = 1\n",
}
READ = ["m.pyx", "m.pxd", "consts.pxi", "decl.pxd", "k.h"]


@pytest.fixture
def project(tmp_path, write):
    return write(tmp_path / "project", PROJECT)


@pytest.fixture
def values(project):
    """Builds `m.pyx`, and returns what it computes and whether it was in the cache."""

    def values(folder=project):
        built = pyxide.cython_import_result(folder / "m.pyx")
        return built.module.values(), built.used_cache

    return values


def test_a_file_becomes_a_module_of_its_name(cache, values, project):
    built = pyxide.cython_import_result(str(project / "m.pyx"))
    assert built.module_name == built.module.__name__ == "m"
    assert built.module.values() == dict.fromkeys(READ, 1)
    assert pyxide.cython_import(project / "m.pyx") is built.module
    (project / "m.pxd").rename(project / "other.pxd")
    other = pyxide.cython_import_result(project / "m.pyx", module_name="other")
    assert other.module_name == other.module.__name__ == "other"
    assert other.module.values() == dict.fromkeys(READ, 1)


def test_a_relative_path_is_one_from_the_working_directory(cache, project, monkeypatch):
    built = pyxide.cython_import_result(project / "m.pyx")
    monkeypatch.chdir(project.parent)
    again = pyxide.cython_import_result("project/m.pyx")
    assert again.used_cache is True and again.key == built.key


@pytest.mark.parametrize("name", READ)
def test_an_edited_file_gives_the_new_value(name, cache, values, project):
    file = project / name
    before = file.read_text()
    ones = dict.fromkeys(READ, 1)
    new = before.replace('"m.pyx": 1', '"m.pyx": 2') if name == "m.pyx" else before.replace("1", "2")
    assert new != before
    assert values() == (ones, False)

    # Touched only.
    os.utime(file)
    assert values() == (ones, True)

    # As large as before, and with the old time.
    stamp = file.stat()
    file.write_text(new)
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (stamp.st_size, stamp.st_mtime_ns)
    assert values() == ({**ones, name: 2}, False)
    assert values() == ({**ones, name: 2}, True)

    # Back again.
    file.write_text(before)
    assert values() == (ones, True)


def test_a_file_that_is_exchanged_by_a_rename_is_seen(cache, values, project):
    """As editors save files."""
    assert values()[1] is False
    other = project / "k.h.tmp"
    other.write_text("#define K 2\n")
    stamp = (project / "k.h").stat()
    os.utime(other, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    other.rename(project / "k.h")
    assert values() == ({**dict.fromkeys(READ, 1), "k.h": 2}, False)


def test_an_unrelated_file_does_not_matter(cache, values, project):
    ones = dict.fromkeys(READ, 1)
    assert values() == (ones, False)
    (project / "unrelated.txt").write_text("2\n")
    (project / "unrelated.pxd").write_text("cdef enum:\n    U = 2\n")
    (project / "new.pxi").write_text("NEW = 1\n")
    assert values() == (ones, True)


def test_a_project_can_be_moved(cache, values, project, tmp_path):
    built = pyxide.cython_import_result(project / "m.pyx")
    moved = tmp_path / "somewhere" / "else"
    moved.parent.mkdir()
    shutil.move(project, moved)
    again = pyxide.cython_import_result(moved / "m.pyx")
    assert again.used_cache is True and again.key == built.key
    # It is the moved files that count from now on.
    (moved / "k.h").write_text("#define K 7\n")
    changed, used_cache = values(moved)
    assert (changed["k.h"], used_cache) == (7, False)


def test_two_projects_do_not_share_what_differs(cache, values, project, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(project, other)
    (other / "k.h").write_text("#define K 5\n")
    assert values()[0]["k.h"] == 1
    assert values(other) == ({**dict.fromkeys(READ, 1), "k.h": 5}, False)
    assert values() == (dict.fromkeys(READ, 1), True)


def test_a_new_pxd_of_the_module_itself_is_seen(cache, write, tmp_path):
    folder = write(tmp_path / "project", {"m.pyx": "def f():\n    return g(3)\n\ncdef g(x):\n    return x / 2\n"})
    build = lambda: pyxide.cython_import_result(folder / "m.pyx")
    first = build()
    assert (first.module.f(), first.used_cache) == (1.5, False)
    write(folder, {"m.pxd": "cdef g(int x)\n"})
    with pytest.raises(pyxide.CompileError):
        # Cython compares the signatures: this proves that the new file was read.
        build()
    (folder / "m.pxd").unlink()
    again = build()
    assert (again.used_cache, again.key) == (True, first.key)


def test_a_new_file_in_an_earlier_folder_is_seen(cache, write, tmp_path):
    folder = write(
        tmp_path / "project",
        {
            "m.pyx": """\
                include "n.pxi"
                cimport d
                cdef extern from "k.h":
                    int K
                def values():
                    return PXI, d.D, K
                """,
            "late/n.pxi": "PXI = 1\n",
            "late/d.pxd": "cdef enum:\n    D = 1\n",
            "late/k.h": "#define K 1\n",
            "early/nothing.txt": "",
        },
    )

    def values():
        built = pyxide.cython_import_result(folder / "m.pyx", include_dirs=[folder / "early", folder / "late"])
        return built.module.values(), built.used_cache

    assert values() == ((1, 1, 1), False)
    write(folder, {"early/n.pxi": "PXI = 2\n"})
    assert values() == ((2, 1, 1), False)
    write(folder, {"early/d.pxd": "cdef enum:\n    D = 2\n"})
    assert values() == ((2, 2, 1), False)
    for name in ["early/n.pxi", "early/d.pxd"]:
        (folder / name).unlink()
    assert values() == ((1, 1, 1), True)


@pytest.mark.parametrize("place", ["early/k.h", "k.h"])
def test_a_new_header_in_an_earlier_folder_is_seen(cache, write, tmp_path, place):
    """Beside the source comes before all folders, and those in their order."""
    folder = write(
        tmp_path / "project",
        {"m.pyx": 'cdef extern from "k.h":\n    int K\ndef f():\n    return K\n', "late/k.h": "#define K 1\n"},
    )
    (folder / "early").mkdir()
    build = lambda: pyxide.cython_import_result(folder / "m.pyx", include_dirs=[folder / "early", folder / "late"])
    assert build().module.f() == 1
    write(folder, {place: "#define K 2\n"})
    assert (build().module.f(), build().used_cache) == (2, True)
    (folder / place).unlink()
    again = build()
    assert (again.module.f(), again.used_cache) == (1, True)


def test_a_header_that_a_header_includes_is_an_input(cache, write, tmp_path):
    folder = write(
        tmp_path / "project",
        {
            "m.pyx": 'cdef extern from "outer.h":\n    int K\ndef f():\n    return K\n',
            "outer.h": '#include "deep/inner.h"\n',
            "deep/inner.h": "#define K 1\n",
        },
    )
    assert pyxide.cython_import(folder / "m.pyx").f() == 1
    write(folder, {"deep/inner.h": "#define K 2\n"})
    built = pyxide.cython_import_result(folder / "m.pyx")
    assert (built.module.f(), built.used_cache) == (2, False)


def test_a_package_beside_the_source_is_found(cache, write, tmp_path):
    folder = write(
        tmp_path / "project",
        {
            "m.pyx": "from shapes.circle cimport twice\ndef f(int n):\n    return twice(n)\n",
            "shapes/__init__.pxd": "",
            "shapes/circle.pxd": "cdef inline int twice(int n):\n    return 2 * n\n",
        },
    )
    assert pyxide.cython_import(folder / "m.pyx").f(4) == 8
    write(folder, {"shapes/circle.pxd": "cdef inline int twice(int n):\n    return n + n + 1\n"})
    assert pyxide.cython_import(folder / "m.pyx").f(4) == 9


def test_a_link_to_a_source_is_the_source(cache, project, tmp_path, values):
    values()
    link = tmp_path / "m.pyx"
    link.symlink_to(project / "m.pyx")
    built = pyxide.cython_import_result(link)
    assert built.used_cache is True and built.module.values() == dict.fromkeys(READ, 1)


def test_a_folder_with_any_name_will_do(cache, write, tmp_path):
    """No name of a folder gets into a shell, a response file or a format."""
    for name in ["with space, größe:$HOME", "-I%s\\#quote'\"`quote`"]:
        folder = write(tmp_path / name, {"m.pyx": 'include "n.pxi"\ncdef extern from "k.h":\n    int K\n'})
        write(folder, {"n.pxi": "def f():\n    return K, %r\n" % name, "k.h": "#define K %d\n" % len(name)})
        assert pyxide.cython_import(folder / "m.pyx").f() == (len(name), name)
