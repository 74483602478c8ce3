"""An `inline` C function becomes part of its callers.

Use it for a few lines that loops repeat. The compiler sees through the call,
and may then keep all in registers. It costs nothing in the source; for longer
functions it makes the module larger and no faster.
"""


cdef inline double clamp(double x, double low, double high) noexcept:
    return low if x < low else high if x > high else x


def clamp_all(list values not None, double low, double high):
    """Return the values, each moved into the range from low to high."""
    if not low <= high:
        raise ValueError("the range is empty")
    return [clamp(value, low, high) for value in values]
