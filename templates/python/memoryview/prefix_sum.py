"""Sums of the beginnings."""

from itertools import accumulate


def prefix_sum(values):
    """Return the sums of the first 1, 2, ... values as a list."""
    return list(accumulate(values.tolist()))
