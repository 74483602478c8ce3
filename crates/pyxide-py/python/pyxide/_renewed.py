"""Modules that were loaded anew."""

import sys

# The frozen halves of importlib are always there.
from _frozen_importlib import _load, module_from_spec

_Module = type(sys)


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
