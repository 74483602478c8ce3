"""Squares."""

from array import array


def squares(count):
    """Return the first squares."""
    if count < 0:
        raise ValueError("a count is not negative")
    return array("d", [i * i for i in range(count)])
