"""Filters of sampled signals, in Python."""

from .convolve import convolve, smooth
from .window import hann, triangle

__all__ = ["convolve", "hann", "smooth", "triangle"]
