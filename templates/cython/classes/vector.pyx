"""Arithmetic on small objects: operators, `@cython.final` and `@cython.freelist`.

Use it for values that are made and dropped all the time. A free list keeps
memory of dropped ones for the next, and a final class lets methods be called
directly. It costs subclasses, which a final class cannot have. An operator gets
`other` untyped, and says NotImplemented for what it does not know, so that the
other side is asked; a typed argument would raise TypeError instead.
"""

cimport cython


@cython.final
@cython.freelist(64)
cdef class Vector:
    """A point in the plane, whose coordinates Python can only read."""

    cdef readonly double x
    cdef readonly double y

    def __init__(self, double x, double y):
        # Who calls this again changes the point, and its hash; `__cinit__` would run once, but in made(), too.
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return made(self.x + (<Vector>other).x, self.y + (<Vector>other).y)

    def __mul__(self, other):
        if not isinstance(other, (int, float)):
            return NotImplemented
        cdef double factor = other
        return made(self.x * factor, self.y * factor)

    def __eq__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return self.x == (<Vector>other).x and self.y == (<Vector>other).y

    def __hash__(self):
        return hash((self.x, self.y))

    def __repr__(self):
        return f"Vector({self.x}, {self.y})"

    def __reduce__(self):
        return Vector, (self.x, self.y)


cdef Vector made(double x, double y):
    # Without the arguments that __init__ would unpack.
    cdef Vector vector = Vector.__new__(Vector)
    vector.x = x
    vector.y = y
    return vector


def walk(Vector step not None, int count):
    """Return where so many steps lead, with an object for each."""
    cdef Vector place = made(0, 0)
    for _ in range(count):
        place = place + step
    return place
