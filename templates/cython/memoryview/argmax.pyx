# cython: boundscheck=False, wraparound=False
"""An index into memory is a `Py_ssize_t`.

Use it for every index and length, never `int`: arrays can have more items than
32 bits count, and the conversion would cost time in each round. It costs
nothing. A generic item type makes one source serve floats and integers. No
comparison with a NaN is true: one in the first place stays the largest, and
others are passed over, where NumPy would return the place of the first.
"""

ctypedef fused real:
    float
    double
    long long


def argmax(const real[:] values not None):
    """Return the place of the first largest value."""
    if values.shape[0] == 0:
        raise ValueError("no values")
    cdef Py_ssize_t i, best = 0
    for i in range(1, values.shape[0]):
        if values[i] > values[best]:
            best = i
    return best
