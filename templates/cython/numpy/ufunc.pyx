"""`@cython.ufunc` makes a function of numbers one of whole arrays.

Use it for formulas per item: broadcasting, `out`, `where` and all layouts come
with it, and no loop is written. A fused type gives it a loop for each type. It
costs a call of a C function per item at most, and what goes on between items,
such as sums, cannot be written so.
"""

cimport cython
from libc.math cimport atan2, exp, hypot, isnan, log1p

cimport numpy as cnp

cnp.import_array()

ctypedef fused real:
    float
    double


@cython.ufunc
cdef real softplus(real x):
    """Return log(1 + exp(x))."""
    # A comparison with a NaN makes NumPy warn.
    if isnan(x):
        return x
    # exp() of a large number would overflow; the sum is then x itself.
    if x > 0:
        return <real>(x + log1p(exp(-x)))
    return <real>log1p(exp(x))


@cython.ufunc
cdef (double, double) polar(double complex z):
    """Return the absolute value and the angle."""
    return hypot(z.real, z.imag), atan2(z.imag, z.real)
