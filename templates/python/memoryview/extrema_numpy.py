"""Smallest and largest, with NumPy."""

import numpy as np


def extrema(values):
    """Return the smallest and the largest value."""
    if len(values) == 0:
        raise ValueError("no values")
    return float(np.min(values)), float(np.max(values))


def spread(values):
    """Return the difference between the largest and the smallest value."""
    return float(np.ptp(values))
