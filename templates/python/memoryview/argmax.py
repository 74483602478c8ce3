"""Place of the largest value."""


def argmax(values):
    """Return the place of the first largest value."""
    values = values.tolist()
    return values.index(max(values))
