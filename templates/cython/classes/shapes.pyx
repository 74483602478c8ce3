# cython: nonecheck=True
"""Methods that are declared with `cdef` or `cpdef` can be overridden, at C speed.

Use it for families of classes that C code goes through. A call is one through
a table, as in C++; `cpdef` methods can be overridden in Python, too, and cost a
look whether that happened. It costs single inheritance: a `cdef class` has one
base. The first line lets None, which any typed variable can hold, raise an
error rather than end the process.
"""

from libc.math cimport pi


cdef class Shape:
    """Something with an area."""

    cpdef double area(self) except? -1:
        """Return the area."""
        raise NotImplementedError(f"{type(self).__name__} has no area")


cdef class Circle(Shape):
    """A circle around nothing in particular."""

    cdef double radius

    def __init__(self, double radius):
        self.radius = radius

    cpdef double area(self) except? -1:
        """Return the area."""
        return pi * self.radius * self.radius


cdef class Rectangle(Shape):
    """A rectangle of width and height."""

    cdef double width
    cdef double height

    def __init__(self, double width, double height):
        self.width = width
        self.height = height

    cpdef double area(self) except? -1:
        """Return the area."""
        return self.width * self.height


def total_area(shapes):
    """Return the sum of all areas."""
    cdef double total = 0
    cdef Shape shape
    for shape in shapes:
        total += shape.area()
    return total
