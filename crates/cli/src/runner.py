# Imports one extension module under its name, evaluates an expression in its namespace and prints the repr.
import sys


def main(name, path, source, form, raised, mode, expression, key, *sources):
    import importlib.machinery
    import importlib.util
    import os

    sys.argv = [source]
    # As `python FILE` does it: what lies beside the source can be imported.
    sys.path[0] = os.path.dirname(os.path.abspath(source))
    if name in sys.modules or name.partition(".")[0] in sys.stdlib_module_names:
        sys.stderr.write("error: the module name `%s` is taken by Python's own modules\n"
                         "hint: choose another with --name\n" % name)
        os._exit(int(raised))
    try:
        loader = importlib.machinery.ExtensionFileLoader(name, path)
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        # Where the module's sources lie: it asks for that when it is created, so that tracebacks lead there.
        sources = [*map(os.fsencode, sources)]
        spec.loader_state = {key: dict(zip(sources[::2], sources[1::2]))}
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        loader.exec_module(module)
        if mode == "import":
            return
        result = repr(eval(expression, vars(module)))
    except SystemExit:
        raise
    except BaseException:
        import traceback
        kind, error, trace = sys.exc_info()
        # The frames of this script and of the import machinery are not the user's business.
        while trace and (trace.tb_frame.f_code is main.__code__ or trace.tb_frame.f_code.co_filename.startswith("<frozen ")):
            trace = trace.tb_next
        sys.stdout.flush()
        traceback.print_exception(kind, error, trace)
        sys.stderr.flush()
        os._exit(130 if issubclass(kind, KeyboardInterrupt) else int(raised))
    if form == "json":
        import json
        result = json.dumps({"format": 1, "type": "result", "repr": result})
    print(result)


main(*sys.argv[1:])
