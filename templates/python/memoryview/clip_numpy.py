"""Values kept in a range, in place, with NumPy."""

import numpy as np


def clip(values, low, high):
    """Move each value into the range from low to high, in place."""
    if not low <= high:
        raise ValueError("the range is empty")
    np.clip(values, low, high, out=values)
