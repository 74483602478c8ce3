"""Uncaught exceptions that passed through modules of the cache."""

import sys
import traceback as printer

from pyxide import _excepthook, _Loader


def show(kind, error, traceback):
    """Print an exception in Python, which asks loaders for lines that are in no file, if it is one of ours."""
    try:
        is_ours = _leads_here(error)
    except Exception:
        is_ours = False
    if is_ours:
        printer.print_exception(kind, error, traceback)
    else:
        sys.__excepthook__(kind, error, traceback)


def remove_excepthook():
    """Take the hook away, if it is the one that is set."""
    if sys.excepthook is _excepthook:
        sys.excepthook = sys.__excepthook__


def _leads_here(error):
    """Whether an exception, or one that it comes from, passed through a module of ours."""
    seen, left = set(), [error]
    while left:
        error = left.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        left += [error.__cause__, error.__context__]
        traceback = error.__traceback__
        while traceback is not None:
            if isinstance(traceback.tb_frame.f_globals.get("__loader__"), _Loader):
                return True
            traceback = traceback.tb_next
    return False
