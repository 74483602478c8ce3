"""Counting pairs."""

from collections import Counter
from itertools import pairwise


def count_pairs(data):
    """Return how often each byte follows another, as a dict by pairs."""
    return Counter(pairwise(data))
