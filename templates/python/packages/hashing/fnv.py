"""The hash FNV-1a."""


def fnv1a(data):
    """Return the 64-bit hash of bytes."""
    state = 0xCBF29CE484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state
