"""Logarithms."""

from math import log


def take_logarithms(values, out):
    """Put the logarithms of all values into `out`."""
    if len(values) != len(out):
        raise ValueError(f"{len(values)} and {len(out)} values do not match")
    out[:] = [log(value) for value in values.tolist()]
