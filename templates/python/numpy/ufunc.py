"""A formula for each item."""

from math import exp, log1p


def softplus(values):
    """Return log(1 + exp(x)) for each x."""
    return [x + log1p(exp(-x)) if x > 0 else log1p(exp(x)) for x in values.tolist()]
