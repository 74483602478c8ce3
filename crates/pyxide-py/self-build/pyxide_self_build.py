"""How pyxide builds itself: with its own `pyxide.build_backend`, from the source tree, around maturin.

The native half of the backend does not exist before maturin has made it, and is then in maturin's wheel. What is needed
earlier, or where nothing native is made at all, is answered here from the same pyproject.toml.
"""

import importlib.util
import os
import sys
import tempfile
import zipfile
from importlib.machinery import ExtensionFileLoader

try:
    import tomllib
except ImportError:
    # Python 3.10 has none; maturin requires this one there.
    import tomli as tomllib

_HERE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.join(os.path.dirname(_HERE), "python", "pyxide")


def _module(name, file, loader=None):
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    module = importlib.util.module_from_spec(spec)
    # Its own `import`s do not need it, but pickles and tracebacks do.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_backend = _module("_pyxide_build_backend", os.path.join(_PACKAGE, "build_backend.py"))


class _Native:
    """What `_pyxide` answers, as far as it can be known without it."""

    def backend_settings(self, root):
        build = _tool(root)["build"]
        return {
            "backend": build["backend"],
            "module": build["backend"],
            "object": None,
            "backend_path": [],
            "requires": build.get("requires", []),
            "in_tree": [os.path.relpath(_HERE, root)],
            "place": "pyproject.toml",
        }

    def backend_check(self, root, editable):
        self.backend_sdist(root)

    def backend_finish(self, root, wheel, editable, *more):
        with tempfile.TemporaryDirectory() as folder:
            native = _native_half(wheel, folder)
            native.backend_check(root, editable)
            return native.backend_finish(root, wheel, editable, *more)

    def backend_sdist(self, root):
        files = ["pyproject.toml", os.path.relpath(__file__, root)]
        wheel = _tool(root)["wheel"]
        for entry in wheel.get("folders", []):
            before = len(files)
            for folder, folders, names in os.walk(os.path.join(root, entry["from"])):
                folders[:] = [name for name in folders if name != "__pycache__"]
                files += [os.path.relpath(os.path.join(folder, name), root) for name in names]
            if len(files) == before:
                raise ValueError("pyproject.toml: there is nothing in `%s`" % entry["from"], "check out the whole repository")
        files += [entry["from"] for entry in wheel.get("files", [])]
        names = [file.replace(os.sep, "/") for file in files]
        return [(name, name, os.access(os.path.join(root, name), os.X_OK)) for name in names]

    def backend_relocated(self, root, text):
        # Nothing of this project lies beside it.
        return text


def _tool(root):
    with open(os.path.join(root, "pyproject.toml"), "rb") as file:
        return tomllib.load(file)["tool"]["pyxide"]


def _native_half(wheel, folder):
    """The extension in the wheel, or, where an editable wheel only leads to it, beside the package's sources."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith("pyxide/_pyxide.")]
        file = archive.extract(names[0], folder) if names else os.path.join(_PACKAGE, "_pyxide.abi3.so")
    try:
        return _module("_pyxide", file, ExtensionFileLoader("_pyxide", file))
    except ImportError as error:
        raise ValueError(
            "cannot use the extension that was just built: %s" % error,
            "the wheel can only be finished on a machine that it is for",
        ) from None


_wrapper = None


def __getattr__(name):
    global _wrapper
    if name.startswith("__"):
        raise AttributeError(name)
    if _wrapper is None:
        _wrapper = _backend.Wrapper(os.getcwd(), _Native())
    return getattr(_wrapper, name)
