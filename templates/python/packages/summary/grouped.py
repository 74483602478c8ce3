"""Means by groups."""

from math import isfinite


def grouped_means(values, groups, count):
    """Return the mean of each of `count` groups, and that of all values at the end."""
    if count < 1:
        raise ValueError("there is at least one group")
    counts, sums = [0] * count, [0.0] * count
    for value, group in zip(values, groups, strict=True):
        if not 0 <= group < count:
            raise IndexError(f"there is no group {group} among {count}")
        if not isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        counts[group] += 1
        sums[group] += value
    means = [total / number if number else 0.0 for total, number in zip(sums, counts)]
    return [*means, sum(sums) / (sum(counts) or 1)]
