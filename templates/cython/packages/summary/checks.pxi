# Checks of values, included by the modules of this package.

from libc.math cimport isfinite


cdef double finite(double value) except? -1:
    if not isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return value
