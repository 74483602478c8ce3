"""Directed graphs in compressed rows, and searches in them."""

from .degree import degrees, sources
from .graph import Graph
from .search import distances, is_reachable

__all__ = ["Graph", "degrees", "distances", "is_reachable", "sources"]
