"""Sum of squares."""


def sum_of_squares(values):
    """Return the sum of squares."""
    return sum(value * value for value in values.tolist())
