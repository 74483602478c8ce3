# Imports one extension module under its name, evaluates an expression in its namespace and prints the repr.
import sys


def explained(error, name, source):
    """What the system's loader says, with the line of the source and the next step; None when it is another error."""
    import re

    text = str(error)
    symbol = re.search(r"undefined symbol: (\w+)|: (\w+): symbol not found", text)
    library = re.match(r"([^/\s]+): cannot open shared object file|Error loading shared library (\S+?):", text)
    if library:
        library = library[1] or library[2]
        return ("error: cannot load `%s`: there is no `%s` where shared libraries are looked for\n"
                "hint: install the package that has it, or say where it is: "
                "`# distutils: runtime_library_dirs = FOLDER` or LD_LIBRARY_PATH\n" % (name, library))
    if not symbol:
        return None
    symbol = symbol[1] or symbol[2]
    lines = ["error: cannot load `%s`: no library has the symbol `%s`, which it uses" % (name, symbol)]
    word, rest = symbol, re.sub(r"^_ZN?K?", "", symbol) if symbol.startswith("_Z") else ""
    while rest[:1].isdigit():
        # Names of C++ have their lengths before them, and the last one is the function's.
        length = re.match(r"\d+", rest)[0]
        word, rest = rest[len(length):][:int(length)], rest[len(length) + int(length):]
    with open(source, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            found = re.search(r"\b%s\b" % re.escape(word), line)
            if found and not line.lstrip().startswith("#"):
                margin = " " * len(str(number))
                place = "%s --> %s:%d:%d" % (margin, source, number, found.start() + 1)
                below = "%s | %s%s" % (margin, re.sub(r"\S", " ", line[:found.start()]), "^" * len(word))
                lines += [place, margin + " |", "%d | %s" % (number, line.rstrip()), below]
                break
    lines.append("hint: name the library that has it with `-l`, or the source that defines it in "
                 "`# distutils: sources = FILE`")
    return "\n".join(lines) + "\n"


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
    module = None
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
        told = explained(error, name, source) if kind is ImportError and module is None else None
        if told:
            sys.stdout.flush()
            sys.stderr.write(told)
            sys.stderr.flush()
            os._exit(int(raised))
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
