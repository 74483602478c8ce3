"""Wheels of cached modules: sound for everybody, installed by pip and uv, imported without us."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import pyxide

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
PLATFORM = sysconfig.get_platform().replace("-", "_").replace(".", "_")
PYTHON = "cp%d%d" % sys.version_info[:2]
TAG = "%s-cp%s-%s" % (PYTHON, sysconfig.get_config_var("SOABI").split("-")[1], PLATFORM)


@pytest.fixture(scope="module")
def built(clean, tmp_path_factory):
    """A cache, and the keys of its modules by their names."""
    cache = tmp_path_factory.mktemp("built") / "cache"
    source = "def square(int n):\n    return n * n\n\ndef fail():\n    raise ValueError('no')\n"
    keys = {}
    for name, options in [("fast_square", {}), ("pkg.deep._square", {}), ("kept", {"limited_api": True})]:
        keys[name] = pyxide.compile_and_load_result(source, module_name=name, cache_dir=cache, **options).key
        for imported in [name, *(name[:end] for end, letter in enumerate(name) if letter == ".")]:
            sys.modules.pop(imported, None)
    return cache, keys


def verified(wheel):
    """Has our own checks, and Python's, look at a wheel."""
    ran = subprocess.run([sys.executable, "-m", "pyxide", "wheel", "verify", wheel], capture_output=True, text=True)
    assert ran.stdout.endswith("sound: 0 errors, 0 warnings, 0 notes\n"), ran
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def pip(target, wheel):
    # A pip that is not installed comes with Python.
    bundled = [*Path(sysconfig.get_path("stdlib"), "ensurepip", "_bundled").glob("pip-*.whl")]
    has_pip = subprocess.run([sys.executable, "-c", "import pip"], capture_output=True).returncode == 0
    if not has_pip and not bundled:
        pytest.skip("there is no pip on this machine")
    program = ["-m", "pip"] if has_pip else [str(bundled[0] / "pip")]
    options = ["--no-index", "--no-deps", "--disable-pip-version-check", "--no-compile", "--quiet"]
    return [sys.executable, *program, "install", *options, "--target", target, wheel]


def uv(target, wheel):
    program = shutil.which("uv") or shutil.which("uv", path=os.path.dirname(sys.executable))
    if program is None:
        pytest.skip("there is no uv on this machine")
    options = ["--no-index", "--no-deps", "--offline", "--quiet", "--no-config", "--no-cache"]
    return [program, "pip", "install", *options, "--python", sys.executable, "--target", target, wheel]


@pytest.mark.parametrize(("installer", "module"), [(pip, "fast_square"), (uv, "pkg.deep._square"), (uv, "kept")])
def test_a_wheel_installs_and_imports_without_us(built, tmp_path, installer, module):
    cache, keys = built
    wheel = pyxide.export_wheel(keys[module], tmp_path / "dist", cache_dir=cache)
    target = tmp_path / "target"
    subprocess.run([*map(str, installer(target, wheel))], check=True)
    # No site: neither this package nor anything else that is installed.
    code = """if True:
        import importlib, importlib.util, sys
        sys.path.insert(0, sys.argv[1])
        assert importlib.util.find_spec("pyxide") is None
        module = importlib.import_module(sys.argv[2])
        assert module.__file__.startswith(sys.argv[1]), module.__file__
        try:
            module.fail()
        except ValueError as error:
            name = error.__traceback__.tb_next.tb_frame.f_code.co_filename
        print(module.square(7), name)
    """
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, target, module], capture_output=True, text=True, cwd=tmp_path
    )
    assert ran.stdout == "49 %s.pyx\n" % module.rsplit(".", 1)[-1], ran


