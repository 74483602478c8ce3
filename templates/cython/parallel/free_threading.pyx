# cython: freethreading_compatible=True
"""A module can say that it needs no GIL, and must then guard its own state.

Use the directive when all state that threads share is behind a lock: without
it, importing the module switches the GIL back on in a free-threaded Python. A
`cython.pymutex` is such a lock, and a field like any other. The GIL is none,
and neither is `cython.critical_section`: both let other threads in while the
`__hash__` or `__eq__` of a key runs in Python. It costs a lock per call, and
care: what runs under a lock must not ask for it again, or waits for ever.
"""

cimport cython


cdef class Tally:
    """Counts that any number of threads add to; their keys must not use the tally themselves."""

    cdef cython.pymutex lock
    cdef dict counts

    def __cinit__(self):
        self.counts = {}

    def add(self, key, long long amount=1):
        """Add to the count of a key."""
        with self.lock:
            # What is read and then written is where counts get lost.
            self.counts[key] = self.counts.get(key, 0) + amount

    def add_all(self, keys):
        """Count each key once."""
        for key in keys:
            self.add(key)
        return self

    @property
    def total(self):
        """The sum of all counts."""
        with self.lock:
            return sum(self.counts.values())

    def snapshot(self):
        """Return a copy of the counts that belong together."""
        with self.lock:
            return dict(self.counts)
