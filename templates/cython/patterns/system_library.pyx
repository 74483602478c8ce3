# distutils: libraries = m
"""A library of the system is a header, declarations and a name to link.

Use this form for any C library: `# distutils: libraries` names what the linker
needs, without `lib`, and the header's folder goes into `include_dirs` where
the compiler does not look by itself. It costs users the library: its development
package to compile, the library itself to load.
"""

from libc cimport errno

cdef extern from "math.h" nogil:
    double tgamma(double x)
    double erf(double x)


def gamma(double x):
    """Return the gamma function, with the library's errors as exceptions."""
    # `errno = 0` alone would be a new local variable.
    errno.errno = 0
    cdef double value = tgamma(x)
    if errno.errno == errno.EDOM:
        raise ValueError(f"gamma is not defined at {x}")
    if errno.errno == errno.ERANGE:
        raise OverflowError(f"gamma({x}) is too large")
    return value


def normal(values):
    """Return the normal distribution at each value."""
    cdef double value
    return [0.5 + 0.5 * erf(value * 0.7071067811865476) for value in values]
