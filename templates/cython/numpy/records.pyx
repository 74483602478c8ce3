# cython: boundscheck=False, wraparound=False
"""A view of structs reads the records of a structured array.

Use it for tables whose rows have fields of several types: each row is a C
struct. `packed` means no gaps between fields, which is how NumPy lays them out
unless told `align=True`. It costs agreement: names may differ, but types, order
and places may not, and a mismatch raises ValueError.
"""

from libc.stdint cimport int32_t

cdef packed struct Trade:
    int32_t quantity
    double price
    char side


def turnover(const Trade[:] trades not None):
    """Return what was bought and what was sold, in money."""
    cdef double bought = 0, sold = 0, money
    cdef Py_ssize_t i
    for i in range(trades.shape[0]):
        money = trades[i].quantity * trades[i].price
        if trades[i].side == c"B":
            bought += money
        else:
            sold += money
    return bought, sold
