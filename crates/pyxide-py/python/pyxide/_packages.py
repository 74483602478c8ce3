"""Packages of several modules: building them, and the finder that imports them.

A package that was built or taken from the cache is known to the finder by its name, and each of its modules is
imported when something asks for it, so the order in which they need each other is Python's business. What an import
leaves in sys.modules is the whole package or what was there before.
"""

import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import decode_source
from _thread import RLock

from pyxide import _pyxide
from pyxide._errors import LoadError
from pyxide import _Loader

# By which modules of ours are known; its value is the key of the entry that they came from.
_MARK = "__pyxide_key__"

_lock = RLock()


class PackageBuildResult:
    """A package, and how it came about.

    package_name; key and build_dir, those of its cache entry; results, a BuildResult for each compiled module,
    sorted by name; modules, a dict of the imported modules by their names below the package; package, the imported
    package itself; used_cache, whether nothing had to be built; created_utc, fingerprint and meta.
    """

    __slots__ = ("_native", "modules", "package", "results")

    def __init__(self, native):
        self._native = native
        self.package = sys.modules[native.package_name]
        beginning = len(native.package_name) + 1
        self.modules = {name[beginning:]: sys.modules[name] for name in _names(native) if len(name) > beginning}
        self.results = tuple(native.result(sys.modules[name], name) for name in native.compiled)

    package_name = property(lambda self: self._native.package_name)
    key = property(lambda self: self._native.key)
    used_cache = property(lambda self: self._native.used_cache)
    created_utc = property(lambda self: self._native.created_utc)
    fingerprint = property(lambda self: self._native.fingerprint)
    meta = property(lambda self: self._native.meta)

    @property
    def build_dir(self):
        from pathlib import Path

        return Path(self._native.build_dir)

    def __repr__(self):
        return "PackageBuildResult(package_name=%r, key=%r, used_cache=%r, modules=%r)" % (
            self.package_name, self.key, self.used_cache, [*self.modules],
        )  # fmt: skip


PackageBuildResult.__module__ = "pyxide"


def build_package_from_code_result(modules, *, package_name, jobs=None, **options):
    """Compile several modules of one package from texts, import them, and return a PackageBuildResult.

    modules
        The texts by the modules' names below the package: "algo", or "sub.algo" for a module of a
        nested package. "__init__", "sub.__init__" are Python and are not compiled; packages without one
        have an empty one.
    package_name
        The name to import the package by. It may be dotted.
    jobs
        How many modules to build at a time; as many as there are processors without it.
    support_files
        Text or bytes by path below the package, such as "core.pxd", "sub/util.pxi", "k.h"; what ends in
        ".py" is a module of the package, too.

    All other options are those of compile_and_load_result, and hold for each module; module_name and
    view_annotate are not among them. Modules import and cimport each other as those of any
    package do, in any order. Each is a cache entry of its own: what changes, and what cimports or
    includes it, is built again, and nothing else.

    Raises BatchBuildError, a CompileError, with the errors of all modules that fail; an earlier build
    of the package stays as it is, in the cache and in this process. CPython initialises an extension
    module once in a process: in one that has imported the package, modules that were not built
    again go on with what they imported then.
    """
    return _build(modules, False, package_name, jobs, options)


def build_package_from_code(modules, **options):
    """Compile several modules of one package from texts and return them by their names below the package.

    Takes the options of build_package_from_code_result.
    """
    return build_package_from_code_result(modules, **options).modules


def build_package_from_paths_result(modules, *, package_name, jobs=None, **options):
    """Compile several modules of one package from files, import them, and return a PackageBuildResult.

    modules
        The files by the modules' names below the package. Those whose names end in ".py" are
        modules in Python and are not compiled. Beside a .pyx file lie its declarations, if there
        is a .pxd file of the same name, and what it includes.

    The options are those of build_package_from_code_result.
    """
    return _build(modules, True, package_name, jobs, options)


