# cython: boundscheck=False, wraparound=False, cdivision=True
"""Complex numbers are a C type, and each item may take as long as it needs.

Use it for iterations that end at different times: a loop stops where an array
operation would go on for all. `double complex` has Python's operators. It costs
what C's rules allow: the square of the absolute value is written out, since a
root would be taken otherwise.
"""

import numpy as np


cdef int steps_of(double complex c, int limit) noexcept:
    cdef double complex z = 0
    cdef int step
    for step in range(limit):
        if z.real * z.real + z.imag * z.imag > 4:
            return step
        z = z * z + c
    return limit


def escape(const double complex[:] points not None, int limit):
    """Return after how many steps of z*z + c each point leaves the circle."""
    steps = np.empty(points.shape[0], dtype=np.intc)
    cdef int[::1] view = steps
    cdef Py_ssize_t i
    for i in range(points.shape[0]):
        view[i] = steps_of(points[i], limit)
    return steps
