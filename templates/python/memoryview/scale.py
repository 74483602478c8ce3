"""Changing a sequence in place."""


def scale(values, factor):
    """Multiply each value by `factor`, in place."""
    values[:] = [value * factor for value in values.tolist()]