def build_package_from_paths(modules, **options):
    """Compile several modules of one package from files and return them by their names below the package.

    Takes the options of build_package_from_paths_result.
    """
    return build_package_from_paths_result(modules, **options).modules


def import_cached_package_result(key, *, cache_dir=None, layers=None):
    """Import the cached package with this key and return a PackageBuildResult.

    Needs neither the sources nor tools. Raises ValueError when key is no key or that of a
    module, FileNotFoundError when the cache does not have the package or a module of it, and
    LoadError when something is damaged or was built for another interpreter.
    """
    return _imported(_pyxide.cached_package(key, cache_dir, layers))


def import_cached_package(key, *, cache_dir=None, layers=None):
    """Import the cached package with this key and return its modules by their names below the package."""
    return import_cached_package_result(key, cache_dir=cache_dir, layers=layers).modules


def list_cached_packages(cache_dir=None):
    """Return a list of PackageCacheEntry, sorted by key, that json.dumps accepts.

    A package that cannot be read is left out, with a CacheWarning.
    """
    from pyxide._records import PackageCacheEntry

    return [PackageCacheEntry(package) for package in _pyxide.list_cached_packages(cache_dir)]


def _build(modules, are_paths, package_name, jobs, options):
    for name in ("module_name", "view_annotate"):
        if name in options:
            raise TypeError("got an unexpected keyword argument '%s'" % name)
    _check_name(package_name)
    return _imported(_pyxide.build_package(dict(modules), are_paths, package_name, number_of_jobs(jobs), options))


def number_of_jobs(jobs):
    """Refuses what is no number of jobs."""
    if jobs is None:
        return None
    if isinstance(jobs, bool) or not isinstance(jobs, int):
        raise TypeError("jobs must be a whole number, not %s" % type(jobs).__name__)
    if jobs < 1:
        raise ValueError("jobs must be 1 or more, not %d" % jobs)
    return jobs


def _check_name(package_name):
    """What would fail at the end may as well fail before anything is built."""
    top = package_name.partition(".")[0]
    if top in sys.stdlib_module_names:
        message = "`%s` is a module of Python's standard library, which would no longer be found" % top
        raise LoadError(message, "choose another package_name")
    taken = sys.modules.get(package_name)
    if taken is not None and _MARK not in vars(taken):
        message = "the name `%s` is taken by a module that is already imported" % package_name
        raise LoadError(message, "choose another package_name")


def _imported(native):
    with _lock:
        _check_name(native.package_name)
        _import(native)
        return PackageBuildResult(native)


def _import(native):
    name = native.package_name
    finder = _the_finder()
    known = finder.packages.get(name)
    if known is not None and known.key == native.key and all(
        getattr(sys.modules.get(one), _MARK, None) == key for one, key in _marks(native).items()
    ):
        return
    inside = name + "."
    before = {one: module for one, module in sys.modules.items() if one == name or one.startswith(inside)}
    parent, _, last = name.rpartition(".")
    parents = [name[:at] for at, letter in enumerate(name) if letter == "."]
    new_parents = [one for one in parents if one not in sys.modules]
    attribute = vars(sys.modules[parent]).get(last, finder) if parent in sys.modules else finder
    # CPython initialises an extension module once in a process: the same file gives the same module again.
    keys = native.compiled
    kept = {one: module for one, module in before.items() if keys.get(one) == getattr(module, _MARK, None)}
    for one in before:
        if one not in kept:
            del sys.modules[one]
    finder.packages[name] = native
    finder.kept = kept
    try:
        for one in _names(native):
            __import__(one)
    except BaseException as error:
        for one in [*sys.modules]:
            if one == name or one.startswith(inside) or one in new_parents:
                del sys.modules[one]
        sys.modules.update(before)
        if parent in sys.modules:
            if attribute is not finder:
                setattr(sys.modules[parent], last, attribute)
            elif last in vars(sys.modules[parent]):
                delattr(sys.modules[parent], last)
        if known is None:
            del finder.packages[name]
        else:
            finder.packages[name] = known
        if isinstance(error, (ImportError, AttributeError)) and native.circle_hint:
            message = "the package `%s` cannot be imported: %s" % (name, str(error).partition("\nhint: ")[0])
            raise LoadError(message, native.circle_hint) from error
        raise
    finally:
        finder.kept = {}
    for one in new_parents:
        vars(sys.modules[one]).setdefault(_MARK, native.key)
    _warn_of_what_is_kept(native, before, kept)


