"""Functions of mathematics."""

from math import erf
from math import gamma as _gamma


def gamma(x):
    """Return the gamma function."""
    return _gamma(x)


def normal(values):
    """Return the normal distribution at each value."""
    return [0.5 + 0.5 * erf(value * 0.7071067811865476) for value in values]
