"""How modules of the cache are loaded and loaded anew, and how the interpreter shows where they failed."""

import sys

# The frozen halves of importlib are always there.
from _frozen_importlib import _load, module_from_spec
from _frozen_importlib_external import ExtensionFileLoader

_Module = type(sys)


class Loader(ExtensionFileLoader):
    """Loads an extension module, marks it with its key, and knows its source."""

    def __init__(self, name, path, key, text=None):
        super().__init__(name, path)
        self.key = key
        # How it was asked for: the source, whether that is a path, the options, and the working directory.
        self.request = None
        self._text = text
        install_excepthook()

    def asked(self, source, is_path, options, folder):
        """Remember the request, so that the module can be loaded anew, also by importlib.reload."""
        self.request = (source, is_path, options, folder)
        if _Reloads not in sys.meta_path:
            sys.meta_path.append(_Reloads)

    def exec_module(self, module):
        if has_run(module):
            # Asked to load it anew, or given back by its library, which is initialised only once.
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


class Renewed(_Module):
    """A module that was loaded anew: its attributes are those of the newest build of it.

    The functions and classes of earlier builds go on with the variables that they had. A library cannot be initialised
    twice, so that each build has a module of its own, and who holds the first one must see the newest.
    """

    def __getattribute__(self, name):
        newest = _own(self)["__pyxide_newest__"]
        return _get(newest if name != "__class__" else self, name)

    def __setattr__(self, name, value):
        _Module.__setattr__(_own(self)["__pyxide_newest__"], name, value)

    def __delattr__(self, name):
        _Module.__delattr__(_own(self)["__pyxide_newest__"], name)

    def __dir__(self):
        return _Module.__dir__(_own(self)["__pyxide_newest__"])


_get = _Module.__getattribute__


def _own(module):
    """The variables of this very module, whatever it shows."""
    return _get(module, "__dict__")


def has_run(module):
    """Whether the code of this very module was run."""
    return "__pyxide_key__" in _own(module)


def renew(module, spec):
    """Let a module have what another build of it has, which is loaded first."""
    if spec.name == _own(module)["__name__"]:
        fresh = module_from_spec(spec)
        if not has_run(fresh):
            spec.loader.exec_module(fresh)
    else:
        # A text without a name has another name than another text.
        fresh = _load(spec)
    _own(fresh).update(__spec__=spec, __loader__=spec.loader, __file__=spec.origin)
    if type(module) is Renewed:
        _own(module)["__pyxide_newest__"] = fresh
    elif fresh is not module:
        _own(module)["__pyxide_newest__"] = fresh
        module.__class__ = Renewed


class _Reloads:
    """Finds what importlib.reload asks for: what a module's source is now. No import ever asks for that."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        loader = getattr(getattr(target, "__spec__", None), "loader", None)
        if not isinstance(loader, Loader) or loader.request is None:
            return None
        from pyxide._reload import found

        return found(loader.request)


def _leads_here(error):
    """Whether an exception, or one that it comes from, passed through a module of ours."""
    seen, left = set(), [error]
    while left:
        error = left.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        left += [error.__cause__, error.__context__]
        traceback = error.__traceback__
        while traceback is not None:
            if isinstance(traceback.tb_frame.f_globals.get("__loader__"), Loader):
                return True
            traceback = traceback.tb_next
    return False


def _excepthook(kind, error, traceback):
    """Print an uncaught exception: in Python, which asks loaders for lines that are in no file.

    The interpreter's own hook, which is written in C up to Python 3.12, looks at files only.
    """
    try:
        is_ours = _leads_here(error)
    except Exception:
        is_ours = False
    if is_ours:
        import traceback as printer

        printer.print_exception(kind, error, traceback)
    else:
        sys.__excepthook__(kind, error, traceback)


def install_excepthook():
    """Show lines of ours where an exception is not caught, unless somebody else has seen to exceptions."""
    if sys.version_info < (3, 13) and sys.excepthook is sys.__excepthook__:
        sys.excepthook = _excepthook


def remove_excepthook():
    """Take the hook away, if it is the one that is set."""
    if sys.excepthook is _excepthook:
        sys.excepthook = sys.__excepthook__
