# distutils: language = c++
# cython: overflowcheck=True
"""A vector as a field keeps an answer ready, and frees itself.

Use C++ objects as fields of a `cdef class` when they have a constructor without
arguments: they are made and destroyed with the object, and no `__dealloc__` is
written. It costs nothing; what needs arguments to be made, hold by a smart
pointer. C integers end at 64 bits: with `overflowcheck`, a sum beyond raises
OverflowError, for a moment per addition; without it, it would be another number.
"""

from libcpp.vector cimport vector


cdef class PrefixSums:
    """Sums of any part of a sequence, each by one subtraction."""

    cdef vector[long long] sums

    def __cinit__(self, values):
        cdef long long total = 0
        cdef long long value
        self.sums.push_back(0)
        for value in values:
            total += value
            self.sums.push_back(total)

    def __len__(self):
        return self.sums.size() - 1

    cpdef long long between(self, Py_ssize_t start, Py_ssize_t stop) except? -1:
        """Return the sum of the values from start up to stop."""
        # Not len(self), which a subclass may define anew.
        cdef Py_ssize_t count = <Py_ssize_t>self.sums.size() - 1
        if not 0 <= start <= stop <= count:
            raise IndexError(f"no part of {count} values: {start} to {stop}")
        return self.sums[stop] - self.sums[start]


def best_window(values, Py_ssize_t width):
    """Return the largest sum of `width` neighbours."""
    cdef PrefixSums sums = PrefixSums(values)
    cdef Py_ssize_t start
    cdef long long best = sums.between(0, width)
    for start in range(1, <Py_ssize_t>sums.sums.size() - width):
        best = max(best, sums.between(start, start + width))
    return best
