"""Filters of sampled signals."""

from .convolve import convolve, smooth
from .window import hann, triangle

__all__ = ["convolve", "hann", "smooth", "triangle"]
