# cython: nonecheck=True
"""A class whose fields other modules read as C.

Its declaration stands in point.pxd and is not repeated here: only the methods
are. `cimport` of the class makes `point.x` in another module a read of memory.
The first line lets None raise an error: any typed variable can hold it, and
what stands where its fields would be is other memory.
"""

from libc.math cimport hypot


cdef class Point:
    """A point in the plane."""

    def __init__(self, double x, double y):
        self.x = x
        self.y = y

    cdef double distance(self, Point other) except? -1:
        return hypot(self.x - other.x, self.y - other.y)

    def __repr__(self):
        return f"Point({self.x}, {self.y})"
