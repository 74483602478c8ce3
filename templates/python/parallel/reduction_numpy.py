"""Sum of squares, with NumPy, whose library may use several threads."""

import numpy as np


def sum_of_squares(values):
    """Return the sum of squares."""
    return float(np.dot(values, values))
