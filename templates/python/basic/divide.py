"""Division that can fail."""


def averages(pairs):
    """Return the whole averages of pairs of a total and a count."""
    try:
        return [total // count for total, count in pairs]
    except ZeroDivisionError:
        raise ZeroDivisionError("nothing to take the average of") from None


def shares(totals, count):
    """Return what one of `count` gets of each total, in whole numbers."""
    if count <= 0:
        raise ValueError("shares are for at least one")
    return [total // count for total in totals]
