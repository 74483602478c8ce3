# cython: boundscheck=False, wraparound=False, cdivision=True
"""A loop that scatters into an array needs no temporary arrays.

Use it where each value decides which item changes. NumPy can do this with
several passes; a loop does it in one. It costs writing the corner cases: here
the last bin includes its end, as in NumPy, and what lies outside is left out.
Values beside an edge are where rounding puts them, which NumPy corrects: of ten
bins from 0 to 1, this puts 0.3 into the fourth, and NumPy into the third. A NaN
or an infinity has no place in an index, so the range must have none.
"""

from libc.math cimport isfinite

import numpy as np


def histogram(const double[:] values not None, Py_ssize_t bins, double low, double high):
    """Return how many values lie in each of `bins` equal parts of low to high."""
    if bins < 1 or not low < high:
        raise ValueError("there is no bin")
    cdef double per_bin = bins / (high - low)
    if not isfinite(high - low) or not isfinite(per_bin):
        raise ValueError("the range or its parts are no finite numbers")
    counts = np.zeros(bins, dtype=np.int64)
    cdef long long[::1] view = counts
    cdef double value
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        value = values[i]
        # Neither is true for a NaN.
        if low <= value < high:
            # Rounding may lead to the bin behind the last.
            view[min(<Py_ssize_t>((value - low) * per_bin), bins - 1)] += 1
        elif value == high:
            view[bins - 1] += 1
    return counts
