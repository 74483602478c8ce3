# cython: boundscheck=False, wraparound=False
"""A C function without the GIL reports an error by its result.

Use a code that the caller translates once it has the GIL again: in a hot loop,
nothing of Python is touched on the way. Here the code is the place of the value
that is wrong. It costs a second way of reporting: `except -1 nogil` and `with gil:
raise`, as in the function that compares lengths, raise at the place itself, for
a question about exceptions after each call.
"""

from libc.math cimport isnan, log


cdef Py_ssize_t logarithms(const double[::1] values, double[::1] out) noexcept nogil:
    """Fill `out`; return -1, or the place of the first value without a logarithm."""
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        if values[i] <= 0 or isnan(values[i]):
            return i
        out[i] = log(values[i])
    return -1


cdef int require_equal(Py_ssize_t a, Py_ssize_t b) except -1 nogil:
    if a != b:
        with gil:
            raise ValueError(f"{a} and {b} values do not match")
    return 0


def take_logarithms(const double[::1] values not None, double[::1] out not None):
    """Put the logarithms of all values into `out`."""
    cdef Py_ssize_t wrong
    with nogil:
        require_equal(values.shape[0], out.shape[0])
        wrong = logarithms(values, out)
    if wrong >= 0:
        raise ValueError(f"value {wrong} has no logarithm: {values[wrong]}")
