"""Arguments of builtin types are checked once, on the way in.

Use `str`, `bytes`, `list` or `dict` where a function means exactly these: what
it does with them then needs no lookups. `not None` matters, since None passes
for every builtin type otherwise. It costs duck typing: the type is meant
exactly, so even an object of a subclass of `str` is refused.
"""


def repeat(str text not None, Py_ssize_t times):
    """Return `text` so many times in a row, with blanks between."""
    if times < 0:
        raise ValueError("cannot repeat a text %d times" % times)
    cdef list parts = [text] * times
    return " ".join(parts)
