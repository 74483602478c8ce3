"""Memory from malloc() is freed in `finally`, whatever happens.

Use it for scratch memory inside one function. `try` begins right after the
check for NULL, so nothing can go wrong in between. It costs a block; memory
that outlives the function belongs to a `cdef class`, and small arrays of a
fixed size are plain C arrays on the stack.
"""

from libc.stdlib cimport free, malloc


def edit_distance(str a not None, str b not None):
    """Return how many letters to insert, delete or replace to get from a to b."""
    cdef Py_ssize_t columns = len(b) + 1
    cdef Py_ssize_t* row = <Py_ssize_t*>malloc(columns * sizeof(Py_ssize_t))
    if row is NULL:
        raise MemoryError
    cdef Py_ssize_t i, j, diagonal, above
    cdef Py_UCS4 letter
    try:
        for j in range(columns):
            row[j] = j
        for i in range(len(a)):
            letter = a[i]
            diagonal = row[0]
            row[0] = i + 1
            for j in range(1, columns):
                above = row[j]
                row[j] = min(above + 1, row[j - 1] + 1, diagonal + (letter != b[j - 1]))
                diagonal = above
        return row[columns - 1]
    finally:
        free(row)
