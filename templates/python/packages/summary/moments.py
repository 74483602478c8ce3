"""Count, mean and deviation, in one pass."""

from math import isfinite, nan, sqrt


def describe(values):
    """Return count, mean and standard deviation as a dict."""
    count, mean, squares = 0, 0.0, 0.0
    for value in values:
        if not isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        difference = value - mean
        count += 1
        mean += difference / count
        squares += difference * (value - mean)
    return {"count": count, "mean": mean, "deviation": sqrt(squares / (count - 1)) if count > 1 else nan}
