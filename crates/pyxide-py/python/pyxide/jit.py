"""The package of modules that were built from texts without a name of their own, and from cells.

A name below it, such as `pyxide.jit.pyxide_0123456789abcdef`, says what was built. So a process that knows only the name,
because it unpickles a function or an object of such a module, finds the module in the cache.
"""

import sys
from pyxide import _pyxide

# It is a package whose modules are in no folder.
__path__ = []
__all__ = []
_HEX = frozenset("0123456789abcdef")


class _Finder:
    """Finds the modules of this package in the cache."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        package, _, last = name.rpartition(".")
        # All of them end with a digest. What has none was never here.
        if package != __name__ or last[-17:-16] != "_" or not _HEX.issuperset(last[-16:]):
            return None
        key = _pyxide.newest_key(name, None)
        if key is None:
            from pyxide._errors import MissingModule

            raise MissingModule(
                "the cache `%s` has no module `%s` for this interpreter" % (_pyxide.get_cache_dir(None), name),
                "if it was built with cache_dir=, start this process with PYXIDE_CACHE_DIR set to that folder;"
                " else build it again from its source",
                name,
            )
        return _pyxide.cached_spec(key, name, None)


if not any(isinstance(finder, type) and finder.__name__ == "_Finder" and finder.__module__ == __name__ for finder in sys.meta_path):
    sys.meta_path.append(_Finder)
