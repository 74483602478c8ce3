"""An order by distance."""

from math import isnan


def nearest_first(origin, values):
    """Return the places of the values, the one nearest to the origin first."""
    distances = [abs(value - origin) for value in values]
    for i, distance in enumerate(distances):
        if isnan(distance):
            raise ValueError(f"the distance of value {i} is NaN")
    return sorted(range(len(distances)), key=distances.__getitem__)
