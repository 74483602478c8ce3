"""Sums of any part."""

from itertools import accumulate


class PrefixSums:
    """Sums of any part of a sequence, each by one subtraction."""

    def __init__(self, values):
        self.sums = [0, *accumulate(values)]

    def __len__(self):
        return len(self.sums) - 1

    def between(self, start, stop):
        """Return the sum of the values from start up to stop."""
        if not 0 <= start <= stop <= len(self):
            raise IndexError(f"no part of {len(self)} values: {start} to {stop}")
        return self.sums[stop] - self.sums[start]


def best_window(values, width):
    """Return the largest sum of `width` neighbours."""
    sums = PrefixSums(values).sums
    return max(end - start for start, end in zip(sums, sums[width:]))
