"""Values kept in a range, in place."""


def clip(values, low, high):
    """Move each value into the range from low to high, in place."""
    if not low <= high:
        raise ValueError("the range is empty")
    values[:] = [low if x < low else high if x > high else x for x in values.tolist()]
