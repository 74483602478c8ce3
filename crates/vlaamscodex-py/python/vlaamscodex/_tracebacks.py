"""How errors of programs are shown when nobody catches them: with the lines that their authors wrote.

Python shows the lines of a file as its codec decodes it, which are those of the Python that they became. This is imported when there is
something to show.
"""

import linecache
import re
import sys
import traceback

# PEP 263, for our names alone.
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*(?:vlaamsplats|plats)(?![-\w.])", re.IGNORECASE)


def show(kind, error, trace):
    """What `sys.excepthook` does."""
    trace = _without_raise(kind, error, trace)
    # Lines are looked up when they are shown: by then it is known how.
    told = traceback.TracebackException(kind, error, trace, lookup_lines=False)
    waiting, seen, programs = [told], set(), {}
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        for frame in one.stack or ():
            if frame.filename not in programs:
                programs[frame.filename] = _remember(frame.filename)
            if programs[frame.filename] and hasattr(frame, "colno"):
                # The columns are those of the Python that the line became.
                frame.colno = frame.end_colno = None
                frame.end_lineno = frame.lineno
        waiting += [one.__cause__, one.__context__, *(getattr(one, "exceptions", None) or ())]
    if any(programs.values()):
        sys.stderr.write("".join(told.format()))
    else:
        sys.__excepthook__(kind, error, trace)


def _remember(filename):
    """Lets tracebacks show the lines of a file as they are written, if they are Platskript, and tells whether they are."""
    try:
        with open(filename, "rb") as file:
            data = file.read()
    except OSError:
        return False
    first = data.splitlines()[:2]
    if not filename.endswith(".plats") and not any(map(_COOKIE.match, first)):
        return False
    lines = data.decode("utf-8", "replace").splitlines()
    # A time of None keeps them from being looked for again.
    linecache.cache[filename] = (len(data), None, [line + "\n" for line in lines], filename)
    return True


def _without_raise(kind, error, trace):
    """A program that is wrong became one that raises its error. That line nobody has written, and Python shows none for its own such errors."""
    if kind is not SyntaxError or trace is None:
        return trace
    before, last = None, trace
    while last.tb_next is not None:
        before, last = last, last.tb_next
    if (last.tb_frame.f_code.co_filename, last.tb_lineno) != (error.filename, error.lineno):
        return trace
    if before is None:
        trace = None
    else:
        before.tb_next = None
    error.__traceback__ = trace
    return trace
