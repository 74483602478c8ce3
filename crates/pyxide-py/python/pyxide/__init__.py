"""Cython source to a loaded, verified extension module, built once.

    >>> import pyxide
    >>> m = pyxide.compile_and_load("def f(int n):\\n    return n * n\\n")
    >>> m.f(7)
    49

Nothing is compiled on import of this package. A module that is in the cache is
loaded without starting a process and without importing Cython or NumPy.
"""

import sys as _sys

# The frozen halves of importlib are always there.
from _frozen_importlib_external import ExtensionFileLoader as _ExtensionFileLoader

from pyxide import _pyxide
from pyxide._pyxide import BuildResult, __version__

__all__ = [
    "Annotation",
    "ArtifactError",
    "BatchBuildError",
    "BatchBuildResult",
    "BuildResult",
    "BuildTimeout",
    "BundleError",
    "CacheCheck",
    "CacheEntry",
    "CacheGCResult",
    "CachePurgeResult",
    "CacheStats",
    "CacheWarning",
    "CompileError",
    "CompileImportError",
    "ExistsError",
    "Explanation",
    "InputError",
    "LoadError",
    "LockTimeout",
    "NotCached",
    "PackageBuildResult",
    "PackageCacheEntry",
    "PyxideError",
    "Restored",
    "Signature",
    "ToolchainError",
    "UnknownAlias",
    "WheelError",
    "annotate",
    "build_package_example",
    "build_package_example_result",
    "build_package_from_code",
    "build_package_from_code_result",
    "build_package_from_paths",
    "build_package_from_paths_result",
    "bundle_cached",
    "cache_stats",
    "check_build_prereqs",
    "compile_and_load",
    "compile_and_load_result",
    "compile_signature",
    "compile_template",
    "compile_template_result",
    "cython_import",
    "cython_import_all",
    "cython_import_all_result",
    "cython_import_result",
    "explain",
    "export_cached",
    "export_wheel",
    "gc_cache",
    "get_cache_dir",
    "get_package_example_path",
    "get_template_path",
    "import_artifact_bytes",
    "import_artifact_path",
    "import_cached",
    "import_cached_by_name",
    "import_cached_package",
    "import_cached_package_result",
    "import_cached_result",
    "import_pinned",
    "import_pinned_result",
    "install",
    "list_cached",
    "list_cached_packages",
    "list_package_examples",
    "list_pins",
    "list_templates",
    "load_ipython_extension",
    "load_package_example_metadata",
    "load_template_metadata",
    "pin",
    "purge_cache",
    "read_template",
    "register_cached_artifact_bytes",
    "register_cached_artifact_path",
    "reload",
    "resolve_pinned_key",
    "restore_cached",
    "stub",
    "template_root",
    "uninstall",
    "unload_ipython_extension",
    "unpin",
    "verify_cached",
]

