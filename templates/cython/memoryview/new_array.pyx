# cython: boundscheck=False, wraparound=False
"""`cython.view.array` is an array without NumPy.

Use it for results where NumPy is no dependency, or in a module that must not
wait for NumPy's import: callers wrap it in np.asarray() or memoryview(), which
copies nothing. It costs comfort: it has indices, a shape and the buffer
protocol, and no arithmetic.
"""

from cython.view cimport array


def outer(const double[:] a not None, const double[:] b not None):
    """Return the table of all products, as an array with two dimensions."""
    cdef Py_ssize_t rows = a.shape[0], columns = b.shape[0]
    if rows == 0 or columns == 0:
        raise ValueError("an array has at least one item in each dimension")
    products = array(shape=(rows, columns), itemsize=sizeof(double), format="d")
    cdef double[:, ::1] view = products
    cdef Py_ssize_t i, j
    for i in range(rows):
        for j in range(columns):
            view[i, j] = a[i] * b[j]
    return products
