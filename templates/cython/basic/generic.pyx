"""A fused type is one source for several C types.

Use it for an algorithm that is the same for whole numbers and for floating
ones: Cython compiles the function once for each and chooses by the argument.
Arguments that share a fused type follow the first of them, and 0.5 beside 2
would become 0; so let each have its own, or ask, as `largest` does: `number is
double` is known when Cython compiles. It costs a compilation per type, and
choosing takes time at each call from Python; `largest["double"]` names one and
chooses nothing.
"""

from cpython.number cimport PyNumber_Index

ctypedef fused number:
    long long
    double

ctypedef fused other_number:
    long long
    double


cdef number larger(number a, number b) noexcept:
    return b if a < b else a


def add(number a, other_number b):
    """Return a + b: whole, with 64 bits, if both are, a float otherwise."""
    return a + b


def largest(number first, others):
    """Return the largest of all, in the type of the first; a whole one takes whole ones only."""
    cdef number other
    for item in others:
        if number is double:
            other = item
        else:
            # The conversion alone would cut 2.5 to 2.
            other = PyNumber_Index(item)
        first = larger(first, other)
    return first
