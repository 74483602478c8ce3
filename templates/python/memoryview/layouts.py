"""Sum of squares, of lists of any kind."""


def sum_of_squares(values):
    """Return the sum of squares."""
    return sum(value * value for value in values.tolist())
