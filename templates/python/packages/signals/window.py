"""Windows: weights that fall off to both sides."""

from math import cos, pi


def hann(count):
    """Return the weights of a Hann window."""
    return _filled(count, lambda position: 0.5 + 0.5 * cos(pi * position))


def triangle(count):
    """Return the weights of a triangle."""
    return _filled(count, lambda position: 1 - abs(position))


def _filled(count, weight):
    weights = [weight(2.0 * (i + 1) / (count + 1) - 1) for i in range(count)]
    total = sum(weights)
    return [weight / total for weight in weights]
