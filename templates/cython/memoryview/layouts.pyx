# cython: boundscheck=False, wraparound=False
"""`[::1]` says that items lie side by side, `[:]` that there may be gaps.

Use `[::1]` where you can: steps between items are then known when compiling,
and the compiler can use vector instructions. Use `[:]` where callers pass
slices and columns. `const` accepts read-only memory as well. It costs callers
a copy where the layout is not what you ask for; the first function below takes
both, and gives the fast loop a plain pointer when it can.
"""


cdef double contiguous(const double* values, Py_ssize_t count) noexcept:
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(count):
        total += values[i] * values[i]
    return total


cdef double strided(const double[:] values) noexcept:
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        total += values[i] * values[i]
    return total


def sum_of_squares(const double[:] values not None):
    """Return the sum of squares, however the values lie in memory."""
    if values.is_c_contig():
        return contiguous(&values[0], values.shape[0])
    return strided(values)


def sum_of_squares_contiguous(const double[::1] values not None):
    """Return the sum of squares of values that lie side by side."""
    return contiguous(&values[0], values.shape[0])
