"""Generators and closures work as in Python, with typed state.

Use them to hand out items one by one: variables that are typed stay C numbers
between two items. It costs an object that holds them, and arguments of C types
only: a view or a pointer to something shorter-lived must not be kept. For the
innermost loop, a `cdef` function that fills memory is faster.
"""


def windows(list values not None, Py_ssize_t width):
    """Yield the sum of each `width` neighbours."""
    if width < 1:
        raise ValueError("a window has at least one value")
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(len(values)):
        total += values[i]
        if i >= width:
            total -= values[i - width]
        if i >= width - 1:
            yield total


def counter_from(long start):
    """Return a function that counts on at each call."""
    cdef long number = start - 1

    def following():
        nonlocal number
        number += 1
        return number

    return following
