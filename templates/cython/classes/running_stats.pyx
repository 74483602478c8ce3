"""Properties compute on demand from fields that only C code touches.

Use it for objects that are fed often and asked rarely. The update is
Welford's, which stays exact where a sum of squares would lose all digits. It
costs a class whose fields are fixed: there is no `__dict__`, so no attribute
can be added later.
"""

from libc.math cimport NAN, sqrt


cdef class RunningStats:
    """Mean and deviation of what was seen, without keeping it."""

    cdef readonly Py_ssize_t count
    cdef readonly double mean
    cdef double squares

    cdef void add(self, double value) noexcept:
        cdef double difference = value - self.mean
        self.count += 1
        self.mean += difference / self.count
        self.squares += difference * (value - self.mean)

    def update(self, values):
        """Take in all values, and return self."""
        cdef double value
        for value in values:
            self.add(value)
        return self

    @property
    def deviation(self):
        """The standard deviation of the sample; NaN for less than two values."""
        return sqrt(self.squares / (self.count - 1)) if self.count > 1 else NAN
