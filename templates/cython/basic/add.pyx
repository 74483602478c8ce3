"""A `cpdef` function has two entrances: a C call inside Cython, a Python call outside.

Use it for a small function that both sides need. Inside the module no number
is boxed and nothing is looked up by name. It costs a second function in the
module, and from Python it is called no faster than a `def` function.
"""


cpdef double add(double a, double b) noexcept:
    """Return a + b."""
    return a + b


def add_all(values):
    """Return the sum of `values`, by one C call for each."""
    cdef double total = 0
    cdef double value
    for value in values:
        total = add(total, value)
    return total
