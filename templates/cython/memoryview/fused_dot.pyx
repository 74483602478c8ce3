# cython: boundscheck=False, wraparound=False
"""Shapes are checked once, before a loop that no longer checks anything.

Use it for every function of two arrays: with checks off, the shorter one would
be read beyond its end. Both arguments share one fused type, so float32 is not
mixed with float64. It costs a line, and is the line that makes the directives
above it right.
"""

ctypedef fused real:
    float
    double


def dot(const real[:] a not None, const real[:] b not None):
    """Return the sum of the products of items at the same place."""
    if a.shape[0] != b.shape[0]:
        raise ValueError(f"{a.shape[0]} and {b.shape[0]} values do not match")
    # Sums of many float32 need more digits than these have.
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(a.shape[0]):
        total += <double>a[i] * b[i]
    return total
