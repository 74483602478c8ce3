# Checks of values, for modules that include this file: each offers them to Python under its own name.


def checked(values):
    """Return the values as a list of floats, none of which is negative."""
    cdef double value
    cdef list kept = []
    for value in values:
        if not value >= 0:
            raise ValueError(f"{value} is negative or no number")
        kept.append(value)
    return kept
