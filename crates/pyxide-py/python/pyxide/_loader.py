"""How modules from the cache are loaded, and how the interpreter shows where they failed."""

import sys

# The frozen halves of importlib are always there.
from _frozen_importlib_external import ExtensionFileLoader


class Loader(ExtensionFileLoader):
    """Loads an extension module, marks it with its key, and knows its source."""

    def __init__(self, name, path, key, text=None):
        super().__init__(name, path)
        self._key = key
        self._text = text

    def exec_module(self, module):
        super().exec_module(module)
        module.__pyxide_key__ = self._key

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


install_excepthook()
