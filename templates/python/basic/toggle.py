"""Flags."""

from itertools import pairwise


def toggle(state):
    """Return the opposite of `state`."""
    return not state


def count_changes(values):
    """Return how often the truth of `values` changes from one to the next."""
    return sum(a != b for a, b in pairwise(map(bool, values)))
