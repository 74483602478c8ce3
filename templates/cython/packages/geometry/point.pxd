# The fields and C methods of Point, for modules that cimport it.

cdef class Point:
    cdef readonly double x
    cdef readonly double y

    cdef double distance(self, Point other) except? -1
