"""A vector added to another."""


def axpy(a, x, y):
    """Add a times x to y, in place."""
    y[:] = [item + a * other for other, item in zip(x.tolist(), y.tolist(), strict=True)]
