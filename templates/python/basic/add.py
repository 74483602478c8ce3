"""Sum of two numbers."""


def add(a, b):
    """Return a + b."""
    return a + b


def add_all(values):
    """Return the sum of `values`."""
    return sum(values, 0.0)
