"""A `cdef class` owns C memory: `__cinit__` gets it, `__dealloc__` gives it back.

Use it for memory that lives as long as an object. `__cinit__` runs exactly
once, before any `__init__`, and `__dealloc__` exactly once at the end, also
when `__cinit__` raised; so the pointer must say whether there is something to
free. It costs discipline: in `__dealloc__` the object is half gone, so no method
of it may be called and no Python object among its fields be relied on. And
sums of C integers wrap around unless `overflowcheck` asks, as in `total`.
"""

cimport cython
from libc.stdlib cimport free, realloc


cdef class IntVector:
    """A growing list of C integers."""

    cdef long* items
    cdef Py_ssize_t count
    cdef Py_ssize_t room

    def __cinit__(self, values=()):
        # All fields are zero and NULL when this begins.
        for value in values:
            self.append(value)

    def __dealloc__(self):
        # free() of NULL does nothing.
        free(self.items)

    def __len__(self):
        return self.count

    def __getitem__(self, Py_ssize_t at):
        if at < 0:
            at += self.count
        if not 0 <= at < self.count:
            raise IndexError("no item at this place")
        return self.items[at]

    cpdef append(self, long value):
        """Add a value at the end."""
        cdef Py_ssize_t room
        cdef long* items
        if self.count == self.room:
            room = 2 * self.room + 4
            items = <long*>realloc(self.items, room * sizeof(long))
            # The old memory is still there when there is no new one.
            if items is NULL:
                raise MemoryError
            self.items = items
            self.room = room
        self.items[self.count] = value
        self.count += 1

    @cython.overflowcheck(True)
    def total(self):
        """Return the sum of all items; one that does not fit raises OverflowError."""
        cdef long total = 0
        cdef Py_ssize_t i
        for i in range(self.count):
            total += self.items[i]
        return total
