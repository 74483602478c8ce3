"""Bits that numbers need."""


def bit_length(number):
    """Return how many bits a number needs."""
    return number.bit_length()


def size_classes(sizes):
    """Return how many sizes need 0, 1, 2, ... 64 bits."""
    counts = [0] * 65
    for size in sizes:
        counts[size.bit_length()] += 1
    return counts
