"""Running mean of a sequence."""

from itertools import accumulate


def running_mean(values, window):
    """Return the mean of each `window` neighbours as a list."""
    if window < 1 or window > len(values):
        raise ValueError("the window must be between 1 and the number of values")
    sums = [0.0, *accumulate(values.tolist())]
    return [(end - start) / window for start, end in zip(sums, sums[window:])]
