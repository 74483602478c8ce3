"""Product of two matrices, with NumPy."""


def matmul(a, b):
    """Return the matrix product of a and b."""
    return a @ b
