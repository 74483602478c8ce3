"""Hashes of bytes: of all at once, and of a window that moves, in Python."""

from .fnv import fnv1a
from .rolling import find

__all__ = ["find", "fnv1a"]
