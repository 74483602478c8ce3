"""Records of a structured array, with NumPy."""

import numpy as np


def turnover(trades):
    """Return what was bought and what was sold, in money."""
    money = trades["quantity"] * trades["price"]
    is_bought = trades["side"] == b"B"
    return float(np.sum(money[is_bought])), float(np.sum(money[~is_bought]))
