"""Counting bytes."""

from collections import Counter


def byte_histogram(data):
    """Return how often each byte occurs."""
    counts = Counter(data)
    return [counts[byte] for byte in range(256)]
