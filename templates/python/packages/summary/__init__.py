"""Count, mean and deviation of values, alone and by groups."""

from .grouped import grouped_means
from .moments import describe

__all__ = ["describe", "grouped_means"]
