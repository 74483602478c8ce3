"""A vector added to another, with NumPy."""


def axpy(a, x, y):
    """Add a times x to y, in place."""
    y += a * x
