"""Changing an array in place, with NumPy."""


def scale(values, factor):
    """Multiply each value by `factor`, in place."""
    values *= factor
