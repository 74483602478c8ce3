"""Bit operations on unsigned C integers are single instructions.

Use it where numbers are sets of bits: masks, hashes, fingerprints. Each round
of the loop takes away the lowest bit that is set. It costs the unlimited width
of Python's integers: what has more than 64 bits raises OverflowError.
"""

from libc.stdint cimport uint64_t


cdef inline int ones(uint64_t bits) noexcept:
    cdef int count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


def popcount(uint64_t bits):
    """Return how many bits are set."""
    return ones(bits)


def nearest(uint64_t wanted, candidates):
    """Return the first candidate that differs from `wanted` in the fewest bits."""
    cdef uint64_t candidate, best = 0
    cdef int difference, smallest = 65
    for candidate in candidates:
        difference = ones(candidate ^ wanted)
        if difference < smallest:
            smallest = difference
            best = candidate
    if smallest == 65:
        raise ValueError("there are no candidates")
    return best
