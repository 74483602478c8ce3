"""Product of two sequences."""


def dot(a, b):
    """Return the sum of the products of items at the same place."""
    return sum((x * y for x, y in zip(a, b, strict=True)), 0.0)
