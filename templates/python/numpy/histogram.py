"""Histogram."""


def histogram(values, bins, low, high):
    """Return how many values lie in each of `bins` equal parts of low to high."""
    if bins < 1 or not low < high:
        raise ValueError("there is no bin")
    counts = [0] * bins
    per_bin = bins / (high - low)
    last = bins - 1
    for value in values.tolist():
        if low <= value <= high:
            counts[min(int((value - low) * per_bin), last)] += 1
    return counts
