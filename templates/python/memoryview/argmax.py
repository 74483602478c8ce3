"""Place of the largest value."""


def argmax(values):
    """Return the place of the first largest value."""
    return max(range(len(values)), key=values.__getitem__)
