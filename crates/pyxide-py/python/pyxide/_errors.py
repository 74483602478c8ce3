"""What can go wrong. Each message says what, why, and what to do next."""


class PyxideError(Exception):
    """The base of all errors of this package.

    hint is one sentence that says what to do next, or None.
    """

    def __init__(self, message, hint=None):
        super().__init__(message if hint is None else "%s\nhint: %s" % (message, hint))
        self.hint = hint

    def __reduce__(self):
        # The first argument is the text with the hint in it; a copy must not get it twice.
        # ImportError keeps these outside of its dictionary.
        more = {name: getattr(self, name) for name in ("msg", "name", "path") if hasattr(self, name)}
        return _restored, (type(self), self.args, {**self.__dict__, **more})


def _restored(kind, arguments, attributes):
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    for name, value in attributes.items():
        setattr(error, name, value)
    return error


class CompileError(PyxideError, RuntimeError):
    """Cython, the compiler or the linker found errors.

    diagnostics is a list of dicts with severity, file, line, column, message, source_line and
    notes, which are dicts with file, line, column and message; phase is "cython" or "compiler",
    command the program and its arguments, status how it ended, output all that it printed,
    versions those of python, cython, compiler and, if it is used, numpy. log_path is the file
    in the cache with all that the tools were told and said, or None.
    """

    def __init__(
        self, message, hint=None, diagnostics=(), phase=None, command=(), status=None, output="", versions=(),
        log_path=None,
    ):  # fmt: skip
        super().__init__(message, hint)
        self.diagnostics = list(diagnostics)
        self.phase = phase
        self.command = list(command)
        self.status = status
        self.output = output
        self.versions = dict(versions)
        self.log_path = log_path


class BatchBuildError(CompileError):
    """Several builds were asked for, and some of them failed.

    failures is a dict of the exceptions, by what was asked for; diagnostics has those of all of them. result is
    a BatchBuildResult with what did not fail, or None where all or nothing was asked for.
    """

    def __init__(self, message, hint=None, failures=(), result=None):
        self.failures = dict(failures)
        self.result = result
        told = ["", *("%s: %s" % (name, error) for name, error in self.failures.items())]
        diagnostics = [one for error in self.failures.values() for one in getattr(error, "diagnostics", ())]
        super().__init__(message + "\n\n".join(told), None, diagnostics=diagnostics)
        self.hint = hint


class CompileImportError(CompileError, ImportError):
    """A CompileError of a module that an import statement asked for: name and path say which."""

    @classmethod
    def of(cls, error, name, path):
        """The same error, for who imports."""
        return _restored(cls, error.args, {**error.__dict__, "name": name, "path": path, "msg": str(error)})


class BuildTimeout(PyxideError, TimeoutError):
    """A step of a build took longer than build_timeout_s."""


class ToolchainError(PyxideError, ImportError):
    """The compiler, Cython or the interpreter's headers are missing or unsuitable."""


class LoadError(PyxideError, ImportError):
    """A module could not be imported, or its cache entry not be used."""


class InputError(PyxideError, ValueError):
    """What a function was given cannot be meant."""


class NotCached(PyxideError, FileNotFoundError):
    """The cache does not have what was asked for."""


class UnknownAlias(PyxideError, KeyError):
    """No cached module is pinned under this alias."""

    # A KeyError shows its argument as it would be typed, and this one is a sentence.
    __str__ = Exception.__str__


class ArtifactError(LoadError, ValueError):
    """A file or bytes are not an extension module for this machine, this interpreter and this name."""


class BundleError(PyxideError, ValueError):
    """A file is not a bundle, was damaged, or has modules for another interpreter. Nothing of it was restored."""


class WheelError(PyxideError, ValueError):
    """No wheel can be made of what is in the cache, or not one of this name or version."""


class ExistsError(PyxideError, FileExistsError):
    """Something is where an export was to go, and was left as it is."""


class MissingModule(LoadError, ModuleNotFoundError):
    """A module is not in the cache in which it was looked for."""

    def __init__(self, message, hint, name):
        super().__init__(message, hint)
        self.name = name


class LockTimeout(PyxideError, TimeoutError):
    """Another process built the same for longer than lock_timeout_s."""


class CacheWarning(UserWarning):
    """A cache entry was damaged, or the cache could not be used as it should."""


# Users know them by the name that they import, and so do tracebacks and pickles.
for _class in (
    PyxideError, CompileError, BatchBuildError, CompileImportError, BuildTimeout, ToolchainError, LoadError, InputError,
    NotCached, UnknownAlias, ArtifactError, BundleError, WheelError, ExistsError, LockTimeout, CacheWarning,
):  # fmt: skip
    _class.__module__ = "pyxide"
