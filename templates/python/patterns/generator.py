"""Sums one by one."""

from itertools import count


def windows(values, width):
    """Yield the sum of each `width` neighbours."""
    if width < 1:
        raise ValueError("a window has at least one value")
    total = 0.0
    for i, value in enumerate(values):
        total += value
        if i >= width:
            total -= values[i - width]
        if i >= width - 1:
            yield total


def counter_from(start):
    """Return a function that counts on at each call."""
    return count(start).__next__
