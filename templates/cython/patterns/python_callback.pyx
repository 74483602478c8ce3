"""A Python function travels through C as the `void*` that callbacks get.

Use it when a C library calls back and users give a Python function. The
function in between takes the GIL, since the library may run without it, and
keeps an exception until C has returned: nothing may leave it. It costs a call
into Python for each call of the library's; there is no way around that.
"""

cdef extern from *:
    """
    /* Stands for a C library: finds a root between a and b, or stops when told. */
    typedef int (*callback_t)(double x, double *y, void *data);

    static int bisect(callback_t f, void *data, double a, double b, double *root)
    {
        double middle, y_a, y;
        if (f(a, &y_a, data))
            return 1;
        for (int i = 0; i < 100; i++) {
            middle = 0.5 * (a + b);
            if (f(middle, &y, data))
                return 1;
            if ((y < 0) == (y_a < 0))
                a = middle;
            else
                b = middle;
        }
        *root = 0.5 * (a + b);
        return 0;
    }
    """
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
    """Return where a function of Python crosses zero between a and b."""
    # A local variable: the library's pointer does not keep it alive.
    cdef Call state = Call()
    state.function = function
    cdef double found = 0
    cdef int failed
    with nogil:
        failed = bisect(&call, <void*>state, a, b, &found)
    if failed:
        raise state.error
    return found
