"""A generator of numbers."""

from itertools import islice


class Random:
    """Endless 32-bit numbers, the same for the same seed."""

    def __init__(self, seed=0):
        self._state = seed

    def __iter__(self):
        return self

    def __next__(self):
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return self._state >> 32

    def below(self, limit, count):
        """Return a list of so many numbers from 0 up to the limit."""
        if limit == 0:
            raise ValueError("there is no number below 0")
        return [(number * limit) >> 32 for number in islice(self, count)]
