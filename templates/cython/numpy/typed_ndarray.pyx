# cython: boundscheck=False, wraparound=False
"""`cimport numpy` gives NumPy's C interface; `import numpy` gives its functions.

Use a typed `ndarray` where the code needs an array as NumPy knows it: its
dtype, its flags, a C call that takes one. For indexing alone a memoryview does
the same, and needs neither NumPy's headers nor `import_array`. It costs both:
a module with this cimport is compiled for NumPy's binary interface.
"""

import numpy as np

cimport numpy as cnp

# Fetches NumPy's C functions; calling one before ends the process. Cython 3 adds this call where it is missing, with a warning.
cnp.import_array()


def total(cnp.ndarray[double, ndim=1] values not None):
    """Return the sum."""
    cdef double total = 0
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        total += values[i]
    return total


def total_of_any(values):
    """Return the sum of whatever NumPy can make a vector of floats of."""
    return total(np.ascontiguousarray(values, dtype=np.float64).ravel())


def describe(cnp.ndarray array not None):
    """Return dimensions, items and whether they lie side by side, by C calls."""
    return array.ndim, cnp.PyArray_SIZE(array), bool(cnp.PyArray_IS_C_CONTIGUOUS(array))
