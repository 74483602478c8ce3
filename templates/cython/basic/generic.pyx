"""A fused type is one source for several C types.

Use it for an algorithm that is the same for whole numbers and for floating
ones: Cython compiles the function once for each and chooses by the argument.
It costs a compilation per type, and choosing takes time at each call from
Python; `largest[double]` names one and chooses nothing.
"""

ctypedef fused number:
    long long
    double


cdef number larger(number a, number b) noexcept:
    return b if a < b else a


def add(number a, number b):
    """Return a + b: whole if both are, a float otherwise."""
    return a + b


def largest(number first, others):
    """Return the largest of all, in the type of the first."""
    cdef number other
    for other in others:
        first = larger(first, other)
    return first
