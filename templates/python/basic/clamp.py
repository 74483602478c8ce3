"""Numbers kept in a range."""


def clamp_all(values, low, high):
    """Return the values, each moved into the range from low to high."""
    if not low <= high:
        raise ValueError("the range is empty")
    return [low if x < low else high if x > high else x for x in values]
