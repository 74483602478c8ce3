# cython: boundscheck=False, wraparound=False
"""Functions of C's mathematical library are called without Python in between.

Use `libc.math` in place of `math` inside loops: the arguments are C numbers
already. It costs Python's errors: the root of a negative number is a NaN, and
no exception tells of it.
"""

from libc.math cimport INFINITY, fabs, sqrt


def norm(const double[:] values not None):
    """Return the square root of the sum of squares, safe from overflow."""
    cdef double largest = 0, total = 0, scaled
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        # A NaN is larger than nothing, and comes back below.
        largest = max(largest, fabs(values[i]))
    cdef double scale = largest if 0 < largest < INFINITY else 1
    for i in range(values.shape[0]):
        scaled = values[i] / scale
        total += scaled * scaled
    return scale * sqrt(total)
