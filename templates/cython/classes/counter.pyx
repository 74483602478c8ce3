# cython: cdivision=False
"""A `cdef class` keeps its state in C fields and is still a Python class.

Use it for objects with numeric state that is read and written often. It costs
openness: attributes must be declared, and Python code sees only those that are
`public` or `readonly`. The first line keeps Python's division, which rounds
down, also where a build's profile asks for C's.
"""

cimport cython


cdef class Counter:
    """Counts up to a limit, and how often it was full."""

    cdef readonly long value
    cdef readonly long rounds
    cdef long limit

    def __cinit__(self, long limit):
        if limit < 1:
            raise ValueError("the limit must be at least 1")
        self.limit = limit

    @cython.overflowcheck(True)
    cpdef long add(self, long step=1) except? -1:
        """Count `step` further, or back where it is negative, and return the value."""
        cdef long value = self.value + step
        if not 0 <= value < self.limit:
            self.rounds += value // self.limit
            value %= self.limit
        self.value = value
        return value


def count(long limit, long steps):
    """Count single steps; inside Cython no Python call is made for them."""
    cdef Counter counter = Counter(limit)
    cdef long _
    for _ in range(steps):
        counter.add()
    return counter.rounds, counter.value
