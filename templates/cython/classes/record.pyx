# cython: nonecheck=True
"""`@dataclass` writes `__init__`, `__repr__` and `__eq__` of a `cdef class`.

Use it for records: fields have C types, and the methods come from their list.
It takes the options of the standard library's decorator, such as `order` and
`frozen`. It costs fields that Python code can write: they are public, and only
their types are checked.
"""

cimport cython
from cython.dataclasses cimport dataclass, field


@dataclass(order=True)
cdef class Reading:
    """A temperature at a place, on a day."""

    day: cython.int
    celsius: cython.double
    place: str = "here"
    note: str = field(default="", compare=False)

    cpdef double fahrenheit(self) noexcept:
        """Return the temperature as others say it."""
        return 1.8 * self.celsius + 32


def warmest(readings):
    """Return the warmest of several readings."""
    cdef Reading reading, best = None
    for reading in readings:
        if best is None or reading.celsius > best.celsius:
            best = reading
    if best is None:
        raise ValueError("there are no readings")
    return best
