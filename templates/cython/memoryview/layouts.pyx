# cython: boundscheck=False, wraparound=False
"""`[::1]` says that items lie side by side, `[:]` that there may be gaps.

Use `[::1]` where you can: steps between items are then known when compiling,
and with -O3, as in the profile `release`, the compiler can use vector
instructions. (Not for a sum of floats: that has an order.) Use `[:]` where
callers pass slices and columns. `const` accepts read-only memory as well. It
costs callers a copy where the layout is not what you ask for; the first
function below takes both, and gives the fast loop a plain pointer when it can.
"""

import numpy as np


cdef void contiguous(const double* values, double* out, Py_ssize_t count) noexcept:
    cdef Py_ssize_t i
    for i in range(count):
        out[i] = values[i] * values[i]


cdef void strided(const double[:] values, double* out) noexcept:
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        out[i] = values[i] * values[i]


def squares(const double[:] values not None):
    """Return the squares, however the values lie in memory."""
    result = np.empty(values.shape[0])
    cdef double[::1] out = result
    if values.is_c_contig():
        contiguous(&values[0], &out[0], values.shape[0])
    else:
        strided(values, &out[0])
    return result


def squares_contiguous(const double[::1] values not None):
    """Return the squares of values that lie side by side."""
    result = np.empty(values.shape[0])
    cdef double[::1] out = result
    contiguous(&values[0], &out[0], values.shape[0])
    return result
