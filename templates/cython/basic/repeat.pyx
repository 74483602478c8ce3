"""Arguments of builtin types are checked once, on the way in.

Use `str`, `bytes`, `list` or `dict` where a function means exactly these: what
it does with them then needs no lookups. `not None` matters, since None passes
for every builtin type otherwise. It costs duck typing: a subclass of `str` is
accepted, an object that merely behaves like one is not.
"""


def repeat(str text not None, Py_ssize_t times):
    """Return `text` so many times in a row, with blanks between."""
    if times < 0:
        raise ValueError("cannot repeat a text %d times" % times)
    cdef list parts = [text] * times
    return " ".join(parts)
