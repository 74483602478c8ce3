"""A point in the plane."""

from math import hypot


class Point:
    """A point in the plane."""

    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = float(x)
        self.y = float(y)

    def distance(self, other):
        """Return how far the other one is."""
        return hypot(self.x - other.x, self.y - other.y)

    def __repr__(self):
        return f"Point({self.x}, {self.y})"
