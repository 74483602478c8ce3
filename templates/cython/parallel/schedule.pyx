# cython: boundscheck=False, wraparound=False, cdivision=True
"""A schedule says which thread gets which rounds.

Use `dynamic` when rounds take different times, as here, where some numbers need
hundreds of steps: threads fetch the next rounds when they are done. `static`,
the usual one, deals out equal shares and costs nothing to coordinate. `dynamic`
costs a moment per chunk, so give it chunks.
"""

import numpy as np

from cython.parallel cimport prange


cdef int collatz(long long number) noexcept nogil:
    cdef int steps = 0
    while number != 1:
        number = 3 * number + 1 if number & 1 else number >> 1
        steps += 1
    return steps


def steps(Py_ssize_t count):
    """Return the steps that each number from 1 on takes to become 1."""
    result = np.empty(max(count, 0), dtype=np.intc)
    cdef int[::1] view = result
    cdef Py_ssize_t i
    for i in prange(count, nogil=True, schedule="dynamic", chunksize=256):
        view[i] = collatz(i + 1)
    return result
