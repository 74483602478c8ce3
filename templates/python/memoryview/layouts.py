"""Squares, of lists of any kind."""


def squares(values):
    """Return the squares as a list."""
    return [value * value for value in values.tolist()]