def _warn_of_what_is_kept(native, before, kept):
    for one in kept:
        renewed = [other for other in native.needs(one) if other in before and sys.modules.get(other) is not before[other]]
        if renewed:
            import warnings

            warnings.warn(
                "`%s` did not change, and goes on with the %s that it imported before: an extension module is initialised"
                " once in a process, so start a new one to use them together" % (one, " and ".join("`%s`" % name for name in renewed)),
                RuntimeWarning,
                _level_of_the_caller(),
            )  # fmt: skip


def _level_of_the_caller():
    """How many frames away the first one is that is not of this package, from where a warning is given."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "pyxide":
        frame, level = frame.f_back, level + 1
    return level


def _names(native):
    """What is imported: all but programs (`python -m`), which are run."""
    names = {native.package_name, *native.compiled, *native.python}
    return sorted(name for name in names if not name.endswith(".__main__"))


def _marks(native):
    return {name: native.compiled.get(name, native.key) for name in _names(native)}


class _Finder:
    """Finds the modules of all packages that were built or taken from the cache in this process."""

    def __init__(self):
        self.packages = {}
        # Modules of the package that is being imported that stay as they are.
        self.kept = {}

    def find_spec(self, fullname, path=None, target=None):
        native = self.packages.get(fullname)
        outer = fullname
        while native is None and "." in outer:
            outer = outer.rpartition(".")[0]
            native = self.packages.get(outer)
        if native is not None:
            spec = native.spec(fullname)
            if spec is not None:
                spec.loader = _CompiledLoader(native, fullname, spec.origin)
                return spec
            text = native.text(fullname)
            return None if text is None else self._python(native, fullname, *text)
        inside = fullname + "."
        if not any(name.startswith(inside) for name in self.packages):
            return None
        # A package around one of ours: somebody else's if there is one.
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(fullname, path, target)
                if spec is not None:
                    return spec
        return ModuleSpec(fullname, None, is_package=True)

    def _python(self, native, fullname, content, place, is_package):
        spec = ModuleSpec(fullname, _PythonLoader(native, self, fullname, content, place), is_package=is_package)
        spec.origin = place
        spec.has_location = place is not None
        return spec


class _CompiledLoader(_Loader):
    def __init__(self, native, name, path):
        super().__init__(name, path, native.compiled[name])
        self._native = native

    def create_module(self, spec):
        try:
            return super().create_module(spec)
        except ImportError as error:
            explained = self._native.explained(self.name, error)
            if explained is error:
                raise
            raise explained from error


class _PythonLoader:
    """Imports a module from its text. No bytecode is kept."""

    def __init__(self, native, finder, name, content, place):
        self._native = native
        self._finder = finder
        self._name = name
        self._content = content
        self._file = place or "<%s>" % name

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        setattr(module, _MARK, self._native.key)
        for name, kept in self._finder.kept.items():
            package, _, last = name.rpartition(".")
            if package == self._name:
                setattr(module, last, kept)
        exec(self.get_code(self._name), vars(module))

    def get_code(self, fullname):
        return compile(self._content, self._file, "exec", dont_inherit=True)

    def get_source(self, fullname):
        return decode_source(self._content)


_finder = None


def _the_finder():
    global _finder
    if _finder is None:
        _finder = _Finder()
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return _finder
