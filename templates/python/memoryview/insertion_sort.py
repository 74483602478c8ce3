"""Sorting what is nearly sorted."""


def insertion_sort(values):
    """Sort the values in place, and return how many steps that took."""
    steps = 0
    for i in range(1, len(values)):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
        steps += i - j
    return steps
