"""Sum of square roots."""

from math import sqrt


def sum_of_roots(values):
    """Return the sum of square roots."""
    return sum(map(sqrt, values.tolist()))
