"""Sum of values times weights."""


def weighted_sum(values, weights):
    """Return the sum of values times weights."""
    return sum(value * weight for value, weight in zip(values.tolist(), weights.tolist(), strict=True))
