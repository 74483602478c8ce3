# A struct and functions on it: the cheapest thing to share between modules.

cdef struct Moments:
    Py_ssize_t count
    double mean
    double squares

cdef void add(Moments* moments, double value) noexcept nogil
cdef Moments merged(const Moments* a, const Moments* b) noexcept nogil
