# distutils: libraries = m
"""A library of the system is a header, declarations and a name to link.

Use this form for any C library: `# distutils: libraries` names what the linker
needs, without `lib`, and the header's folder goes into `include_dirs` where
the compiler does not look by itself. It costs users the library: its development
package to compile, the library itself to load. And what failed has to be read
from what the library says: here the result, since not every system's functions
set `errno`, and some set it also where a result is too small.
"""

from libc.math cimport floor, isinf

cdef extern from "math.h" nogil:
    double tgamma(double x)
    double erf(double x)


def gamma(double x):
    """Return the gamma function, with the library's errors as exceptions."""
    cdef double value = tgamma(x)
    if x <= 0 and x == floor(x):
        raise ValueError(f"gamma is not defined at {x}")
    if isinf(value) and not isinf(x):
        raise OverflowError(f"gamma({x}) is too large")
    return value


def normal(values):
    """Return the normal distribution at each value."""
    cdef double value
    return [0.5 + 0.5 * erf(value * 0.7071067811865476) for value in values]
