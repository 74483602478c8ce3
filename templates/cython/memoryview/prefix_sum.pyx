# cython: boundscheck=False, wraparound=False
"""Output that the caller provides saves an allocation per call.

Use it for functions that run again and again on data of one size. `out` is
optional: without it, a new array is made. It costs checks, since what is given
must have the right size, and a promise by the caller: `out` may be the values
themselves, each of which is read before its place is written, but not overlap
them in another way, as `values[1:]` or `values[::-1]` do; nobody looks.
"""

import numpy as np


def prefix_sum(const double[:] values not None, double[:] out=None):
    """Return the sums of the first 1, 2, ... values, in `out` if it is given."""
    cdef Py_ssize_t count = values.shape[0]
    if out is None:
        out = np.empty(count)
    elif out.shape[0] != count:
        raise ValueError(f"out has {out.shape[0]} items, and {count} are needed")
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(count):
        total += values[i]
        out[i] = total
    # The object that the view was made of.
    return out.base
