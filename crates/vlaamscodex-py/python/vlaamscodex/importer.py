"""Imports of `.plats` files.

A folder is looked through for `.plats` files when nobody else knows a module, so `hello.py` goes before `hello.plats`, and programs that never
fail to import something do not notice. A folder of `.plats` files is a package without an `__init__`, as a folder of `.py` files is.
"""

import os
import sys
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader

SUFFIX = ".plats"


def install() -> None:
    """Make `import` find `.plats` files; to call it again is harmless."""
    if not any(type(finder) is PlatsFinder for finder in sys.meta_path):
        sys.meta_path.append(PlatsFinder())


class PlatsLoader(SourceFileLoader):
    """Loads a `.plats` file, with or without a cookie.

    It keeps no bytecode: that would bear the name of `hello.py`'s, and outlive a newer version of the language.
    """

    def path_stats(self, path):
        raise OSError("bytecode of Platskript is not kept")

    def get_source(self, fullname: str) -> str:
        """The Platskript, as it was written."""
        import io

        from vlaamscodex.compiler import read_plats

        text = read_plats(self.get_data(self.get_filename(fullname)), self.path)
        return io.IncrementalNewlineDecoder(None, True).decode(text, True)

    def source_to_code(self, data, path, *, _optimize: int = -1):
        from vlaamscodex.compiler import compile_plats, read_plats

        path = str(path)
        python = compile_plats(read_plats(bytes(data), path), filename=path)
        return compile(python, path, "exec", dont_inherit=True, optimize=_optimize)


class PlatsFinder:
    """Looks for `.plats` files in the folders of `sys.path`, or of a package."""

    def __init__(self) -> None:
        self._folders: dict[str, FileFinder] = {}

    def find_spec(self, fullname: str, path=None, target=None) -> ModuleSpec | None:
        for folder in sys.path if path is None else path:
            if not isinstance(folder, str):
                continue
            finder = self._folders.get(folder)
            if finder is None or not folder:
                # The empty name is wherever the process is now.
                try:
                    finder = FileFinder(folder or os.getcwd(), (PlatsLoader, [SUFFIX]))
                except FileNotFoundError:
                    continue
                self._folders[folder] = finder
            spec = finder.find_spec(fullname)
            # A folder of this name, without a loader, is what others have not found either.
            if spec is not None and spec.loader is not None:
                return spec
        return None

    def invalidate_caches(self) -> None:
        self._folders.clear()
