# cython: boundscheck=False, wraparound=False
"""`prange` shares the rounds of a loop among threads; `+=` makes a sum of theirs.

Use it for long loops whose rounds do not depend on each other. A variable that
is only added to becomes a reduction: each thread has its own, and they are
added at the end. It costs some microseconds to start the threads, and sums that
differ in their last digits with the number of threads. Without OpenMP it is an
ordinary loop. OpenMP ends the process when it cannot start as many threads as
it is asked for, so that number is checked at the door.
"""

from cython.parallel cimport prange

cdef enum:
    MOST_THREADS = 64


def sum_of_squares(const double[::1] values not None, int threads=0):
    """Return the sum of squares; 0 threads are as many as there are processors."""
    if not 0 <= threads <= MOST_THREADS:
        raise ValueError(f"there can be 0 to {MOST_THREADS} threads")
    cdef double total = 0
    cdef Py_ssize_t i
    for i in prange(values.shape[0], nogil=True, num_threads=threads):
        total += values[i] * values[i]
    return total
