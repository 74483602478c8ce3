"""Median and the smallest."""

from heapq import nsmallest


def median(values):
    """Return the middle value, or the mean of the two in the middle."""
    if not values:
        raise ValueError("no values")
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def smallest(values, count):
    """Return the smallest values in order, as a list."""
    return nsmallest(count, values)
