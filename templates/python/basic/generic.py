"""One source, all types."""


def add(a, b):
    """Return a + b."""
    return a + b


def largest(first, others):
    """Return the largest of all."""
    return max(first, max(others, default=first))
