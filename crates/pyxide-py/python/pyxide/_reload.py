"""Gives modules that were imported the code that their sources have now."""

import sys

from pyxide import _pyxide
from pyxide._hook import settled
from pyxide import _Loader
from pyxide._renewed import renew


def reload(module, source=None):
    """Build a module from what its source is now, load it in this process, and return it.

    module
        A module that was built by pyxide in this process: from a file, from a text, or by an import.
    source
        The new text, for a module that was built from a text.

    Whoever has the module sees the new functions and classes; those of before stay as they are, with the
    variables that they have. When the source does not compile, or the module cannot be imported, everything
    stays as it was.
    """
    if not isinstance(module, type(sys)):
        raise TypeError("reload() takes a module, not %r" % type(module).__name__)
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    name = module.__name__
    if not isinstance(loader, _Loader):
        raise ValueError("`%s` was not built by pyxide\nhint: importlib.reload is for all other modules" % name)
    if loader.request is None:
        hint = "import it from its source: cython_import, compile_and_load"
        raise ValueError("`%s` was imported by its key, so nobody knows where its source is\nhint: %s" % (name, hint))
    before, is_path, options, folder = loader.request
    if is_path and source is not None:
        raise ValueError("`%s` comes from the file `%s`, which is what is read\nhint: give no source" % (name, before))
    if not is_path and source is None:
        raise ValueError("`%s` was built from a text\nhint: give the new one, reload(module, source)" % name)
    if not is_path and not isinstance(source, str):
        raise TypeError("source must be a str, not %r" % type(source).__name__)
    spec = found((before if is_path else source, is_path, options, folder))
    if spec.loader.key != module.__pyxide_key__:
        renew(module, spec)
        if spec.name == name:
            sys.modules[name] = module
        # What was remembered for equal requests may be this very module.
        _pyxide.forget()
    return module


def found(request):
    """The spec of what a request gives now."""
    source, is_path, options, folder = request
    options = {name: value for name, value in options.items() if name not in ("force_rebuild", "use_cache")}
    spec = _pyxide.build_spec(source, is_path, settled(options, folder))
    spec.loader.request = request
    return spec
