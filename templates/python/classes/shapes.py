"""A family of classes."""

from math import pi


class Shape:
    """Something with an area."""

    def area(self):
        """Return the area."""
        raise NotImplementedError(f"{type(self).__name__} has no area")


class Circle(Shape):
    """A circle around nothing in particular."""

    def __init__(self, radius):
        self.radius = radius

    def area(self):
        """Return the area."""
        return pi * self.radius * self.radius


class Rectangle(Shape):
    """A rectangle of width and height."""

    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        """Return the area."""
        return self.width * self.height


def total_area(shapes):
    """Return the sum of all areas."""
    return float(sum(shape.area() for shape in shapes))