# Loaded when first asked for: a warm hit needs none of them.
_LAZY = {
    "Annotation": "pyxide._records",
    "ArtifactError": "pyxide._errors",
    "BatchBuildError": "pyxide._errors",
    "BatchBuildResult": "pyxide._batch",
    "BuildTimeout": "pyxide._errors",
    "BundleError": "pyxide._errors",
    "CacheCheck": "pyxide._records",
    "CacheEntry": "pyxide._records",
    "CacheGCResult": "pyxide._records",
    "CachePurgeResult": "pyxide._records",
    "CacheStats": "pyxide._records",
    "CacheWarning": "pyxide._errors",
    "CompileError": "pyxide._errors",
    "CompileImportError": "pyxide._errors",
    "ExistsError": "pyxide._errors",
    "Explanation": "pyxide._records",
    "InputError": "pyxide._errors",
    "LoadError": "pyxide._errors",
    "LockTimeout": "pyxide._errors",
    "NotCached": "pyxide._errors",
    "PackageBuildResult": "pyxide._packages",
    "PackageCacheEntry": "pyxide._records",
    "PyxideError": "pyxide._errors",
    "Restored": "pyxide._records",
    "Signature": "pyxide._records",
    "ToolchainError": "pyxide._errors",
    "UnknownAlias": "pyxide._errors",
    "WheelError": "pyxide._errors",
    "annotate": "pyxide._insight",
    "build_package_example": "pyxide._templates",
    "build_package_example_result": "pyxide._templates",
    "build_package_from_code": "pyxide._packages",
    "build_package_from_code_result": "pyxide._packages",
    "build_package_from_paths": "pyxide._packages",
    "build_package_from_paths_result": "pyxide._packages",
    "bundle_cached": "pyxide._carrying",
    "cache_stats": "pyxide._keeping",
    "compile_template": "pyxide._templates",
    "compile_template_result": "pyxide._templates",
    "cython_import_all": "pyxide._batch",
    "cython_import_all_result": "pyxide._batch",
    "export_cached": "pyxide._carrying",
    "export_wheel": "pyxide._carrying",
    "gc_cache": "pyxide._keeping",
    "get_package_example_path": "pyxide._templates",
    "get_template_path": "pyxide._templates",
    "import_artifact_bytes": "pyxide._carrying",
    "import_artifact_path": "pyxide._carrying",
    "import_cached_by_name": "pyxide._keeping",
    "import_cached_package": "pyxide._packages",
    "import_cached_package_result": "pyxide._packages",
    "import_pinned": "pyxide._keeping",
    "import_pinned_result": "pyxide._keeping",
    "install": "pyxide._hook",
    "list_cached_packages": "pyxide._packages",
    "list_package_examples": "pyxide._templates",
    "list_pins": "pyxide._keeping",
    "list_templates": "pyxide._templates",
    "load_ipython_extension": "pyxide._magic",
    "load_package_example_metadata": "pyxide._templates",
    "load_template_metadata": "pyxide._templates",
    "pin": "pyxide._keeping",
    "purge_cache": "pyxide._keeping",
    "read_template": "pyxide._templates",
    "register_cached_artifact_bytes": "pyxide._carrying",
    "register_cached_artifact_path": "pyxide._carrying",
    "reload": "pyxide._reload",
    "resolve_pinned_key": "pyxide._keeping",
    "restore_cached": "pyxide._carrying",
    "stub": "pyxide._insight",
    "template_root": "pyxide._templates",
    "uninstall": "pyxide._hook",
    "unload_ipython_extension": "pyxide._magic",
    "unpin": "pyxide._keeping",
    "verify_cached": "pyxide._keeping",
}


def __getattr__(name):
    home = _LAZY.get(name)
    if home is None:
        raise AttributeError("module 'pyxide' has no attribute %r" % name)
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_LAZY})


def _described_by(description):
    """Makes a function that has this one's signature and documentation, and passes on only the options that are given.

    A dict of all of them would be half of the time that a repeated request takes.
    """
    if description.__name__ == "compile_and_load_result":

        def function(source, **options):
            return _build(source, False, options)
    else:

        def function(pyx_path, **options):
            return _build(pyx_path, True, options)

    function.__name__ = function.__qualname__ = description.__name__
    function.__doc__ = description.__doc__
    function.__wrapped__ = description
    return function


@_described_by
def compile_and_load_result(
    source,
    *,
    module_name=None,
    cache_dir=None,
    layers=None,
    use_cache=True,
    force_rebuild=False,
    build=True,
    verbose=0,
    profile=None,
    annotate=None,
    view_annotate=False,
    language=None,
    compiler_directives=None,
    include_dirs=(),
    library_dirs=(),
    libraries=(),
    define_macros=(),
    extra_compile_args=(),
    extra_link_args=(),
    allow_unsafe_flags=False,
    extra_sources=(),
    support_files=None,
    support_paths=(),
    include_cwd=False,
    numpy_support=True,
    numpy_required=False,
    openmp=False,
    limited_api=False,
    line_directives=None,
    keep_c=None,
    salt=None,
    lock_timeout_s=None,
    build_timeout_s=None,
):
    """Compile Cython source text, import the module, and return a BuildResult.

    source
        The text of a .pyx file.
    module_name
        The name to import it by. Without one it is made from the request's key.
    cache_dir
        The cache's folder, else PYXIDE_CACHE_DIR, else the user's cache folder.
    layers
        Caches that are searched before this one and never written: paths, or one path, in the order in
        which they are searched. Without it those in PYXIDE_CACHE_LAYERS.
    use_cache, force_rebuild
        Without the one or with the other, build even if the cache has it.
    build
        False: use the cache only, never build.
    verbose
        More than 0: also print what the tools are told and what they say, on standard error.
        Less than 0: no progress of long builds on terminals.
    profile
        What holds where neither the source's header nor another option says anything:
        "default" (-O2), "release" (-O3, no checks), "fast-debug" (-O0 -g, all checks), "annotate",
        "debug" (source lines for debuggers) or "coverage" (line tracing).
    annotate
        Make a page that shows what each line costs: BuildResult.annotation_path.
    view_annotate
        Show that page: True opens it in a browser, where there is one and somebody to see it; a
        function is called with its path.
    language
        "c" or "c++", else what the source's header says, else C.
    compiler_directives
        Cython directives by name; they win over those in the source's header.
    include_dirs, library_dirs, extra_sources, support_paths
        Paths, or one path; relative ones are relative to the working directory.
    libraries, extra_compile_args, extra_link_args
        Words for the compiler and the linker.
    allow_unsafe_flags
        True: these words may be any, also such as load code into the compiler,
        run other programs or name files. Only for words that you wrote yourself.
    define_macros
        C macros: pairs of name and value; the value may be None.
    support_files
        Text or bytes by file name, laid beside the source.
    include_cwd
        Search the working directory, too.
    numpy_support
        False: keep NumPy's headers from the compiler, even if the module uses them.
    numpy_required
        Raise ToolchainError where there is no NumPy, even if the module does not use it.
    openmp
        Run prange loops in parallel.
    limited_api
        Keep to the part of Python's interface that stays, so that the module can be loaded by later
        versions, too: True for 3.10 and newer, or a version such as "3.11".
    line_directives
        Let the generated code say which line of the source it comes from.
    keep_c
        Keep the generated code: BuildResult.generated_path.
    salt
        Anything that shall tell this build from an otherwise equal one.
    lock_timeout_s
        How long to wait for another process that builds the same; without it, as long as it takes.
    build_timeout_s
        How long each step of a build may take; 600 without it, float("inf") for no limit.

    Raises CompileError when the tools find errors, ToolchainError when tools are
    missing, LoadError when the module cannot be imported, BuildTimeout, LockTimeout,
    and PyxideError for all else.
    """


