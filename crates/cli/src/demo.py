# Imports modules by their files, evaluates expressions in the namespace of one of them, and compares what they give.
import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback


class Finder:
    """Finds the modules of the plan, in whatever order they need each other."""

    def __init__(self, plan):
        self.plan = plan

    def find_spec(self, name, path=None, target=None):
        if name in self.plan["modules"]:
            file, sources = self.plan["modules"][name]
            loader = importlib.machinery.ExtensionFileLoader(name, file)
            spec = importlib.util.spec_from_file_location(name, file, loader=loader)
            # Where the module's sources lie, so that tracebacks lead there.
            sources = {os.fsencode(key): os.fsencode(value) for key, value in sources.items()}
            spec.loader_state = {self.plan["loader_state"]: sources}
            return spec
        if name in self.plan["python"]:
            file, is_package = self.plan["python"][name]
            if file is None:
                return importlib.machinery.ModuleSpec(name, None, is_package=is_package)
            return importlib.util.spec_from_file_location(
                name, file, submodule_search_locations=[] if is_package else None
            )
        return None


def evaluated(call, namespace):
    """What became of an expression: a value, or the last line of a traceback."""
    try:
        return eval(call, namespace), None
    except Exception as error:
        return None, traceback.format_exception_only(type(error), error)[-1].strip()


def main(plan):
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, Finder(plan))
    module = importlib.import_module(plan["name"])
    namespace = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    namespace["module"] = module
    if "numpy" in (plan["needs"] or ()):
        import numpy

        namespace["np"] = numpy
    for line in plan["setup"] or ():
        exec(line, namespace)
    wrong = 0
    for demo in plan["demo"]:
        value, raised = evaluated(demo["call"], namespace)
        result = None if raised else repr(value)
        if "close" in demo:
            good = not raised and abs(value - demo["close"]) <= demo["tolerance"]
            expected = "about %r" % demo["close"]
        else:
            expected = demo.get("result", demo.get("raises"))
            good = not raised if expected is None else expected == (raised if "raises" in demo else result)
        if plan["json"]:
            print(json.dumps({"format": 1, "type": "demo", "call": demo["call"], "result": result, "raised": raised, "ok": good}))
        else:
            print(">>> %s\n%s" % (demo["call"], raised or result))
        if not good:
            wrong += 1
            sys.stdout.flush()
            if expected is not None:
                sys.stderr.write("error: `%s` should be: %s\n" % (demo["call"], expected))
    return plan["raised"] if wrong else 0


sys.exit(main(json.loads(sys.argv[1])))
