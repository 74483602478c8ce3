"""Intervals of numbers."""

from itertools import pairwise


def intersect(a, b):
    """Return what two pairs of low and high have in common, or None."""
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return None if low > high else (low, high)


def total_overlap(intervals):
    """Return the summed lengths of what neighbours have in common."""
    total = 0.0
    for (a_low, a_high), (b_low, b_high) in pairwise(intervals):
        low = a_low if a_low > b_low else b_low
        high = a_high if a_high < b_high else b_high
        if high > low:
            total += high - low
    return total
