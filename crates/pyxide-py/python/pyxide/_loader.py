"""How modules of the cache are loaded. Every process that loads one reads this, so the rest is elsewhere."""

import sys

# The frozen halves of importlib are always there.
from _frozen_importlib_external import ExtensionFileLoader

# Of the very module, whatever it shows since it was loaded anew.
_VARIABLES = type(sys).__getattribute__

# Up to Python 3.12 the interpreter prints uncaught exceptions in C, and looks for source lines in files only.
_IN_C = sys.version_info < (3, 13)


class Loader(ExtensionFileLoader):
    """Loads an extension module, marks it with its key, and knows its source."""

    def __init__(self, name, path, key, text=None):
        super().__init__(name, path)
        self.key = key
        # How it was asked for: the source, whether that is a path, the options, and the working directory.
        self.request = None
        self._text = text
        if _IN_C and sys.excepthook is sys.__excepthook__:
            # Unless somebody else has seen to exceptions.
            sys.excepthook = excepthook

    def asked(self, source, is_path, options, folder):
        """Remember the request, so that the module can be loaded anew, also by importlib.reload."""
        self.request = (source, is_path, options, folder)
        if _Reloads not in sys.meta_path:
            sys.meta_path.append(_Reloads)

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
        if not isinstance(loader, Loader) or loader.request is None:
            return None
        from pyxide._reload import found

        return found(loader.request)


def excepthook(kind, error, traceback):
    """Print an uncaught exception with lines that are in no file, if there are any of ours."""
    from pyxide._tracebacks import show

    show(kind, error, traceback)
