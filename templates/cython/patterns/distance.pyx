"""A `.pxd` of the same name shares C structs and functions between modules.

Use it when several modules work on the same C data. The declarations stand in
distance.pxd and are not repeated here. It costs a file to keep in step: a
signature that differs from the declaration is a compile error.
"""

from libc.math cimport hypot


cdef double distance(Point a, Point b) noexcept nogil:
    return hypot(b.x - a.x, b.y - a.y)


def path_length(points):
    """Return the length of a path through (x, y) pairs."""
    cdef double total = 0
    cdef Point before = [0, 0], here
    first = True
    for x, y in points:
        here.x = x
        here.y = y
        if not first:
            total += distance(before, here)
        before = here
        first = False
    return total
