# cython: boundscheck=False, wraparound=False, cdivision=True
"""Windows: weights that fall off to both sides, as C functions that others cimport."""

import numpy as np

from libc.math cimport cos, fabs, pi


cdef double hann_weight(double position) noexcept nogil:
    return 0.5 + 0.5 * cos(pi * position)


cdef double triangle_weight(double position) noexcept nogil:
    return 1 - fabs(position)


cdef void fill(double[::1] weights, weight_t weight) noexcept nogil:
    """Weigh positions between -1 and 1, and let the sum be 1."""
    cdef double total = 0
    cdef Py_ssize_t i, count = weights.shape[0]
    for i in range(count):
        weights[i] = weight((2.0 * (i + 1)) / (count + 1) - 1)
        total += weights[i]
    for i in range(count):
        weights[i] /= total


def hann(Py_ssize_t count):
    """Return the weights of a Hann window."""
    weights = np.empty(count)
    fill(weights, hann_weight)
    return weights


def triangle(Py_ssize_t count):
    """Return the weights of a triangle."""
    weights = np.empty(count)
    fill(weights, triangle_weight)
    return weights
