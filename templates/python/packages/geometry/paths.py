"""Paths of points."""

from itertools import pairwise


def length(points):
    """Return the length of a path."""
    return sum((before.distance(here) for before, here in pairwise(points)), 0.0)


def area(points):
    """Return the area that a closed path surrounds, negative when it runs clockwise."""
    if not points:
        return 0.0
    doubled = 0.0
    before = points[-1]
    for here in points:
        doubled += before.x * here.y - here.x * before.y
        before = here
    return doubled / 2
