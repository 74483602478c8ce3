"""Extension modules that come as files: imported where they lie, and registered in the cache; and copies for elsewhere."""

import json
import os
import shutil
import stat
import struct
import sys
import sysconfig

import pytest

import pyxide

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


@pytest.fixture(scope="module")
def exported(clean, tmp_path_factory):
    """Everything that a cache has of a module, and its key."""
    folder = tmp_path_factory.mktemp("exported")
    source = "def square(int n):\n    return n * n\n"
    result = pyxide.compile_and_load_result(source, module_name="square", cache_dir=folder / "cache")
    del sys.modules["square"]
    return pyxide.export_cached(result.key, folder / "whole", whole=True, cache_dir=folder / "cache"), result.key


@pytest.fixture
def artifact(exported, tmp_path):
    """The module's file alone."""
    folder = tmp_path / "artifact"
    folder.mkdir()
    return shutil.copy(exported[0] / ("square" + SUFFIX), folder)


@pytest.fixture(autouse=True)
def forget():
    yield
    for name in ["square", "cube", "pkg.square"]:
        sys.modules.pop(name, None)


def test_a_file_is_imported_where_it_lies(artifact):
    module = pyxide.import_artifact_path(artifact)
    assert (module.__name__, module.__file__, module.square(7)) == ("square", artifact, 49)
    assert sys.modules["square"] is module
    assert pyxide.import_artifact_path(artifact) is module


def test_bytes_are_imported_from_a_private_folder(artifact, tmp_path, python):
    with open(artifact, "rb") as file:
        module = pyxide.import_artifact_bytes(file.read(), artifact_filename="square" + SUFFIX, temp_dir=tmp_path)
    assert module.square(7) == 49
    folder = os.path.dirname(module.__file__)
    assert os.path.dirname(folder) == str(tmp_path)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    code = """
        import os, sys, pyxide
        with open(sys.argv[1], "rb") as file:
            module = pyxide.import_artifact_bytes(memoryview(file.read()), artifact_filename="square.so")
        if os.fork() == 0:
            sys.exit()
        os.wait()
        assert os.path.exists(module.__file__)
        print(module.square(3), module.__file__)
    """
    number, path = python(code, artifact, TMPDIR=tmp_path).split()
    assert number == "9" and path.startswith(str(tmp_path)) and not os.path.exists(os.path.dirname(path))


def test_a_registered_module_is_in_the_cache(artifact, tmp_path, python):
    cache = tmp_path / "cache"
    result = pyxide.register_cached_artifact_path(artifact, cache_dir=cache)
    assert result.module.square(7) == 49
    assert result.artifact_path.is_relative_to(cache) and result.request_key is None
    assert (result.meta["kind"], result.meta["origin"]) == ("external", {"imported": {"from": artifact}})
    [entry] = pyxide.list_cached(cache)
    assert json.loads(json.dumps(entry))["kind"] == "external"
    assert (entry.key, entry.module_name) == (result.key, "square")
    os.remove(artifact)
    code = "import sys, pyxide; print(pyxide.import_cached(sys.argv[1]).square(5))"
    assert python(code, result.key, PYXIDE_CACHE_DIR=cache) == "25\n"


def test_registered_bytes_are_the_same_entry(artifact, tmp_path):
    key = pyxide.register_cached_artifact_path(artifact, cache_dir=tmp_path / "cache").key
    with open(artifact, "rb") as file:
        data = file.read()
    result = pyxide.register_cached_artifact_bytes(
        bytearray(data), artifact_filename="square" + SUFFIX, module_name="square", cache_dir=tmp_path / "cache"
    )
    assert result.key == key
    other = pyxide.register_cached_artifact_bytes(
        data, artifact_filename="x.so", module_name="pkg.square", cache_dir=tmp_path / "cache"
    )
    assert other.key != key and other.module.__name__ == "pkg.square"
    assert len(pyxide.list_cached(tmp_path / "cache")) == 2


def test_a_registered_module_can_be_carried(artifact, tmp_path):
    key = pyxide.register_cached_artifact_path(artifact, cache_dir=tmp_path / "cache").key
    bundle = pyxide.bundle_cached(key, tmp_path / "b.tar", cache_dir=tmp_path / "cache")
    [entry] = pyxide.restore_cached(bundle, cache_dir=tmp_path / "there").entries
    assert (entry["kind"], entry["outcome"]) == ("external", "new")
    assert pyxide.import_cached(key, cache_dir=tmp_path / "there").square(2) == 4


def test_what_lies_beside_an_exported_entry_says_what_it_is(exported, tmp_path):
    whole, key = exported
    copy = shutil.copytree(whole, tmp_path / "copy")
    result = pyxide.register_cached_artifact_path(copy / ("square" + SUFFIX), cache_dir=tmp_path / "cache")
    assert result.fingerprint["python"] == ".".join(map(str, sys.version_info[:3]))
    with open(copy / ("square" + SUFFIX), "ab") as file:
        file.write(b"\0")
    with pytest.raises(pyxide.ArtifactError, match="meta.json beside it was written for other content"):
        pyxide.import_artifact_path(copy / ("square" + SUFFIX))
    (copy / "meta.json").write_text('{"module_name": "somebody else\'s"}')
    assert pyxide.import_artifact_path(copy / ("square" + SUFFIX)).square(3) == 9


