"""Sum of values times weights, with NumPy."""

import numpy as np


def weighted_sum(values, weights):
    """Return the sum of values times weights."""
    return float(np.dot(values, weights))
