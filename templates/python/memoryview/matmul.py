"""Product of two matrices."""

from operator import mul


def matmul(a, b):
    """Return the matrix product of a and b as a list of rows."""
    if a.shape[1] != b.shape[0]:
        raise ValueError("{}x{} and {}x{} do not match".format(*a.shape, *b.shape))
    rows, columns = a.tolist(), b.T.tolist()
    return [[sum(map(mul, row, column)) for column in columns] for row in rows]
