"""Smallest and largest."""


def extrema(values):
    """Return the smallest and the largest value."""
    if len(values) == 0:
        raise ValueError("no values")
    values = values.tolist()
    return min(values), max(values)


def spread(values):
    """Return the difference between the largest and the smallest value."""
    low, high = extrema(values)
    return high - low
