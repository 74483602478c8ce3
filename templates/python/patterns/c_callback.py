"""An order by distance."""


def nearest_first(origin, values):
    """Return the places of the values, the one nearest to the origin first."""
    return sorted(range(len(values)), key=lambda place: abs(values[place] - origin))
