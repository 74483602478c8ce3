"""What comes into the cache from elsewhere, and what leaves it."""

import os

from pyxide import _pyxide


def bundle_cached(keys, dest, *, pins=False, overwrite=False, cache_dir=None, layers=None):
    """Write cached modules and packages into one file, to carry them to another machine, and return its Path.

    keys
        One key, or several. The modules of a package come along.
    dest
        The file to write: a plain tar file, which only restore_cached has to understand.
    pins
        Take the aliases along that they are pinned by.
    overwrite
        Replace the file if there is one.
    layers
        Caches that have what this one has not, as for compile_and_load_result.

    Raises FileNotFoundError when no cache has one of them, LoadError when one
    is damaged, and FileExistsError when the file is there; then nothing is written.
    """
    keys = [keys] if isinstance(keys, str) else list(keys)
    return _path(_pyxide.bundle_cached(keys, dest, bool(pins), bool(overwrite), cache_dir, layers))


def restore_cached(path, *, any_interpreter=False, pins=False, cache_dir=None):
    """Put what is in a bundle into the cache, and return what became of it.

    All of the file is checked before anything is shown. What the cache has already stays.
    A later build of the same source by the same tools finds what was restored. Restore
    only what somebody made whom you trust: importing a module runs what is in it.

    any_interpreter
        Restore modules for other interpreters than this, too.
    pins
        Pin what was pinned, by the aliases that were taken along.

    The result is a dict that json.dumps accepts, whose items are attributes, too: path;
    entries, a list of dicts with key, name, kind ("module", "external" or "package") and
    outcome ("new", "equal" where it was there already, or "kept" where one of the same
    inputs with other bytes was there); and pins, a list of aliases.

    Raises BundleError when something is wrong with the file, or when it has a module for
    another interpreter.
    """
    from pyxide._records import Restored

    return Restored(_pyxide.restore_cached(path, bool(any_interpreter), bool(pins), cache_dir))


def export_cached(key, dest_dir, *, whole=False, overwrite=False, cache_dir=None):
    """Copy a cached module's file into a folder, made if it was missing, and return its Path.

    whole
        Copy everything that the cache has of it, as a new folder of the key's name.
    overwrite
        Replace the file if there is one. A folder is replaced only if it is an earlier export
        of the same key with nothing else in it.

    It is always a copy, verified, and appears at once or not at all. Raises
    FileNotFoundError when the cache does not have the key, LoadError when it is damaged,
    FileExistsError when something is there, and ValueError for the key of a package, which
    export_wheel and bundle_cached take.
    """
    os.makedirs(dest_dir, exist_ok=True)
    destination = os.path.join(dest_dir, key) if whole else dest_dir
    return _path(_pyxide.export_cached(key, destination, bool(whole), bool(overwrite), cache_dir))


def export_wheel(key, dest_dir, *, name=None, version=None, overwrite=False, cache_dir=None):
    """Make a wheel of a cached module or package in a folder, made if it was missing, and return its Path.

    The wheel installs with every installer and imports without pyxide. Equal entries give
    equal bytes.

    name
        The distribution's name, instead of that of the module or package.
    version
        Its version, instead of one that is made from the key.
    overwrite
        Replace the wheel if there is one.

    Raises FileNotFoundError when the cache does not have the key, WheelError when it
    cannot become a wheel, and FileExistsError when the wheel is there.
    """
    os.makedirs(dest_dir, exist_ok=True)
    return _path(_pyxide.export_wheel(key, dest_dir, name, version, bool(overwrite), cache_dir)["path"])


def register_cached_artifact_path(artifact_path, *, module_name=None, copy=True, cache_dir=None):
    """Put an extension module that was built elsewhere into the cache, import it, and return a BuildResult.

    It is looked at before any of it is run. Without module_name, the meta.json beside it
    says how it is called, as in an exported entry, or the one function that starts it.
    list_cached shows it from then on, and import_cached imports it by its key. It is always
    copied: copy=False is refused.

    Raises ArtifactError when it is not a module for this machine, this interpreter and
    this name.
    """
    _must_copy(copy)
    return _pyxide.register_cached_artifact_path(os.fspath(artifact_path), module_name, cache_dir)


def register_cached_artifact_bytes(data, *, artifact_filename, module_name=None, cache_dir=None, temp_dir=None):
    """Put the bytes of an extension module into the cache, import it, and return a BuildResult.

    artifact_filename is what its file is called: its end says for which interpreter it is.
    temp_dir is not needed, since nothing is written but to the cache. Otherwise as
    register_cached_artifact_path.
    """
    return _pyxide.register_cached_artifact_bytes(_bytes(data), artifact_filename, module_name, cache_dir)


def import_artifact_path(artifact_path, *, module_name=None):
    """Import an extension module from the file where it lies, and return it.

    It is looked at before any of it is run. Without module_name, the meta.json beside it
    says how it is called, as in an exported entry, or the one function that starts it.

    Raises ArtifactError when it is not a module for this machine, this interpreter and
    this name.
    """
    return _pyxide.import_artifact_path(os.fspath(artifact_path), module_name)


def import_artifact_bytes(data, *, artifact_filename, module_name=None, temp_dir=None):
    """Import the bytes of an extension module, and return it.

    They are written into a private folder below temp_dir, or below the system's folder for
    temporary files, which is removed when the process ends. artifact_filename is what the
    file is called there: its end says for which interpreter it is. Otherwise as
    import_artifact_path.
    """
    if temp_dir is None:
        import tempfile

        temp_dir = tempfile.gettempdir()
    module, folder = _pyxide.import_artifact_bytes(_bytes(data), artifact_filename, module_name, temp_dir)
    if folder is not None:
        _remove_at_exit(folder)
    return module


def _remove_at_exit(folder):
    import atexit
    import shutil

    creator = os.getpid()

    def remove():
        # A forked child leaves what its parent still uses.
        if os.getpid() == creator:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)


def _must_copy(copy):
    if not copy:
        raise ValueError("copy=False: what the cache does not have itself, it cannot vouch for; leave it out")


def _bytes(data):
    if isinstance(data, str):
        raise TypeError("data must be bytes, not str")
    return bytes(memoryview(data))


def _path(path):
    from pathlib import Path

    return Path(path)
