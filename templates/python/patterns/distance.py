"""Length of a path."""

from itertools import pairwise
from math import dist


def path_length(points):
    """Return the length of a path through (x, y) pairs."""
    return sum((dist(a, b) for a, b in pairwise(points)), 0.0)
