# cython: boundscheck=True
"""Generators and closures work as in Python, with typed state.

Use them to hand out items one by one: variables that are typed stay C numbers
between two items. It costs an object that holds them. Objects and views in it
stay alive, what a raw pointer points to does not. Between two items others can
change a list, so the first line keeps checks of indices, whatever a build's
profile says. For the innermost loop, a `cdef` function that fills memory is
faster.
"""


def windows(list values not None, Py_ssize_t width):
    """Yield the sum of each `width` neighbours.

    Values come and go, so what is lost beside a much larger one stays lost, and
    after an infinite one all is NaN.
    """
    if width < 1:
        raise ValueError("a window has at least one value")
    cdef double total = 0, value
    cdef Py_ssize_t i
    for i, value in enumerate(values):
        total += value
        if i >= width:
            total -= values[i - width]
        if i >= width - 1:
            yield total


def counter_from(long start):
    """Return a function that counts on at each call."""
    cdef long number = start - 1

    def following():
        """Return the next number."""
        nonlocal number
        number += 1
        return number

    return following
