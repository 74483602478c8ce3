"""Length of a vector."""

from math import hypot


def norm(values):
    """Return the square root of the sum of squares, safe from overflow."""
    return hypot(*values)