def compile_and_load(source, **options):
    """Compile Cython source text and return the imported module.

    Takes the options of compile_and_load_result.
    """
    return compile_and_load_result(source, **options).module


@_described_by
def cython_import_result(
    pyx_path,
    *,
    module_name=None,
    cache_dir=None,
    layers=None,
    use_cache=True,
    force_rebuild=False,
    build=True,
    verbose=0,
    profile=None,
    annotate=None,
    view_annotate=False,
    language=None,
    compiler_directives=None,
    include_dirs=(),
    library_dirs=(),
    libraries=(),
    define_macros=(),
    extra_compile_args=(),
    extra_link_args=(),
    allow_unsafe_flags=False,
    extra_sources=(),
    support_files=None,
    support_paths=(),
    include_cwd=False,
    numpy_support=True,
    numpy_required=False,
    openmp=False,
    limited_api=False,
    line_directives=None,
    keep_c=None,
    salt=None,
    lock_timeout_s=None,
    build_timeout_s=None,
):
    """Compile a .pyx file, import the module, and return a BuildResult.

    The module has the file's name. The file's folder is searched for what it
    includes and cimports, and for C headers. The options are those of
    compile_and_load_result.
    """


def _build(source, is_path, options):
    if "view_annotate" in options and (view := options.pop("view_annotate")):
        from pyxide import _annotation

        return _annotation.build_and_show(source, is_path, options, view)
    return _pyxide.compile_and_load_result(source, is_path, options)


def cython_import(pyx_path, **options):
    """Compile a .pyx file and return the imported module.

    Takes the options of compile_and_load_result.
    """
    return cython_import_result(pyx_path, **options).module


def compile_signature(source, **options):
    """Return the keys that a build would have, and everything that is in them, without building.

    source is the text of a .pyx file, or the path of one: a PathLike, or a str
    that ends with ".pyx" or ".py". Takes the options of compile_and_load_result. The result
    is a dict whose items are attributes, too: request_key, which is None while
    Cython or the compiler is missing; key, which is None until the source was
    built as it is now; and fields, the values in the request's key by name.
    """
    from pyxide._records import Signature

    found = _pyxide.compile_signature(source, _is_path(source), options)
    found["fields"] = {field["name"]: field["value"] for field in found["fields"]}
    return Signature(found)


def explain(source, **options):
    """Say why the cache has a module or does not have it, without building.

    Takes the same arguments as compile_signature. str() of the result is one
    sentence. It is a dict whose items are attributes, too: outcome ("hit",
    "never_built", "changed", "gone" or "damaged"), text, key, compared_with (the key
    of an earlier build), and differences from that build: dicts with name and how.
    """
    from pyxide._records import Explanation

    return Explanation(_pyxide.explain(source, _is_path(source), options))


def _is_path(source):
    return not isinstance(source, str) or (source.endswith((".pyx", ".py")) and "\n" not in source)


