"""Lengths and fractions."""

from math import gcd, hypot


def length(x, y, z=0.0):
    """Return the length of a vector with two or three parts."""
    return hypot(x, y, z)


def shorten(numerator, denominator):
    """Return a fraction in its lowest terms."""
    if denominator == 0:
        raise ZeroDivisionError("a fraction needs a denominator")
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def all_lengths(points):
    """Return the lengths of vectors with three parts."""
    return [hypot(x, y, z) for x, y, z in points]
