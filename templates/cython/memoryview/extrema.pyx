# cython: boundscheck=False, wraparound=False
"""A C tuple returns several numbers from a C function without an object.

Use `(double, double)` where a C function has two results; a caller in Python
gets an ordinary tuple. It costs a declaration, and C tuples cannot grow names:
from three values on, a struct is easier to read. No comparison with a NaN is
true: one in the first place stays, and others are passed over, where NumPy would
return NaNs for all of them.
"""


cdef (double, double) range_of(const double[:] values) noexcept:
    cdef double low = values[0], high = values[0]
    cdef Py_ssize_t i
    for i in range(1, values.shape[0]):
        if values[i] < low:
            low = values[i]
        elif values[i] > high:
            high = values[i]
    return low, high


def extrema(const double[:] values not None):
    """Return the smallest and the largest value."""
    if values.shape[0] == 0:
        raise ValueError("no values")
    return range_of(values)


def spread(const double[:] values not None):
    """Return the difference between the largest and the smallest value."""
    if values.shape[0] == 0:
        raise ValueError("no values")
    low, high = range_of(values)
    return high - low
