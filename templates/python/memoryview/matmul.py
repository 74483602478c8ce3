"""Product of two matrices."""

from operator import mul


def matmul(a, b):
    """Return the matrix product of a and b as a list of rows."""
    if len(a[0]) != len(b):
        raise ValueError(f"{len(a)}x{len(a[0])} and {len(b)}x{len(b[0])} do not match")
    rows, columns = a.tolist(), list(zip(*b.tolist()))
    return [[sum(map(mul, row, column)) for column in columns] for row in rows]
