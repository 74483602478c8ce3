"""Counting bits."""


def popcount(bits):
    """Return how many bits are set."""
    return bits.bit_count()


def nearest(wanted, candidates):
    """Return the first candidate that differs from `wanted` in the fewest bits."""
    if not candidates:
        raise ValueError("there are no candidates")
    return min(candidates, key=lambda candidate: (candidate ^ wanted).bit_count())
