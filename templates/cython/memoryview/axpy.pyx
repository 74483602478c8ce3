# cython: boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""A file's first comment sets directives for all of it.

Use it for modules that are kernels from beginning to end. Here no index is
checked, division by zero follows C, and nobody asks whether a view was ever
assigned. It costs the safety of the whole file, so keep such files short, and
check what comes in at their doors.
"""


def axpy(double a, const double[::1] x not None, double[::1] y not None):
    """Add a times x to y, in place."""
    if x.shape[0] != y.shape[0]:
        raise ValueError(f"{x.shape[0]} and {y.shape[0]} values do not match")
    cdef Py_ssize_t i
    for i in range(x.shape[0]):
        y[i] += a * x[i]
