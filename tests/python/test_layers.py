"""Caches of others are searched before the own one, and nothing is ever written into them."""

import os
import shutil
import subprocess
import sys

import pytest

import pyxide
from conftest import emptied

SOURCE = "def f(int n):\n    return n * %d\n"


def fresh(source, **options):
    """Builds or finds it as a new process would."""
    for name in [name for name, module in sys.modules.items() if "__pyxide_key__" in getattr(module, "__dict__", {})]:
        del sys.modules[name]
    return pyxide.compile_and_load_result(source, **options)


def state(folder):
    """Everything in a folder, and when it was changed."""
    return {
        str(path): (path.lstat().st_mtime_ns, path.lstat().st_mode, path.lstat().st_uid) for path in folder.rglob("*")
    }


@pytest.fixture(scope="module")
def origin(cache_path, tmp_path_factory):
    """A cache in which two modules were built."""
    emptied(cache_path)
    for number in (3, 4):
        pyxide.compile_and_load_result(SOURCE % number, cache_dir=cache_path)
    folder = tmp_path_factory.mktemp("origin") / "cache"
    shutil.copytree(cache_path, folder)
    return folder


@pytest.fixture
def layer(origin, cache, tmp_path, monkeypatch):
    """A layer with these two modules, beside a cache that is empty."""
    folder = tmp_path / "layer"
    shutil.copytree(origin, folder)
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", str(folder))
    return folder


def test_a_module_comes_from_the_layer_that_has_it(layer, cache):
    # As if it had not been used for long.
    for entry in (layer / "v1/entries").glob("*/*"):
        os.utime(entry, (0, 0))
    before = state(layer)
    result = fresh(SOURCE % 3)
    assert result.used_cache and result.module.f(5) == 15
    assert layer in result.build_dir.parents and layer in result.artifact_path.parents
    assert fresh(SOURCE % 3, build=False).key == result.key
    assert pyxide.import_cached_result(result.key).build_dir == result.build_dir
    assert "is in the cache layer `%s`" % layer in str(pyxide.explain(SOURCE % 3))
    assert state(layer) == before, "nothing is noted there, not even that it was used"
    assert not list((cache / "v1").glob("entries/*/*")), "and nothing is copied"


def test_what_no_layer_has_is_built_into_the_own_cache(layer, cache):
    before = state(layer)
    result = fresh(SOURCE % 7)
    assert not result.used_cache and cache in result.build_dir.parents
    assert fresh(SOURCE % 7).used_cache
    assert state(layer) == before


def test_layers_are_searched_in_their_order_and_missing_ones_are_empty(layer, origin, cache, monkeypatch, tmp_path):
    folders = [tmp_path / "missing", origin, layer]
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", os.pathsep.join(map(str, folders)))
    assert origin in fresh(SOURCE % 3).build_dir.parents
    assert not folders[0].exists()
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", "")
    assert cache in fresh(SOURCE % 3).build_dir.parents


def test_a_damaged_entry_of_a_layer_is_told_and_not_used(layer, cache):
    key = fresh(SOURCE % 3).key
    [artifact] = (layer / "v1/entries" / key[:2] / key).glob("*.so")
    artifact.chmod(0o644)
    artifact.write_bytes(artifact.read_bytes()[:-1] + b"x")
    before = state(layer)
    with pytest.warns(pyxide.CacheWarning, match="the cache layer `.*` is not used"):
        result = fresh(SOURCE % 3)
    assert result.module.f(5) == 15 and cache in result.build_dir.parents
    assert state(layer) == before, "it is not ours to move away"


@pytest.mark.parametrize("mode, words", [(0o775, "written by its group"), (0o777, "written by everybody")])
def test_a_layer_that_others_can_write_is_refused(layer, cache, monkeypatch, mode, words):
    layer.chmod(mode)
    with pytest.raises(pyxide.PyxideError, match="the cache layer `.*` can be " + words) as caught:
        fresh(SOURCE % 3)
    assert "chmod -R go-w" in str(caught.value) or "chmod -R go-w" in str(caught.value.hint)
    # What is said about the own cache does not count for layers.
    monkeypatch.setenv("PYXIDE_TRUST_CACHE", "1")
    with pytest.raises(pyxide.PyxideError, match=words):
        fresh(SOURCE % 3)
    assert not list((cache / "v1").glob("entries/*/*")), "it is not passed over, either"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_layer_may_belong_to_a_user_who_is_named(layer, monkeypatch):
    for path in [layer, *layer.rglob("*")]:
        os.chown(path, 54321, 54321)
    with pytest.raises(pyxide.PyxideError, match="belongs to user 54321"):
        fresh(SOURCE % 3)
    monkeypatch.setenv("PYXIDE_CACHE_LAYER_USERS", "nobody-here")
    with pytest.raises(ValueError, match="PYXIDE_CACHE_LAYER_USERS"):
        fresh(SOURCE % 3)
    monkeypatch.setenv("PYXIDE_CACHE_LAYER_USERS", "root, 54321")
    assert layer in fresh(SOURCE % 3).build_dir.parents


def test_a_layer_has_an_absolute_path(layer, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYXIDE_CACHE_LAYERS", "layer")
    with pytest.raises(ValueError, match="PYXIDE_CACHE_LAYERS"):
        fresh(SOURCE % 3)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("role", ["layer", "cache"])
def test_a_cache_on_a_file_system_that_cannot_be_written(origin, tmp_path, role):
    """Baked into an image, as a layer or as the cache itself: what is in it is used, and nothing fails."""
    place = tmp_path / "baked"
    place.mkdir()
    code = (
        "import warnings; warnings.simplefilter('error')\n"
        "import pyxide\n"
        "result = pyxide.compile_and_load_result(%r)\n"
        "assert result.used_cache and result.module.f(5) == 15\n"
        "assert result.build_dir.as_posix().startswith(%r), result.build_dir\n"
        "print('loaded', len(pyxide.list_cached(%r)))\n" % (SOURCE % 3, str(place), str(place))
    )
    variables = {"layer": {"PYXIDE_CACHE_LAYERS": str(place)}, "cache": {"PYXIDE_CACHE_DIR": str(place)}}[role]
    # In a mount namespace of its own, so that nothing of it is left.
    script = 'mount --bind "$1" "$2" && mount -o remount,ro,bind "$2" && exec "$3" -c "$4"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", str(origin), str(place), sys.executable, code]
    ran = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True)
    if ran.returncode and ("unshare" in ran.stderr or "mount" in ran.stderr.splitlines()[0]):
        pytest.skip("nothing can be mounted here: " + ran.stderr.strip())
    assert (ran.returncode, ran.stdout) == (0, "loaded 2\n"), ran.stderr
