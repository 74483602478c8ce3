"""A record with fields."""

from dataclasses import dataclass, field
from operator import attrgetter


@dataclass(order=True)
class Reading:
    """A temperature at a place, on a day."""

    day: int
    celsius: float
    place: str = "here"
    note: str = field(default="", compare=False)

    def fahrenheit(self):
        """Return the temperature as others say it."""
        return 1.8 * self.celsius + 32


def warmest(readings):
    """Return the warmest of several readings."""
    if not readings:
        raise ValueError("there are no readings")
    return max(readings, key=attrgetter("celsius"))
