"""What is wrong with a program, all at once."""

from vlaamscodex import _vlaamscodex


def check_plats(src: str, *, voice: str = "nl", raw_python: bool = False) -> list[dict]:
    """Errors and warnings of a program, in the order of their places.

    Each has `code`, `name`, `severity`, `message`, `hint`, `line`, `column`, `end_line`, `end_column`, `text` and `suggestion`.
    """
    return _vlaamscodex.check(src, voice, raw_python)


def format_plats(src: str) -> str:
    """The program in its usual layout; raises `PlatsFout` for a program that is none."""
    from vlaamscodex.compiler import _fout

    text, errors = _vlaamscodex.format(src)
    if text is None:
        raise _fout(errors[0], "<plats>")
    return text
