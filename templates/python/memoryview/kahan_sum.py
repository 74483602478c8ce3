"""A sum that does not lose digits."""

from math import fsum


def kahan_sum(values):
    """Return the sum, rounded once."""
    return fsum(values)
