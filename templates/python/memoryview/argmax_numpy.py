"""Place of the largest value, with NumPy."""

import numpy as np


def argmax(values):
    """Return the place of the first largest value."""
    return int(np.argmax(values))
