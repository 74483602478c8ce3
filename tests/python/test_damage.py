"""A damaged entry is one warning and a rebuild: never a crash, never a wrong answer, never deleted."""

import json
import os
import shutil
import subprocess
import sys
import warnings

import pytest

import pyxide

SOURCE = "def f(int n):\n    return n * n + 17\n"
OTHER = "def f(int n):\n    return n * n + 18\n"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory, remembering_compiler):
    """A cache with two modules of one name, and the results that they gave. It was never loaded from."""
    program = """if True:
        import json, pyxide, sys
        for source in sys.argv[2:]:
            built = pyxide.compile_and_load_result(source, module_name="damaged", cache_dir=sys.argv[1])
            print(json.dumps([built.key, str(built.artifact_path.relative_to(sys.argv[1])), built.meta]))
    """
    copy = tmp_path_factory.mktemp("pristine") / "cache"
    command = [sys.executable, "-I", "-c", program, str(copy), SOURCE, OTHER]
    variables = {**os.environ, "CC": str(remembering_compiler)}
    out = subprocess.run(command, env=variables, check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout
    return [copy, *(json.loads(line) for line in out.splitlines())]


class Entry:
    def __init__(self, cache, other_cache, parts, other):
        self.cache, self.key, self.artifact = cache, parts[0], cache / parts[1]
        self.meta, self.folder = self.artifact.parent / "meta.json", self.artifact.parent
        self.other_artifact = other_cache / other[1]
        self.other_meta = self.other_artifact.parent / "meta.json"

    def replace(self, file, content):
        """Writes without following links or keeping a name that is used elsewhere."""
        file.unlink()
        file.write_bytes(content)


@pytest.fixture
def entry(cache, pristine, monkeypatch, remembering_compiler):
    monkeypatch.setenv("CC", str(remembering_compiler))
    copy, parts, other = pristine
    shutil.copytree(copy, cache, dirs_exist_ok=True)
    return Entry(cache, copy, parts, other)


def truncate(size):
    def truncate(entry):
        data = entry.artifact.read_bytes()
        entry.replace(entry.artifact, data[: size if size >= 0 else len(data) + size])

    return truncate


def flip(part):
    """One bit, at a part of the file between 0 and 1."""

    def flip(entry):
        data = bytearray(entry.artifact.read_bytes())
        data[int(part * (len(data) - 1))] ^= 0x10
        entry.replace(entry.artifact, bytes(data))

    return flip


def append(entry):
    entry.replace(entry.artifact, entry.artifact.read_bytes() + b"\0")


def link_to_a_good_one(entry):
    target = entry.cache / "good.so"
    entry.artifact.rename(target)
    entry.artifact.symlink_to(target)


def second_name(entry):
    os.link(entry.artifact, entry.cache / "second-name.so")


def pipe(entry):
    entry.artifact.unlink()
    os.mkfifo(entry.artifact)


def folder(entry):
    entry.artifact.unlink()
    entry.artifact.mkdir()


def swapped(entry):
    entry.replace(entry.artifact, entry.other_artifact.read_bytes())


def swapped_with_its_meta(entry):
    """All that belongs to another key: the folder's name does not fit."""
    entry.replace(entry.artifact, entry.other_artifact.read_bytes())
    entry.replace(entry.meta, entry.other_meta.read_bytes())


def meta(change):
    def meta(entry):
        entry.replace(entry.meta, change(entry.meta.read_bytes()))

    return meta


def other_key(entry):
    known = json.loads(entry.meta.read_bytes())
    known["key"] = "0" * 64
    known["format"] = 1
    entry.replace(entry.meta, json.dumps(known).encode())


def meta_pipe(entry):
    entry.meta.unlink()
    os.mkfifo(entry.meta)


def meta_link(entry):
    entry.meta.rename(entry.cache / "meta.json")
    entry.meta.symlink_to(entry.cache / "meta.json")


def other_artifact_name(entry):
    """A name that leads out of the entry."""
    outside = entry.folder.parent / "outside.so"
    shutil.copy(entry.artifact, outside)
    entry.replace(entry.meta, entry.meta.read_bytes().replace(entry.artifact.name.encode(), b"../outside.so"))


CASES = {
    "zero bytes": truncate(0),
    "three bytes": truncate(3),
    "ELF header only": truncate(64),
    "one page": truncate(4096),
    "one byte less": truncate(-1),
    "one byte more": append,
    "first bit flipped": flip(0),
    "middle bit flipped": flip(0.5),
    "last bit flipped": flip(1),
    "deleted": lambda entry: entry.artifact.unlink(),
    "link": link_to_a_good_one,
    "second name": second_name,
    "pipe": pipe,
    "folder": folder,
    "swapped": swapped,
    "swapped with meta": swapped_with_its_meta,
    "meta empty": meta(lambda data: b""),
    "meta truncated": meta(lambda data: data[: len(data) // 2]),
    "meta garbage": meta(lambda data: b"\x00\xff garbage"),
    "meta with another key": other_key,
    "meta nested too deeply": meta(lambda data: b"[" * 100_000),
    "meta deleted": lambda entry: entry.meta.unlink(),
    "meta is a pipe": meta_pipe,
    "meta is a link": meta_link,
    "meta names a file outside": other_artifact_name,
}


@pytest.mark.parametrize("damage", CASES.values(), ids=CASES)
def test_damage_is_one_warning_and_a_rebuild(
    damage, entry, python, stage_is_empty, remembering_compiler
):
    damage(entry)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        built = pyxide.compile_and_load_result(SOURCE, module_name="damaged")
    assert [warning.category for warning in caught] == [pyxide.CacheWarning], [str(w.message) for w in caught]
    assert entry.key in str(caught[0].message) and "quarantine" in str(caught[0].message)
    assert caught[0].filename.endswith(("test_damage.py", os.path.join("pyxide", "__init__.py")))
    assert (built.used_cache, built.key, built.module.f(3)) == (False, entry.key, 26)

    quarantined = [*(entry.cache / "v1" / "quarantine" / entry.key).iterdir()]
    assert len(quarantined) == 1
    reason = [*quarantined[0].rglob("reason.txt")]
    assert len(reason) == 1 and reason[0].read_text().strip() != ""
    assert reason[0].read_text().strip() in str(caught[0].message)
    assert [*quarantined[0].rglob("*.pyx")] != []
    stage_is_empty(entry.cache)

    # The next call is a clean hit, and in a process that never saw the damaged one it gives the right answer.
    program = """
        import pyxide, sys
        built = pyxide.compile_and_load_result(sys.argv[1], module_name="damaged", build=False)
        print(built.module.f(4), built.used_cache, built.key)
    """
    assert python(program, SOURCE, PYXIDE_CACHE_DIR=entry.cache, CC=remembering_compiler) == "33 True %s\n" % entry.key


def test_the_warning_is_for_the_line_that_called(entry):
    truncate(100)(entry)
    with pytest.warns(pyxide.CacheWarning) as caught:
        pyxide.compile_and_load_result(SOURCE, module_name="damaged")
    assert caught[0].filename == __file__
    truncate(100)(entry)
    with pytest.warns(pyxide.CacheWarning) as caught:
        pyxide.compile_and_load(SOURCE, module_name="damaged")
    assert caught[0].filename == __file__


def test_a_warning_that_is_an_error_is_one(entry):
    truncate(100)(entry)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(pyxide.CacheWarning):
            pyxide.compile_and_load(SOURCE, module_name="damaged")
        assert pyxide.compile_and_load(SOURCE, module_name="damaged", build=False).f(3) == 26


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"pyxide manifest 4\n", b'{"format": 1, "sets": 7}'])
def test_a_broken_manifest_is_a_miss(content, entry):
    for manifest in (entry.cache / "v1" / "manifests").rglob("*.sets"):
        manifest.write_bytes(content)
    with warnings.catch_warnings():
        # An entry that is right is no damage: whether this is told is not promised, but nothing may break.
        warnings.simplefilter("ignore")
        built = pyxide.compile_and_load_result(SOURCE, module_name="damaged")
    assert (built.used_cache, built.key, built.module.f(3)) == (False, entry.key, 26)
    assert pyxide.compile_and_load_result(SOURCE, module_name="damaged").used_cache is True
    assert not (entry.cache / "v1" / "quarantine" / entry.key).exists()


def test_broken_memories_are_asked_for_again(entry):
    for probe in (entry.cache / "v1" / "probes").iterdir():
        probe.write_bytes(b"{")
    assert pyxide.compile_and_load_result(SOURCE, module_name="damaged").used_cache is True
