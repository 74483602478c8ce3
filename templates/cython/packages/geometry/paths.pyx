# cython: nonecheck=True, wraparound=True
"""Paths of points: a module that cimports a class of its neighbour."""

from .point cimport Point


def length(points):
    """Return the length of a path."""
    cdef double total = 0
    cdef Point before = None, here
    cdef bint first = True
    for here in points:
        if not first:
            total += before.distance(here)
        before = here
        first = False
    return total


def area(list points not None):
    """Return the area that a closed path surrounds, negative when it runs clockwise."""
    if not points:
        return 0.0
    cdef double doubled = 0
    cdef Point before = points[-1], here
    for here in points:
        doubled += before.x * here.y - here.x * before.y
        before = here
    return doubled / 2
