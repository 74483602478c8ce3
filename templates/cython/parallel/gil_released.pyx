# cython: boundscheck=False, wraparound=False
"""`with nogil` lets other Python threads run while C computes.

Use it in every function that computes for more than some microseconds on C
data: a pool of ordinary threads then uses all processors, and a server goes on
answering. Inside, nothing of Python may be touched. It costs taking the GIL
again, which may mean waiting for it.
"""

from libc.math cimport sqrt


cdef double total_of(const double[::1] values) noexcept nogil:
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        total += sqrt(values[i])
    return total


def sum_of_roots(const double[::1] values not None):
    """Return the sum of square roots, while other threads run."""
    cdef double total
    with nogil:
        total = total_of(values)
    return total
