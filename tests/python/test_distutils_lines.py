"""What a source says in its `# distutils:` lines is done as setuptools does it, or is refused or remarked on."""

import subprocess

import pytest

import pyxide


@pytest.fixture
def build(cache, tmp_path):
    """Builds a source with these header lines: `build("define_macros = A", body)`."""

    def build(lines, body="def f():\n    return 1\n", **options):
        lines = [lines] if isinstance(lines, str) else lines
        header = "".join("# distutils: %s\n" % line for line in lines)
        (tmp_path / "m.pyx").write_text(header + body)
        return pyxide.cython_import_result(tmp_path / "m.pyx", **options)

    return build


def values(*names):
    """The body of a module that tells whether macros are defined, and as what."""
    checks = "".join(
        "    #ifdef %s\n    #define HAS_%s TEXT(%s)\n    #else\n    #define HAS_%s \"undefined\"\n    #endif\n" % (n, n, n, n)
        for n in names
    )
    quote = "    #define TEXT(x) TEXT2(x)\n    #define TEXT2(x) #x\n"
    declared = "".join("    const char *HAS_%s\n" % name for name in names)
    told = ", ".join("HAS_%s.decode()" % name for name in names)
    return 'cdef extern from *:\n    """\n%s%s    """\n%s\ndef f():\n    return [%s]\n' % (quote, checks, declared, told)


@pytest.mark.parametrize(
    "line, expected",
    [
        ("define_macros = A B=2", ["1", "2"]),
        ("define_macros = [A, B=2]", ["1", "2"]),
        ("define_macros = [('A', None), ('B', '2')]", ["1", "2"]),
        ("define_macros = 'A=x y' B", ["x y", "1"]),
        ("define_macros = (\"B\", \"x\")", ["undefined", "x"]),
    ],
)
def test_macros_in_all_forms(line, expected, build):
    assert build(line, values("A", "B")).module.f() == expected


def test_macros_can_be_taken_away(build):
    body = values("A", "B")
    assert build("undef_macros = A", body, define_macros=[("A", "1"), ("B", "2")]).module.f() == ["undefined", "2"]
    assert build("undef_macros = A B", body, define_macros=[("A", "1"), ("B", "2")]).module.f() == ["undefined"] * 2


def test_folders_of_libraries_at_run_time(build, tmp_path):
    (tmp_path / "far.c").write_text("int far(void) { return 7; }\n")
    command = ["gcc", "-shared", "-fPIC", "-o", tmp_path / "libfar.so", tmp_path / "far.c"]
    subprocess.run(command, check=True)
    lines = ["libraries = far", "library_dirs = .", "runtime_library_dirs = %s" % tmp_path]
    body = "cdef extern from *:\n    '''\n    int far(void);\n    '''\n    int far()\n\ndef f():\n    return far()\n"
    assert build(lines, body).module.f() == 7
    with pytest.raises(ValueError, match="the source's extra_link_args") as caught:
        build(["runtime_library_dirs = ."], body)
    assert "-Wl,-rpath,." in str(caught.value)


def test_objects_are_linked_and_their_content_counts(build, tmp_path):
    def made(number):
        (tmp_path / "far.c").write_text("int far(void) { return %d; }\n" % number)
        subprocess.run(["gcc", "-c", "-fPIC", "-o", tmp_path / "far.o", tmp_path / "far.c"], check=True)
        body = "cdef extern from *:\n    '''\n    int far(void);\n    '''\n    int far()\n\ndef f():\n    return far()\n"
        return build("extra_objects = far.o", body)

    first, second, third = made(7), made(8), made(7)
    assert [one.module.f() for one in (first, second, third)] == [7, 8, 7]
    assert [one.used_cache for one in (first, second, third)] == [False, False, True]
    assert first.key == third.key != second.key


def test_an_object_that_is_not_there(build, tmp_path):
    with pytest.raises(FileNotFoundError, match="gone.o"):
        build("extra_objects = gone.o")


def test_a_file_that_is_depended_on_counts(build, tmp_path):
    (tmp_path / "data.txt").write_text("one")
    first = build("depends = data.txt")
    assert build("depends = data.txt").used_cache is True
    (tmp_path / "data.txt").write_text("two")
    second = build("depends = data.txt")
    assert (second.used_cache, second.key == first.key) == (False, False)
    (tmp_path / "data.txt").unlink()
    third = build("depends = data.txt")
    assert third.used_cache is False
    [warning] = third.warnings
    assert str(tmp_path / "data.txt") in warning and "not there" in warning
    (tmp_path / "data.txt").write_text("one")
    assert build("depends = data.txt").key == first.key


@pytest.mark.parametrize(
    "line, words",
    [
        ("no_such_setting = 1", "unknown setting `no_such_setting`"),
        ("librarys = m", "unknown setting `librarys`"),
        ("np_pythran = True", "unknown setting `np_pythran`"),
        ("name = other", "`name` is passed over"),
        ("nonsense", "`nonsense` is not `name = value`"),
    ],
)
def test_what_means_nothing_is_remarked_on(line, words, build, tmp_path):
    built = build(["language = c", line])
    [warning] = built.warnings
    assert words in warning and "%s:2:1" % (tmp_path / "m.pyx") in warning and "# distutils: " + line in warning
    assert build(["language = c", line]).warnings == built.warnings


def test_what_has_no_meaning_here_is_silent(build):
    assert build("export_symbols = f").warnings == []


def test_an_unknown_directive_is_shown_with_its_line(cache):
    built = pyxide.compile_and_load_result("# a comment\n# cython: nosuchdirective=True\nx = 1\n")
    [warning] = built.warnings
    assert "nosuchdirective" in warning and "<string>:2:1" in warning
