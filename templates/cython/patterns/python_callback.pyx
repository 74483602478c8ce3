"""A Python function travels through C as the `void*` that callbacks get.

Use it when a C library calls back and users give a Python function. The
function in between takes the GIL, since the library may run without it, and
keeps an exception until C has returned: nothing may leave it. It costs a call
into Python for each call of the library's; there is no way around that.
"""

from libc.math cimport isfinite

cdef extern from *:
    """
    /* Stands for a C library: finds a root between a and b, or stops when told. */
    typedef int (*callback_t)(double x, double *y, void *data);

    enum { BISECT_FOUND, BISECT_TOLD, BISECT_NO_CHANGE };

    static int bisect(callback_t f, void *data, double a, double b, double *root)
    {
        double middle, y, y_a, y_b;
        if (f(a, &y_a, data) || f(b, &y_b, data))
            return BISECT_TOLD;
        *root = y_a == 0 ? a : b;
        if (y_a == 0 || y_b == 0)
            return BISECT_FOUND;
        if (!((y_a < 0 && y_b > 0) || (y_a > 0 && y_b < 0)))
            return BISECT_NO_CHANGE;
        for (;;) {
            /* Not half of the sum, nor a and half of the difference: both could be infinite. */
            middle = 0.5 * a + 0.5 * b;
            *root = middle;
            if (middle == a || middle == b)
                return BISECT_FOUND;
            if (f(middle, &y, data))
                return BISECT_TOLD;
            if (y == 0)
                return BISECT_FOUND;
            if (y != y)
                return BISECT_NO_CHANGE;
            if ((y < 0) == (y_a < 0))
                a = middle;
            else
                b = middle;
        }
    }
    """
    int BISECT_TOLD
    int BISECT_NO_CHANGE

    ctypedef int (*callback_t)(double x, double* y, void* data) noexcept nogil
    int bisect(callback_t f, void* data, double a, double b, double* root) noexcept nogil


cdef class Call:
    """What a callback needs to know, and what went wrong in it."""

    cdef object function
    cdef object error


cdef int call(double x, double* y, void* data) noexcept with gil:
    cdef Call state = <Call>data
    try:
        y[0] = state.function(x)
    except BaseException as error:
        state.error = error
        return 1
    return 0


def root(function, double a, double b):
    """Return where a function of Python is zero between a and b, or jumps over it."""
    if not (isfinite(a) and isfinite(b)):
        raise ValueError("both ends are finite numbers")
    # A local variable: the library's pointer does not keep it alive.
    cdef Call state = Call()
    state.function = function
    cdef double found = 0
    cdef int result
    with nogil:
        result = bisect(&call, <void*>state, a, b, &found)
    if result == BISECT_TOLD:
        raise state.error
    if result == BISECT_NO_CHANGE:
        raise ValueError(f"no change of sign is found between {a} and {b}")
    return found
