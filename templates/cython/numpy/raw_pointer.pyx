"""An array's memory can be handed to C code as a pointer.

Use it to call a C function that wants a pointer and a count. Ask for the layout
that it expects first: contiguous, and of exactly its type. It costs all safety
but that: the pointer is good only while the array lives, which a local variable
takes care of here.
"""

import numpy as np

cimport numpy as cnp

cnp.import_array()

cdef extern from *:
    """
    static double weighted(const double *values, const double *weights, size_t count)
    {
        double total = 0.0;
        for (size_t i = 0; i < count; i++)
            total += values[i] * weights[i];
        return total;
    }
    """
    double weighted(const double* values, const double* weights, size_t count) nogil


def weighted_sum(values, weights):
    """Return the sum of values times weights, computed by a function in C."""
    cdef cnp.ndarray a = np.ascontiguousarray(values, dtype=np.float64)
    cdef cnp.ndarray b = np.ascontiguousarray(weights, dtype=np.float64)
    cdef size_t count = cnp.PyArray_SIZE(a)
    if cnp.PyArray_SIZE(b) != cnp.PyArray_SIZE(a):
        raise ValueError("as many weights as values are needed")
    cdef const double* first = <const double*>cnp.PyArray_DATA(a)
    cdef const double* second = <const double*>cnp.PyArray_DATA(b)
    with nogil:
        result = weighted(first, second, count)
    return result