def changed(offset, text):
    def change(data):
        return data[:offset] + text + data[offset + len(text) :]

    return change


@pytest.mark.parametrize(
    ("change", "options", "file_name", "reason"),
    [
        (None, {"module_name": "cube"}, None, "no function `PyInit_cube`, but `PyInit_square`"),
        (lambda data: data[:5000], {}, None, "cut short"),
        (lambda data: data[:5000], {"module_name": "square"}, None, "cut short"),
        (lambda data: b"", {}, None, "is empty"),
        (lambda data: b"#!/bin/sh\n", {}, None, "not an ELF file"),
        (changed(18, struct.pack("<H", 0xF3)), {}, None, "it is for RISC-V 64, and .* is needed"),
        (changed(16, struct.pack("<H", 1)), {}, None, "an object file"),
        (lambda data: data.replace(b"PyInit_square", b"xyInit_square"), {}, None, "is no module at all"),
        (None, {}, "square.cpython-39-x86_64-linux-gnu.so", "ends in `.cpython-39-x86_64-linux-gnu.so`"),
        (None, {}, "square.pyd", "a plain name that ends in `.so`"),
        (None, {}, "square", "a plain name that ends in `.so`"),
    ],
)
def test_what_is_no_module_for_here_is_refused_before_it_runs(artifact, tmp_path, change, options, file_name, reason):
    with open(artifact, "rb") as file:
        data = file.read()
    path = tmp_path / (file_name or "square.so")
    path.write_bytes(change(data) if change else data)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    given = {"artifact_filename": path.name, **options}
    for refuse in [
        lambda: pyxide.import_artifact_path(path, **options),
        lambda: pyxide.register_cached_artifact_path(path, cache_dir=tmp_path / "cache", **options),
        lambda: pyxide.import_artifact_bytes(path.read_bytes(), temp_dir=temporary, **given),
        lambda: pyxide.register_cached_artifact_bytes(path.read_bytes(), cache_dir=tmp_path / "cache", **given),
    ]:
        with pytest.raises(pyxide.ArtifactError, match=reason) as caught:
            refuse()
        assert path.name in str(caught.value) and caught.value.hint
        assert isinstance(caught.value, ValueError) and isinstance(caught.value, ImportError)
    assert "square" not in sys.modules and pyxide.list_cached(tmp_path / "cache") == [] and not [*temporary.iterdir()]


def test_wrong_arguments_are_named(artifact, tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.so"):
        pyxide.import_artifact_path(tmp_path / "nothing.so")
    with pytest.raises(OSError, match="not a regular file"):
        pyxide.import_artifact_path(tmp_path)
    for name in ["not a name", "../evil", ""]:
        with pytest.raises(ValueError, match="not a module name"):
            pyxide.import_artifact_path(artifact, module_name=name)
    for name in ["../x.so", "/x.so", ".so", "a\n.so"]:
        with pytest.raises(pyxide.ArtifactError, match="a plain name"):
            pyxide.import_artifact_bytes(b"", artifact_filename=name, temp_dir=tmp_path)
    with pytest.raises(TypeError):
        pyxide.import_artifact_bytes("text", artifact_filename="x.so")
    with pytest.raises(ValueError, match="copy=False"):
        pyxide.register_cached_artifact_path(artifact, copy=False)
    with pytest.raises(pyxide.LoadError, match="standard library"):
        pyxide.import_artifact_path(artifact, module_name="json.square")


def test_an_export_is_a_copy(exported, tmp_path):
    _, key = exported
    cache = exported[0].parent.parent / "cache"
    path = pyxide.export_cached(key, tmp_path / "out" / "deep", cache_dir=cache)
    assert path == tmp_path / "out" / "deep" / ("square" + SUFFIX)
    assert not path.is_symlink() and path.stat().st_nlink == 1
    assert pyxide.import_artifact_path(path).square(2) == 4
    with pytest.raises(FileExistsError, match="square"):
        pyxide.export_cached(key, path.parent, cache_dir=cache)
    # Not written into: this process has it mapped.
    path.unlink()
    path.write_text("mine")
    assert pyxide.export_cached(key, path.parent, overwrite=True, cache_dir=cache).read_bytes().startswith(b"\x7fELF")
    whole = pyxide.export_cached(key, dest_dir=tmp_path / "out", whole=True, cache_dir=cache)
    assert whole == tmp_path / "out" / key
    assert {item.name for item in whole.iterdir()} == {"meta.json", "square.pyx", "square" + SUFFIX}
    with pytest.raises(FileExistsError):
        pyxide.export_cached(key, tmp_path / "out", whole=True, cache_dir=cache)
    (whole / "square.pyx").write_text("changed")
    pyxide.export_cached(key, tmp_path / "out", whole=True, overwrite=True, cache_dir=cache)
    assert (whole / "square.pyx").read_text().startswith("def square")
    with pytest.raises(FileNotFoundError, match="5f5f"):
        pyxide.export_cached("5f" * 32, tmp_path / "out", cache_dir=cache)
    with pytest.raises(ValueError, match="nonsense"):
        pyxide.export_cached("nonsense", tmp_path / "out", cache_dir=cache)
