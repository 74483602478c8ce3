# cython: boundscheck=False, wraparound=False
"""C does floating-point arithmetic as it is written, step by step.

Use it for algorithms that care about rounding, such as this sum, which keeps
what each addition loses. It costs four operations a value instead of one.
Never compile such code with -ffast-math: the compiler would then be allowed to
see that `lost` is always zero.
"""

from libc.math cimport isnan


def kahan_sum(const double[:] values not None):
    """Return the sum, with an error that does not grow with their number."""
    cdef double total = 0, lost = 0, corrected, next_total
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        corrected = values[i] - lost
        next_total = total + corrected
        lost = (next_total - total) - corrected
        total = next_total
    if isnan(lost):
        # Infinity minus infinity: there is nothing to correct in a plain sum that leaves the numbers.
        total = 0
        for i in range(values.shape[0]):
            total += values[i]
    return total
