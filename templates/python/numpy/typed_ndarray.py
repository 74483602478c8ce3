"""Sum of a sequence."""


def total(values):
    """Return the sum."""
    return sum(values.tolist())
