"""Convolution."""

from operator import mul

from .window import hann


def convolve(signal, weights):
    """Return the weighted sums at all places where the weights fit, as a list."""
    count, width = len(signal) - len(weights) + 1, len(weights)
    if width < 1 or count < 1:
        raise ValueError(f"{width} weights do not fit {len(signal)} values")
    signal, backwards = list(signal), list(weights)[::-1]
    return [sum(map(mul, signal[i : i + width], backwards)) for i in range(count)]


def smooth(signal, width):
    """Return the signal smoothed by a Hann window."""
    if width < 1:
        raise ValueError("a window has at least one weight")
    return convolve(signal.tolist(), hann(width))
