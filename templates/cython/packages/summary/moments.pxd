# A struct and functions on it: the cheapest thing to share between modules.

from libc.math cimport isfinite

cdef struct Moments:
    Py_ssize_t count
    double mean
    double squares

cdef void add(Moments* moments, double value) noexcept nogil
cdef Moments merged(const Moments* a, const Moments* b) noexcept nogil


# What is short stands here whole, and each module compiles it into its own loops.
cdef inline double finite(double value) except? -1:
    if not isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return value
