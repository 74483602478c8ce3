"""`include` pastes a file, as if its text stood here.

Use it for text that several modules compile each for themselves, where a `.pxd`
cannot help: `def` functions, or code made by a generator. What is included sees
and sets the names of the module. It costs clarity and compile time; for C
functions and types that are shared, `cimport` from a `.pxd` is better.
"""

include "checks.pxi"


def mean(values):
    """Return the mean of values that are not negative."""
    cdef double total = 0, value
    cdef list kept = checked(values)
    if not kept:
        raise ValueError("no values")
    for value in kept:
        total += value
    return total / len(kept)
