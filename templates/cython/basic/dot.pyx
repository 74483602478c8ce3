"""Typed loop variables unpack any iterable straight into C numbers.

Use it for functions that take whatever holds numbers: lists, tuples, iterators.
The arithmetic is C; getting each item out of its object is not, and that is
what remains of the time. It costs that: for arrays, a memoryview has no items
to unpack.
"""


def dot(a, b):
    """Return the sum of the products of items at the same place."""
    cdef double total = 0
    cdef double x, y
    for x, y in zip(a, b, strict=True):
        total += x * y
    return total
