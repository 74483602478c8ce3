"""Histogram."""

from math import isfinite


def histogram(values, bins, low, high):
    """Return how many values lie in each of `bins` equal parts of low to high."""
    if bins < 1 or not low < high:
        raise ValueError("there is no bin")
    per_bin = bins / (high - low)
    if not isfinite(high - low) or not isfinite(per_bin):
        raise ValueError("the range or its parts are no finite numbers")
    counts = [0] * bins
    last = bins - 1
    for value in values.tolist():
        if low <= value <= high:
            counts[min(int((value - low) * per_bin), last)] += 1
    return counts
