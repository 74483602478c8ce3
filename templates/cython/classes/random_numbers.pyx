"""`__next__` makes an iterator whose state is C.

Use it for generators of numbers and for walks over C structures. The state is
a field, and no frame is kept alive as for a generator function. It costs two
methods where `yield` would be one line. This generator is good for tests that
must repeat, and not for secrets.
"""

from libc.stdint cimport uint32_t, uint64_t


cdef class Random:
    """Endless 32-bit numbers, the same for the same seed."""

    cdef uint64_t state

    def __cinit__(self, uint64_t seed=0):
        self.state = seed

    cdef uint32_t step(self) noexcept:
        # Without a suffix, numbers of more than 32 bits are Python objects. The multiplier is Knuth's.
        self.state = self.state * 6364136223846793005ULL + 1442695040888963407ULL
        return <uint32_t>(self.state >> 32)

    def __iter__(self):
        return self

    def __next__(self):
        return self.step()

    def below(self, uint32_t limit, Py_ssize_t count):
        """Return a list of so many numbers from 0 up to the limit."""
        if limit == 0:
            raise ValueError("there is no number below 0")
        # The upper half of the product, which needs no division.
        return [(<uint64_t>self.step() * limit) >> 32 for _ in range(count)]
