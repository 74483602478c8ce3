"""Logarithms."""

from math import log


def take_logarithms(values, out):
    """Put the logarithms of all values into `out`."""
    if len(values) != len(out):
        raise ValueError(f"{len(values)} and {len(out)} values do not match")
    logarithms = []
    for place, value in enumerate(values.tolist()):
        if not value > 0:
            raise ValueError(f"value {place} has no logarithm: {value}")
        logarithms.append(log(value))
    out[:] = logarithms
