# cython: freethreading_compatible=True
"""A module can say that it needs no GIL, and must then guard its own state.

Use the directive when all state that threads share is behind a lock: without
it, importing the module switches the GIL back on in a free-threaded Python. A
`cython.critical_section` locks one object, and costs nothing where there is a
GIL. It costs thinking: fields that are read and then written are the places
where counts get lost.
"""

cimport cython


cdef class Tally:
    """Counts that any number of threads add to."""

    cdef dict counts
    cdef readonly long long total

    def __cinit__(self):
        self.counts = {}

    def add(self, key, long long amount=1):
        """Add to the count of a key."""
        with cython.critical_section(self):
            self.counts[key] = self.counts.get(key, 0) + amount
            self.total += amount

    def add_all(self, keys):
        """Count each key once."""
        for key in keys:
            self.add(key)
        return self

    def snapshot(self):
        """Return a copy of the counts that belong together."""
        with cython.critical_section(self):
            return dict(self.counts)
