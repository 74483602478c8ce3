# What both scripts share: programs as their author wrote them in tracebacks, and imports of other programs.
# The namespace of these functions is emptied for the program, so they import what they need themselves.
import sys

def remember(filename, source):
    """Lets tracebacks show these lines for this file, whatever lies on disk by then."""
    import linecache

    # Lines are what `str.splitlines` says, and a time of None keeps them for good.
    linecache.cache[filename] = (len(source), None, [line + "\n" for line in source.splitlines()], filename)


def print_error(kind, error, trace, own):
    """Prints a traceback from the first frame of the program on, without carets below what is not Python."""
    import sys
    import traceback

    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    told, seen = traceback.TracebackException(kind, error, trace), set()
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        for frame in one.stack or ():
            if frame.filename in own and hasattr(frame, "colno"):
                # The columns are those of the Python that the line became.
                frame.colno = frame.end_colno = None
                frame.end_lineno = frame.lineno
        waiting += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
    text = "".join(told.format())
    try:
        sys.stdout.flush()
    except Exception:
        pass
    sys.stderr.write(text)
    sys.stderr.flush()


def find_programs():
    """Lets `import` find `.plats` files, once one is wanted, through the package that knows how."""
    import sys

    class Programs:
        @staticmethod
        def find_spec(name, path=None, target=None):
            import os

            file = name.rpartition(".")[2] + ".plats"
            folders = [folder for folder in (sys.path if path is None else path) if isinstance(folder, str)]
            if not any(os.path.isfile(os.path.join(folder, file)) for folder in folders):
                return None
            sys.meta_path.remove(Programs)
            try:
                import vlaamscodex
            except ImportError:
                return None
            vlaamscodex.install()
            specs = (finder.find_spec(name, path, target) for finder in sys.meta_path)
            return next((spec for spec in specs if spec is not None), None)

    sys.meta_path.append(Programs)
