# cython: boundscheck=False, wraparound=False
"""A loop that makes no decision by branches is one that compilers can vectorise.

Use conditional expressions on contiguous memory where values are replaced: with
-O3, as in the profile `release`, they become instructions that work on several
items at once. It costs a write per item, also where nothing changes. NaNs stay,
since no comparison with them is true.
"""


def clip(double[::1] values not None, double low, double high):
    """Move each value into the range from low to high, in place."""
    if not low <= high:
        raise ValueError("the range is empty")
    cdef double value
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        value = values[i]
        value = low if value < low else value
        values[i] = high if value > high else value
