# cython: cdivision=False
"""A C function says by its result that an exception is set.

Use `except? VALUE` when a function returns a C type and can fail: callers ask
for an exception only when they get that value. It costs one comparison a call.
Choose a rare value; `except *` would ask after every call, and `noexcept`
would print the error and go on. The first line keeps Python's division, which
rounds down, also where a build's profile asks for C's.
"""


cdef long average(long total, long count) except? -1:
    if count == 0:
        raise ZeroDivisionError("nothing to take the average of")
    return total // count


def averages(pairs):
    """Return the whole averages of pairs of a total and a count."""
    cdef long total, count
    cdef list result = []
    for total, count in pairs:
        result.append(average(total, count))
    return result
