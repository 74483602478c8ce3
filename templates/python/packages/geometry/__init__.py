"""Points, and what can be computed from many of them, in Python."""

from .paths import area, length
from .point import Point

__all__ = ["Point", "area", "length"]
