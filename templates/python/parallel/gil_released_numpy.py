"""Sum of square roots, with NumPy."""

import numpy as np


def sum_of_roots(values):
    """Return the sum of square roots."""
    return float(np.sqrt(values).sum())
