"""Bytes and a key."""

from itertools import cycle
from operator import xor


def xor_bytes(data, key):
    """Return `data` with each byte xored by the key's, which repeats."""
    if not key:
        raise ValueError("the key is empty")
    return bytes(map(xor, data, cycle(key)))
