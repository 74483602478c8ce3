# cython: boundscheck=False, wraparound=False
"""The order of loops decides how memory is read.

Use it to see what a cache does: the innermost loop below walks along rows,
item by item. With `j` outside of `k` it would jump down a column, and large
matrices would take several times as long. It costs a result that is set to
zero first. For real work, NumPy's product calls a library that knows much more.
"""

import numpy as np


def matmul(const double[:, ::1] a not None, const double[:, ::1] b not None):
    """Return the matrix product of a and b."""
    cdef Py_ssize_t rows = a.shape[0], inner = a.shape[1], columns = b.shape[1]
    if b.shape[0] != inner:
        raise ValueError(f"{rows}x{inner} and {b.shape[0]}x{columns} do not match")
    result = np.zeros((rows, columns))
    cdef double[:, ::1] product = result
    cdef double factor
    cdef Py_ssize_t i, j, k
    for i in range(rows):
        for k in range(inner):
            factor = a[i, k]
            for j in range(columns):
                product[i, j] += factor * b[k, j]
    return result
