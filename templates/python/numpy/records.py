"""Records of a table."""


def turnover(trades):
    """Return what was bought and what was sold, in money."""
    bought = sold = 0.0
    for quantity, price, side in trades.tolist():
        if side == b"B":
            bought += quantity * price
        else:
            sold += quantity * price
    return bought, sold
