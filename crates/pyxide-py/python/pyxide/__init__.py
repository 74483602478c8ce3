"""Cython source to a loaded, verified extension module, built once.

    >>> import pyxide
    >>> m = pyxide.compile_and_load("def f(int n):\\n    return n * n\\n")
    >>> m.f(7)
    49

Nothing is compiled on import of this package. A module that is in the cache is
loaded without starting a process and without importing Cython or NumPy.
"""

from pyxide import _pyxide
from pyxide._pyxide import BuildResult, __version__

__all__ = [
    "BuildResult",
    "CacheEntry",
    "CacheWarning",
    "CompileError",
    "LoadError",
    "LockTimeout",
    "PyxideError",
    "ToolchainError",
    "compile_and_load",
    "compile_and_load_result",
    "cython_import",
    "cython_import_result",
    "get_cache_dir",
    "import_cached",
    "import_cached_result",
    "list_cached",
]

# Loaded when first asked for: a warm hit needs none of them.
_LAZY = {
    "CacheEntry": "pyxide._records",
    "CacheWarning": "pyxide._errors",
    "CompileError": "pyxide._errors",
    "LoadError": "pyxide._errors",
    "LockTimeout": "pyxide._errors",
    "PyxideError": "pyxide._errors",
    "ToolchainError": "pyxide._errors",
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


def compile_and_load_result(
    source,
    *,
    module_name=None,
    cache_dir=None,
    force_rebuild=False,
    build=True,
    language=None,
    compiler_directives=None,
    include_dirs=(),
    library_dirs=(),
    libraries=(),
    define_macros=(),
    extra_compile_args=(),
    extra_link_args=(),
    extra_sources=(),
    support_files=None,
    support_paths=(),
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
    force_rebuild
        Build even if the cache has it.
    build
        False: use the cache only, never build.
    language
        "c" or "c++", else what the source's header says, else C.
    compiler_directives
        Cython directives by name; they win over those in the source's header.
    include_dirs, library_dirs, extra_sources, support_paths
        Paths, or one path; relative ones are relative to the working directory.
    libraries, extra_compile_args, extra_link_args
        Words for the compiler and the linker.
    define_macros
        C macros: pairs of name and value; the value may be None.
    support_files
        Text or bytes by file name, laid beside the source.
    salt
        Anything that shall tell this build from an otherwise equal one.
    lock_timeout_s
        How long to wait for another process that builds the same; without it, as long as it takes.
    build_timeout_s
        How long each step of a build may take.

    Raises CompileError when the tools find errors, ToolchainError when tools are
    missing, LoadError when the module cannot be imported, LockTimeout, and
    PyxideError for all else.
    """
    return _pyxide.compile_and_load_result(
        source,
        False,
        module_name,
        cache_dir,
        force_rebuild,
        build,
        language,
        compiler_directives,
        include_dirs,
        library_dirs,
        libraries,
        define_macros,
        extra_compile_args,
        extra_link_args,
        extra_sources,
        support_files,
        support_paths,
        salt,
        lock_timeout_s,
        build_timeout_s,
    )


def compile_and_load(source, **options):
    """Compile Cython source text and return the imported module.

    Takes the options of compile_and_load_result.
    """
    return compile_and_load_result(source, **options).module


def cython_import_result(
    pyx_path,
    *,
    module_name=None,
    cache_dir=None,
    force_rebuild=False,
    build=True,
    language=None,
    compiler_directives=None,
    include_dirs=(),
    library_dirs=(),
    libraries=(),
    define_macros=(),
    extra_compile_args=(),
    extra_link_args=(),
    extra_sources=(),
    support_files=None,
    support_paths=(),
    salt=None,
    lock_timeout_s=None,
    build_timeout_s=None,
):
    """Compile a .pyx file, import the module, and return a BuildResult.

    The module has the file's name. The file's folder is searched for what it
    includes and cimports, and for C headers. The options are those of
    compile_and_load_result.
    """
    return _pyxide.compile_and_load_result(
        pyx_path,
        True,
        module_name,
        cache_dir,
        force_rebuild,
        build,
        language,
        compiler_directives,
        include_dirs,
        library_dirs,
        libraries,
        define_macros,
        extra_compile_args,
        extra_link_args,
        extra_sources,
        support_files,
        support_paths,
        salt,
        lock_timeout_s,
        build_timeout_s,
    )


def cython_import(pyx_path, **options):
    """Compile a .pyx file and return the imported module.

    Takes the options of compile_and_load_result.
    """
    return cython_import_result(pyx_path, **options).module


def import_cached_result(key, *, cache_dir=None):
    """Import the cached module with this key and return a BuildResult.

    Needs neither the source nor tools. Raises ValueError when key is no key,
    FileNotFoundError when the cache does not have it, and LoadError when it is
    damaged or was built for another interpreter.
    """
    return _pyxide.import_cached_result(key, cache_dir)


def import_cached(key, *, cache_dir=None):
    """Import the cached module with this key and return it."""
    return import_cached_result(key, cache_dir=cache_dir).module


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
