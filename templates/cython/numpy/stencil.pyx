# cython: boundscheck=False, wraparound=False
"""Each item from its neighbours: two views, and the edges apart.

Use it for images, grids and simulations. The inner loop runs along a row and
has no conditions, since edges are copied before. It costs a second array;
within one, later items would see neighbours that are new already.
"""

import numpy as np


def smooth(const double[:, ::1] grid not None, int rounds):
    """Return the grid after each inner item became its neighbours' mean, `rounds` times."""
    cdef Py_ssize_t rows = grid.shape[0], columns = grid.shape[1]
    if rows < 3 or columns < 3:
        raise ValueError("a grid has at least 3 rows and 3 columns")
    before_array = np.array(grid)
    after_array = np.array(grid)
    cdef double[:, ::1] before = before_array
    cdef double[:, ::1] after = after_array
    cdef Py_ssize_t i, j
    for _ in range(rounds):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                after[i, j] = 0.25 * (
                    before[i - 1, j] + before[i + 1, j] + before[i, j - 1] + before[i, j + 1]
                )
        # Views change places, not the items.
        before, after = after, before
    return before.base