def test_what_is_in_a_wheel(built, tmp_path):
    cache, keys = built
    key = keys["fast_square"]
    version = "0+k" + key[:12]
    wheel = pyxide.export_wheel(key, tmp_path / "dist", cache_dir=cache)
    assert wheel == tmp_path / "dist" / ("fast_square-%s-%s.whl" % (version, TAG))
    members = verified(wheel)
    info = "fast_square-%s.dist-info/" % version
    assert [*members] == ["fast_square" + SUFFIX, info + "METADATA", info + "WHEEL", info + "RECORD"]
    metadata = message_from_string(members[info + "METADATA"].decode())
    assert (metadata["Name"], metadata["Version"]) == ("fast-square", version)
    assert metadata["Requires-Python"] == "==%d.%d.*" % sys.version_info[:2]
    assert metadata["Requires-Dist"] is None
    described = message_from_string(members[info + "WHEEL"].decode())
    assert (described["Tag"], described["Root-Is-Purelib"]) == (TAG, "false")

    members = verified(pyxide.export_wheel(keys["pkg.deep._square"], tmp_path / "dist", cache_dir=cache))
    assert "pkg/deep/_square" + SUFFIX in members
    kept = pyxide.export_wheel(keys["kept"], tmp_path / "dist", cache_dir=cache)
    assert kept.name.endswith("-cp310-abi3-%s.whl" % PLATFORM)
    assert "kept.abi3.so" in verified(kept)


def test_names_and_versions_can_be_chosen(built, tmp_path):
    cache, keys = built
    key = keys["fast_square"]
    wheel = pyxide.export_wheel(key, tmp_path, name="My.Fast--Square", version="v1.0-RC1", cache_dir=cache)
    assert wheel.name == "my_fast_square-1.0rc1-%s.whl" % TAG
    metadata = verified(wheel)["my_fast_square-1.0rc1.dist-info/METADATA"].decode()
    assert "\nName: My.Fast--Square\nVersion: 1.0rc1\n" in metadata
    for options, named in [
        ({"name": "größe"}, "größe"),
        ({"name": "a\nb"}, r"a\\nb"),
        ({"name": "../x"}, "../x"),
        ({"name": ""}, "``"),
        ({"version": "one"}, "`one` is not a version"),
        ({"version": "1.0\nName: x"}, "is not a version"),
    ]:
        with pytest.raises(pyxide.WheelError, match=named) as caught:
            pyxide.export_wheel(key, tmp_path, cache_dir=cache, **options)
        assert isinstance(caught.value, ValueError) and caught.value.hint
    assert [*tmp_path.iterdir()] == [wheel]


def test_equal_entries_give_equal_wheels(built, tmp_path, monkeypatch):
    cache, keys = built
    key = keys["fast_square"]
    first = pyxide.export_wheel(key, tmp_path / "a", cache_dir=cache).read_bytes()
    bundle = pyxide.bundle_cached(key, tmp_path / "b.tar", cache_dir=cache)
    pyxide.restore_cached(bundle, cache_dir=tmp_path / "there")
    again = pyxide.export_wheel(key, tmp_path / "b", cache_dir=tmp_path / "there")
    assert again.read_bytes() == first
    with pytest.raises(FileExistsError, match="fast_square"):
        pyxide.export_wheel(key, tmp_path / "b", cache_dir=cache)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert pyxide.export_wheel(key, tmp_path / "b", overwrite=True, cache_dir=cache).read_bytes() != first


def test_what_cannot_become_a_wheel_is_named(built, tmp_path):
    cache, _ = built
    with pytest.raises(FileNotFoundError, match="5f5f"):
        pyxide.export_wheel("5f" * 32, tmp_path / "dist", cache_dir=cache)
    with pytest.raises(ValueError, match="nonsense"):
        pyxide.export_wheel("nonsense", tmp_path / "dist", cache_dir=cache)
    other = tmp_path / "cache"
    result = pyxide.compile_and_load_result("x = 1\n", module_name="pyxide.x", cache_dir=other)
    sys.modules.pop("pyxide.x")
    with pytest.raises(pyxide.WheelError, match="`pyxide.x`: it has no name of its own"):
        pyxide.export_wheel(result.key, tmp_path / "dist", cache_dir=other)
    result = pyxide.compile_and_load_result("y = 1\n", module_name="damaged", cache_dir=other)
    # Not written into: this process has it mapped.
    result.artifact_path.unlink()
    result.artifact_path.write_bytes(b"x")
    with pytest.raises(pyxide.LoadError, match="damaged"):
        pyxide.export_wheel(result.key, tmp_path / "dist", cache_dir=other)
    assert not [*(tmp_path / "dist").iterdir()]
