# cython: boundscheck=False, wraparound=False
"""A `parallel()` block gives each thread something of its own.

Use it when threads would write to the same places: each fills its own table,
and the tables are added at the end. What is assigned in the block is private to
a thread, and `threadid()` tells threads apart. It costs a table per thread; if
all wrote to one, counts would be lost without any error.
"""

import numpy as np

from cython.parallel cimport parallel, prange, threadid

cdef enum:
    # OpenMP ends the process when it cannot start as many threads as it is asked for.
    MOST_THREADS = 64


def byte_histogram(const unsigned char[::1] data not None, int threads=2):
    """Return how often each byte occurs."""
    if not 1 <= threads <= MOST_THREADS:
        raise ValueError(f"there can be 1 to {MOST_THREADS} threads")
    tables = np.zeros((threads, 256), dtype=np.int64)
    cdef long long[:, ::1] view = tables
    cdef long long* own = NULL
    cdef Py_ssize_t i
    with nogil, parallel(num_threads=threads):
        own = &view[threadid(), 0]
        for i in prange(data.shape[0]):
            own[data[i]] += 1
    return tables.sum(axis=0)
