# cython: cdivision=False
"""A C function says by its result that an exception is set.

Use `except? VALUE` when a function returns a C number and can fail: callers ask
for an exception only when they get that value. It costs one comparison a call,
so choose a rare value. `except *` asks after every call; it is for functions
that have no number to return. Cython 3 takes `except? -1` by itself for a C
function that returns a number, `except *` for one that returns nothing and for
methods; `noexcept` prints the error and goes on. The first line keeps Python's
division, which rounds down, also where a build's profile asks for C's.
"""


cdef long average(long total, long count) except? -1:
    if count == 0:
        raise ZeroDivisionError("nothing to take the average of")
    return total // count


cdef void require(long count) except *:
    if count <= 0:
        raise ValueError("shares are for at least one")


def averages(pairs):
    """Return the whole averages of pairs of a total and a count."""
    cdef long total, count
    cdef list result = []
    for total, count in pairs:
        result.append(average(total, count))
    return result


def shares(totals, long count):
    """Return what one of `count` gets of each total, in whole numbers."""
    # Once before the loop, where asking for an exception costs nothing that matters.
    require(count)
    cdef long total
    return [total // count for total in totals]
