"""Platskript to Python."""

from vlaamscodex import _vlaamscodex


class PlatsFout(SyntaxError, ValueError):
    """A program is no Platskript: `lineno`, `offset`, `end_offset` and `text` say where."""


def compile_plats(src: str, *, filename: str = "<plats>", raw_python: bool = False) -> str:
    """Translate a program: one line of Python for each of its lines.

    With `raw_python`, tokens that are no Platskript are passed through. Raises `PlatsFout` for the first error.
    """
    if not isinstance(src, str):
        raise TypeError("compile_plats takes a str, and got %s" % type(src).__name__)
    python, errors = _vlaamscodex.compile(src, raw_python)
    if python is None:
        raise _fout(errors[0], filename)
    return python


def read_plats(data: bytes, filename: str = "<plats>") -> str:
    """The text of a program's bytes; raises `PlatsFout` where they are no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fout(_vlaamscodex.place_of_byte(data, error.start), filename) from None


def _fout(error: dict, filename: str) -> PlatsFout:
    place = (filename, error["line"], error["column"], error["text"], error["end_line"], error["end_column"])
    return PlatsFout(error["message"], place)
