# cython: boundscheck=False, wraparound=False
"""A typed memoryview walks an array's memory without Python objects.

Use it for loops over numeric arrays that NumPy has no function for. Switching
off boundscheck and wraparound is safe only because every index below is
computed from the length. It costs generality: the element type is fixed, and
another one raises ValueError. A sum that slides costs digits, too: what a large
value rounds away is still missing when that value is gone, and after a NaN or
an infinity all means are NaNs.
"""

import numpy as np


def running_mean(const double[::1] values not None, Py_ssize_t window):
    """Return the mean of each `window` neighbours as a new array."""
    if window < 1 or window > values.shape[0]:
        raise ValueError("the window must be between 1 and the number of values")
    cdef Py_ssize_t count = values.shape[0] - window + 1
    result = np.empty(count)
    cdef double[::1] means = result
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(window):
        total += values[i]
    means[0] = total / window
    for i in range(1, count):
        total += values[i + window - 1] - values[i - 1]
        means[i] = total / window
    return result
