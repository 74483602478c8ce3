# Declarations that other modules can cimport. Cython reads this file by itself
# when it compiles distance.pyx, because it has the same name.

cdef struct Point:
    double x
    double y

cdef double distance(Point a, Point b) noexcept nogil
