"""Lets `import` compile `.pyx` files, in the folders that were asked for and nowhere else."""

import os
import sys

# The frozen halves of importlib are always there.
from _frozen_importlib import ModuleSpec
from pyxide import _pyxide

# Folders of what others have installed, which is none of ours even where it lies in a project.
_OF_OTHERS = {"site-packages", "dist-packages"}

# These say what one module is, and others what is done with it.
_NO_OPTIONS = {"module_name", "view_annotate", "force_rebuild", "use_cache", "_label"}


def install(paths=None, **options):
    """Let `import` compile the .pyx files below these folders. uninstall() ends that.

    paths
        Folders, or one folder; the working directory without it. A module is looked for in them and, below
        them, wherever sys.path or a package leads. Files that pip installed are left alone.

    The other options are those of cython_import, for all modules. Whatever else can be imported by a name
    comes first: an extension module that was compiled before, and a .py file. A .pyx file is compiled when it
    is imported and was not compiled as it is; its package is searched for what it cimports. What goes wrong
    is an ImportError: CompileImportError, which is a CompileError, ToolchainError or LoadError.
    """
    if paths is None:
        paths = [os.getcwd()]
    elif isinstance(paths, (str, bytes, os.PathLike)):
        paths = [paths]
    unknown = sorted(_NO_OPTIONS.intersection(options))
    if unknown:
        raise TypeError("install() takes no %r: it is not for all modules" % unknown[0])
    folders = []
    for path in paths:
        folder = os.path.abspath(os.fsdecode(path))
        if not os.path.isdir(folder):
            raise NotADirectoryError("there is no folder `%s` to import from" % folder)
        folders.append(folder)
    # What is wrong with the options is said now, rather than by an import.
    _pyxide.check_options(options)
    options = settled(options, os.getcwd())
    for folder in folders:
        uninstall(folder)
        sys.meta_path.append(_Finder(folder, options))


def uninstall(paths=None):
    """End what install() began: for these folders, or for all. What was imported stays.

    Without paths, uncaught exceptions are no longer printed by pyxide, either, until a module is loaded again.
    """
    if paths is None:
        from pyxide._tracebacks import remove_excepthook

        remove_excepthook()
        gone = None
    else:
        paths = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else paths
        gone = {os.path.abspath(os.fsdecode(path)) for path in paths}
    # In place, as whoever has the list in hand would not see another one.
    sys.meta_path[:] = [
        finder
        for finder in sys.meta_path
        if not (isinstance(finder, _Finder) and (gone is None or finder.folder in gone))
    ]


def settled(options, folder):
    """The options with all paths absolute, those that are not taken from this folder."""
    options = dict(options)
    absolute = lambda path: os.path.join(folder, os.fsdecode(path))
    if options.get("cache_dir") is not None:
        options["cache_dir"] = absolute(options["cache_dir"])
    for name in ("include_dirs", "library_dirs", "extra_sources", "support_paths"):
        given = options.get(name) or ()
        given = [given] if isinstance(given, (str, bytes, os.PathLike)) else given
        if given:
            options[name] = [absolute(path) for path in given]
    if options.pop("include_cwd", False):
        options["include_dirs"] = [*options.get("include_dirs", ()), folder]
    return options


class _Finder:
    """Finds .pyx files below one folder. It stands behind all others, so that they come first."""

    def __init__(self, folder, options):
        self.folder = folder
        self.options = options

    def find_spec(self, name, path=None, target=None):
        package, _, last = name.rpartition(".")
        places = [*sys.path, self.folder] if path is None else path
        for place in places:
            if not isinstance(place, str):
                continue
            file = os.path.join(os.path.abspath(place), last + ".pyx")
            if os.path.isfile(file) and self._is_ours(file):
                break
        else:
            return None
        options = {**self.options, "module_name": name}
        if package:
            # So `pkg.mod` finds `pkg/other.pxd`, relatively and by its whole name.
            root = os.path.dirname(file)
            for _ in package.split("."):
                root = os.path.dirname(root)
            options["include_dirs"] = [*options.get("include_dirs", ()), root]
        if target is not None:
            # importlib.reload, which changes the module before it loads anything.
            return _built(file, options)
        spec = ModuleSpec(name, _Builder(file, options), origin=file)
        spec.has_location = True
        return spec

    def _is_ours(self, file):
        for folder, file in [(self.folder, file), (os.path.realpath(self.folder), os.path.realpath(file))]:
            inside = os.path.relpath(file, folder).split(os.sep)
            if inside[0] != os.pardir:
                return _OF_OTHERS.isdisjoint(inside)
        return False


class _Builder:
    """Builds when the module is loaded, since many look for modules that they do not load."""

    def __init__(self, file, options):
        self.file = file
        self.options = options

    def create_module(self, spec):
        built = _built(self.file, self.options)
        # From here on it is an extension module like any other.
        spec.loader, spec.origin, spec.loader_state = built.loader, built.origin, built.loader_state
        return built.loader.create_module(spec)

    def exec_module(self, module):
        # Its spec has another loader since it was created.
        module.__spec__.loader.exec_module(module)


def _built(file, options):
    from pyxide._errors import CompileError, CompileImportError

    try:
        spec = _pyxide.build_spec(file, True, options)
    except CompileError as error:
        raise CompileImportError.of(error, options["module_name"], file) from None
    spec.loader.request = (file, True, options, "/")
    return spec
