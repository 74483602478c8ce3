# cython: boundscheck=False, wraparound=False
"""Convolution, with windows that come as C functions from the other module."""

import numpy as np

from . cimport window


def convolve(const double[::1] signal not None, const double[::1] weights not None):
    """Return the weighted sums at all places where the weights fit."""
    cdef Py_ssize_t count = signal.shape[0] - weights.shape[0] + 1
    if weights.shape[0] < 1 or count < 1:
        raise ValueError(f"{weights.shape[0]} weights do not fit {signal.shape[0]} values")
    result = np.empty(count)
    cdef double[::1] view = result
    cdef double total
    cdef Py_ssize_t i, j, last = weights.shape[0] - 1
    for i in range(count):
        total = 0
        for j in range(last + 1):
            total += signal[i + j] * weights[last - j]
        view[i] = total
    return result


def smooth(const double[::1] signal not None, Py_ssize_t width):
    """Return the signal smoothed by a Hann window."""
    if width < 1:
        raise ValueError("a window has at least one weight")
    weights = np.empty(width)
    # A call from module to module, in C.
    window.fill(weights, window.hann_weight)
    return convolve(signal, weights)