def check_build_prereqs(*, numpy=False, cxx=False):
    """Say what builds need and what of it is there, with versions and remedies. Never raises.

    The result is a dict that json.dumps accepts: interpreter, python_headers, cython,
    compiler, cxx_compiler, numpy and cache, each a dict with ok, needed, version, detail
    and remedy; ok, whether all is there that is needed; and problems, a sentence for each
    that is not. numpy and cxx say that NumPy and a C++ compiler are needed, too.
    """
    try:
        found = {item.pop("name"): item for item in _pyxide.prerequisites()}
    except Exception as error:
        found = {"interpreter": _missing(str(error), getattr(error, "hint", None))}
    for name, wanted in [("numpy", numpy), ("cxx_compiler", cxx)]:
        if wanted:
            found.setdefault(name, _missing("not looked for without an interpreter", None))["needed"] = True
    lacking = [(name, item) for name, item in found.items() if item["needed"] and not item["ok"]]
    found["problems"] = [
        "%s: %s%s" % (name, item["detail"], "; " + item["remedy"] if item["remedy"] else "") for name, item in lacking
    ]
    found["ok"] = not lacking
    return found


def _missing(detail, remedy):
    return {"needed": True, "version": None, "detail": detail, "ok": False, "remedy": remedy}


def import_cached_result(key, *, cache_dir=None, layers=None):
    """Import the cached module with this key and return a BuildResult.

    Needs neither the source nor tools. Raises ValueError when key is no key,
    FileNotFoundError when the cache does not have it, and LoadError when it is
    damaged or was built for another interpreter.
    """
    return _pyxide.import_cached_result(key, cache_dir, layers)


def import_cached(key, *, cache_dir=None, layers=None):
    """Import the cached module with this key and return it."""
    return import_cached_result(key, cache_dir=cache_dir, layers=layers).module


def list_cached(cache_dir=None):
    """Return a list of CacheEntry, sorted by key, that json.dumps accepts.

    An entry that cannot be read is left out, with a CacheWarning.
    """
    from pyxide._records import CacheEntry

    return [CacheEntry(entry) for entry in _pyxide.list_cached(cache_dir)]


def get_cache_dir(cache_dir=None):
    """Return the cache's folder as a Path, made if it was missing."""
    from pathlib import Path

    return Path(_pyxide.get_cache_dir(cache_dir))


# Of the very module, whatever it shows since it was loaded anew.
_VARIABLES = type(_sys).__getattribute__

# Up to Python 3.12 the interpreter prints uncaught exceptions in C, and looks for source lines in files only.
_IN_C = _sys.version_info < (3, 13)


class _Loader(_ExtensionFileLoader):
    """Loads an extension module, marks it with its key, and knows its source.

    Each process that loads one needs it, and importing a module of its own for it would be a tenth of a hit.
    """

    def __init__(self, name, path, key, text=None):
        super().__init__(name, path)
        self.key = key
        # How it was asked for: the source, whether that is a path, the options, and the working directory.
        self.request = None
        self._text = text
        if _IN_C and _sys.excepthook is _sys.__excepthook__:
            # Unless somebody else has seen to exceptions.
            _sys.excepthook = _excepthook

    def asked(self, source, is_path, options, folder):
        """Remember the request, so that the module can be loaded anew, also by importlib.reload."""
        self.request = (source, is_path, options, folder)
        if _Reloads not in _sys.meta_path:
            _sys.meta_path.append(_Reloads)

    def exec_module(self, module):
        if "__pyxide_key__" in _VARIABLES(module, "__dict__"):
            # Asked to load it anew, or given back by its library, which is initialised only once.
            from pyxide._renewed import renew

            renew(module, module.__spec__)
        else:
            super().exec_module(module)
            module.__pyxide_key__ = self.key

    def get_source(self, fullname):
        """Return the text that the module was compiled from, or None when it is no longer there."""
        if self._text is None:
            stem = self.path.rpartition("/")[0] + "/" + self.name.rpartition(".")[2]
            for suffix in (".pyx", ".py"):
                try:
                    with open(stem + suffix, encoding="utf-8") as file:
                        return file.read()
                except OSError:
                    pass
        return self._text


class _Reloads:
    """Finds what importlib.reload asks for: what a module's source is now. No import ever asks for that."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        loader = getattr(getattr(target, "__spec__", None), "loader", None)
        if not isinstance(loader, _Loader) or loader.request is None:
            return None
        from pyxide._reload import found

        return found(loader.request)


def _excepthook(kind, error, traceback):
    """Print an uncaught exception with lines that are in no file, if there are any of ours."""
    from pyxide._tracebacks import show

    show(kind, error, traceback)
