"""Loads a template or its twin, as the other scripts here need them."""

import json
import signal
import sys
from importlib.util import module_from_spec, spec_from_file_location


def template(job, **more):
    """The module of a template and what was built for it: a list of BuildResult, one per compiled module."""
    import pyxide

    options = {**job["options"], **more}
    if job["package"] is None:
        result = pyxide.cython_import_result(job["path"], **options)
        return result.module, [result], result.used_cache
    jobs = options.pop("jobs", None)
    if job["package"]["support"]:
        options["support_files"] = {}
        for name, path in job["package"]["support"].items():
            with open(path, "rb") as file:
                options["support_files"][name] = file.read()
    result = pyxide.build_package_from_paths_result(
        job["package"]["modules"], package_name=job["module"], jobs=jobs, **options
    )
    return result.package, result.results, result.used_cache


def twin(path, bytecode):
    """The module of a twin, a file or a folder, whose bytecode is not written beside it."""
    sys.pycache_prefix = bytecode
    # The template may be there by its own name, and what a package imports of itself is to be its own.
    name = "twin_" + path.rpartition("/")[2].removesuffix(".py")
    places = None if path.endswith(".py") else [path]
    file = path if places is None else path + "/__init__.py"
    spec = spec_from_file_location(name, file, submodule_search_locations=places)
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def names(module, job):
    """What calls see: the public names of a module, the module, and NumPy where it is needed."""
    public = getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    found = {name: getattr(module, name) for name in public}
    found["module"] = module
    if "numpy" in job["needs"]:
        import numpy

        found["np"] = numpy
    return found


class Wrong(Exception):
    """Something whose sentence says all."""


def words(error):
    """What an error says, with everything that the tools said."""
    text = str(error) if isinstance(error, Wrong) else "%s: %s" % (type(error).__name__, error)
    hint = getattr(error, "hint", None)
    return "%s\nhint: %s" % (text, hint) if hint and hint not in text else text


def answer(main, before_many=None):
    """Runs a script's function with its job, or with each line of standard input, and prints what it gives or why it gives nothing."""
    if len(sys.argv) > 1:
        say(main, json.loads(sys.argv[1]))
        return
    for line in sys.stdin:
        job = json.loads(line)
        if before_many:
            signal.alarm(job["limit"])
            before_many()
            before_many = None
        say(main, job)
        signal.alarm(0)


def say(main, job):
    # What hangs, also in C, ends here.
    signal.alarm(job["limit"])
    try:
        report = main(job)
    except BaseException as error:
        report = {"failure": words(error)}
    # A template may have left a line unfinished.
    print("\nreport " + json.dumps(report), flush=True)
