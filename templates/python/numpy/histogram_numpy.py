"""Histogram, with NumPy."""

import numpy as np


def histogram(values, bins, low, high):
    """Return how many values lie in each of `bins` equal parts of low to high."""
    return np.histogram(values, bins, (low, high))[0]
