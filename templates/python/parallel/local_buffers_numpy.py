"""Counting bytes, with NumPy."""

import numpy as np


def byte_histogram(data):
    """Return how often each byte occurs."""
    return np.bincount(np.frombuffer(data, dtype=np.uint8), minlength=256)
