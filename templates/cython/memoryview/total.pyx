# cython: boundscheck=True, wraparound=True
"""Checks of indices can be switched off for a file, a function, or a few lines.

By default each index is checked and may be negative; the first line says so, and
keeps it so where a build's profile says otherwise. Use the directives below
where the code itself keeps to the bounds, in as small a place as possible. It
costs safety: an index out of bounds then reads other memory, and nothing says
so. What it gains is often little, so measure.
"""

cimport cython


def total_checked(const double[:] values not None):
    """Return the sum, with all checks."""
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        total += values[i]
    return total


@cython.boundscheck(False)
@cython.wraparound(False)
def total(const double[:] values not None):
    """Return the sum; the whole function is without checks."""
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        total += values[i]
    return total


def total_at(const double[:] values not None, const long[:] places not None):
    """Return the sum of the values at these places, which are checked."""
    cdef double total = 0
    cdef Py_ssize_t i
    cdef long place
    for i in range(places.shape[0]):
        # Known to be in bounds; the place that it holds is not.
        with cython.boundscheck(False), cython.wraparound(False):
            place = places[i]
        total += values[place]
    return total
