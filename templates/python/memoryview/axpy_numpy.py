"""A vector added to another, with NumPy."""


def axpy(a, x, y):
    """Add a times x to y, in place."""
    if len(x) != len(y):
        raise ValueError(f"{len(x)} and {len(y)} values do not match")
    y += a * x
