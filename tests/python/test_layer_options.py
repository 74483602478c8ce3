"""Caches of others are searched before the own one, and nothing is written there."""

import os
import shutil

import pytest

import pyxide

SOURCE = "def f(int n):\n    return n + 1\n"


@pytest.fixture
def layer(cache, tmp_path):
    """A cache with a module, an alias for it, and nobody who may write there; and what was built."""
    built = pyxide.compile_and_load_result(SOURCE, module_name="layered")
    pyxide.pin(built.key, alias="shared")
    folder = tmp_path / "layer"
    shutil.copytree(cache, folder, symlinks=True)
    for place in [folder, *folder.rglob("*")]:
        place.chmod(place.stat().st_mode & ~0o222)
    shutil.rmtree(cache / "v1" / "entries")
    shutil.rmtree(cache / "v1" / "pins")
    shutil.rmtree(cache / "v1" / "manifests")
    yield folder, built
    for place in [folder, *folder.rglob("*")]:
        place.chmod(0o700)


def everything(folder):
    return {str(path): path.lstat().st_mtime_ns for path in [folder, *folder.rglob("*")]}


@pytest.mark.parametrize("form", [str, lambda folder: folder, lambda folder: [folder.parent / "nowhere", folder]])
def test_a_layer_is_searched_first(form, layer):
    folder, built = layer
    before = everything(folder)
    found = pyxide.compile_and_load_result(SOURCE, module_name="layered", layers=form(folder))
    assert found.used_cache and found.key == built.key and folder in found.build_dir.parents
    for one in (
        pyxide.import_cached_result(built.key, layers=form(folder)),
        pyxide.import_pinned_result("shared", layers=form(folder)),
    ):
        assert one.key == built.key and folder in one.build_dir.parents
    assert pyxide.import_cached(built.key, layers=form(folder)).f(1) == 2
    assert pyxide.import_cached_by_name("layered", layers=form(folder)).f(1) == 2
    assert pyxide.resolve_pinned_key("shared", layers=form(folder)) == built.key
    assert everything(folder) == before and pyxide.list_cached() == []


def test_layers_of_the_environment(layer, monkeypatch):
    folder, built = layer
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", os.pathsep.join(["/nowhere", str(folder)]))
    assert folder in pyxide.import_cached_result(built.key).build_dir.parents
    # What is given as an argument wins.
    with pytest.raises(FileNotFoundError, match=built.key):
        pyxide.import_cached(built.key, layers=[])
    with pytest.raises(KeyError, match="there is no alias `shared`"):
        pyxide.import_pinned("shared", layers=())


def test_a_layer_that_others_can_write_is_not_used(layer, square):
    folder, built = layer
    folder.chmod(0o777)
    with pytest.raises(pyxide.PyxideError, match="can be written by everybody"):
        pyxide.import_cached(built.key, layers=folder)
