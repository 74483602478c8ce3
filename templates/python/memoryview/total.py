"""Sum of an array."""


def total(values):
    """Return the sum."""
    return sum(values)


def total_at(values, places):
    """Return the sum of the values at these places."""
    return sum(values[place] for place in places)
