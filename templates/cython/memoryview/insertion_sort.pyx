# cython: boundscheck=False, wraparound=False
"""An algorithm with data-dependent steps is where Cython gains most.

Use it for loops that NumPy cannot express, because each step depends on the
one before. Insertion sort is quick on values that are nearly sorted. It costs
quadratic time on others, which is what sort() is for; and nothing passes a NaN,
which is in no order with the rest.
"""


def insertion_sort(double[::1] values not None):
    """Sort the values in place, and return how many steps that took."""
    cdef Py_ssize_t i, j
    cdef long long steps = 0
    cdef double value
    for i in range(1, values.shape[0]):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
        steps += i - j
    return steps
