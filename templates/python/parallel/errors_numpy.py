"""Logarithms, with NumPy."""

import numpy as np


def take_logarithms(values, out):
    """Put the logarithms of all values into `out`."""
    if len(values) != len(out):
        raise ValueError(f"{len(values)} and {len(out)} values do not match")
    (wrong,) = np.nonzero(~(values > 0))
    if len(wrong):
        raise ValueError(f"value {wrong[0]} has no logarithm: {values[wrong[0]]}")
    np.log(values, out=out)
