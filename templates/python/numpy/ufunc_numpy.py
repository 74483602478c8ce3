"""A formula for each item, with NumPy."""

import numpy as np


def softplus(values):
    """Return log(1 + exp(x)) for each x."""
    return np.logaddexp(values, 0)
