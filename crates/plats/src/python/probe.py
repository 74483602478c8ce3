# Says what `plats doctor` wants to know about an interpreter, as one tagged JSON object.
import codecs
import os
import site
import sys

registered = []
for name in ("vlaamsplats", "plats"):
    # Before anything else is imported: only the hook can have done this.
    try:
        codecs.lookup(name)
        registered.append(name)
    except LookupError:
        pass
    except Exception as error:
        registered.append("!%s: %s" % (type(error).__name__, error))

import json

# What lies where the user stands is not installed.
sys.path[:] = [folder for folder in sys.path if folder]
folders = []
for folder in [*getattr(site, "getsitepackages", list)(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]:
    if folder not in folders:
        folders.append(folder)
hooks = [os.path.join(folder, name) for folder in folders
         for name in ("vlaamscodex_autoload.pth", "vlaamscodex_autoload.start")
         if os.path.isfile(os.path.join(folder, name))]


def version(name):
    """The version of a package, if it is there and whole enough to say so."""
    try:
        from importlib.metadata import version
        return version(name)
    except Exception:
        return None


package = version("vlaamscodex")
try:
    from importlib.util import find_spec
    found = find_spec("vlaamscodex")
    place = found and (found.origin or ", ".join(found.submodule_search_locations or ()))
except Exception:
    place = None
print(json.dumps({
    "result": "interpreter",
    "version": ".".join(map(str, sys.version_info[:3])),
    "minor": list(sys.version_info[:2]),
    "executable": sys.executable,
    "prefix": sys.prefix,
    "site": folders,
    "no_site": bool(sys.flags.no_site),
    "codecs": registered,
    "hooks": hooks,
    "package": package,
    "place": place,
    "tools": {name: version(name) for name in ("build", "pyxide", "maturin")},
}))
