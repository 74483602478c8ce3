"""Division that can fail."""


def averages(pairs):
    """Return the whole averages of pairs of a total and a count."""
    try:
        return [total // count for total, count in pairs]
    except ZeroDivisionError:
        raise ZeroDivisionError("nothing to take the average of") from None
