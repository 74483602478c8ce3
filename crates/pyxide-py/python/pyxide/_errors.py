"""What can go wrong. Each message says what, why, and what to do next."""


class PyxideError(Exception):
    """The base of all errors of this package.

    hint is one sentence that says what to do next, or None.
    """

    def __init__(self, message, hint=None):
        super().__init__(message if hint is None else "%s\nhint: %s" % (message, hint))
        self.hint = hint


class CompileError(PyxideError):
    """Cython, the compiler or the linker found errors.

    diagnostics is a list of dicts with severity, file, line, column, message and source_line;
    phase is "cython" or "compiler", command the program and its arguments, output all that it printed.
    """

    def __init__(self, message, hint=None, diagnostics=(), phase=None, command=(), output=""):
        super().__init__(message, hint)
        self.diagnostics = list(diagnostics)
        self.phase = phase
        self.command = list(command)
        self.output = output


class ToolchainError(PyxideError):
    """The compiler, Cython or the interpreter's headers are missing or unsuitable."""


class LoadError(PyxideError, ImportError):
    """A module could not be imported, or its cache entry not be used."""


class LockTimeout(PyxideError, TimeoutError):
    """Another process built the same for longer than lock_timeout_s."""


class CacheWarning(UserWarning):
    """A cache entry was damaged, or the cache could not be used as it should."""


# Users know them by the name that they import, and so do tracebacks and pickles.
for _class in (PyxideError, CompileError, ToolchainError, LoadError, LockTimeout, CacheWarning):
    _class.__module__ = "pyxide"
