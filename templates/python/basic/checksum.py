"""Arithmetic that wraps around."""


def add_int32(a, b):
    """Return a + b as 32 bits with a sign have it."""
    return _signed(a + b)


def checksum(data):
    """Return the sum of 31-fold sums, as 32 bits with a sign."""
    total = 0
    for byte in data:
        total = (31 * total + byte) & 0xFFFFFFFF
    return _signed(total)


def _signed(number):
    return (number + 0x80000000) % 0x100000000 - 0x80000000
