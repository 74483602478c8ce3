"""Squares, with NumPy."""

import numpy as np


def squares(count):
    """Return the first squares."""
    if count < 0:
        raise ValueError("a count is not negative")
    return np.arange(count, dtype=float) ** 2
