"""Running mean of an array, with NumPy."""

import numpy as np


def running_mean(values, window):
    """Return the mean of each `window` neighbours as a new array."""
    if window < 1 or window > len(values):
        raise ValueError("the window must be between 1 and the number of values")
    sums = np.concatenate(([0.0], np.cumsum(values)))
    return (sums[window:] - sums[:-window]) / window
