"""Mean and deviation on the way."""

from math import nan, sqrt


class RunningStats:
    """Mean and deviation of what was seen, without keeping it."""

    __slots__ = ("_squares", "count", "mean")

    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self._squares = 0.0

    def update(self, values):
        """Take in all values, and return self."""
        count, mean, squares = self.count, self.mean, self._squares
        for value in values:
            difference = value - mean
            count += 1
            mean += difference / count
            squares += difference * (value - mean)
        self.count, self.mean, self._squares = count, mean, squares
        return self

    @property
    def deviation(self):
        """The standard deviation of the sample; NaN for less than two values."""
        return sqrt(self._squares / (self.count - 1)) if self.count > 1 else nan
