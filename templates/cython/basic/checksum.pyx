"""Unsigned C integers wrap around, which is what hashes and generators want.

Use the types of `libc.stdint` where the number of bits is part of the
algorithm. In Python each step would need a mask. It costs attention: only
unsigned types may overflow, for signed ones the C standard lets the compiler
assume that it never happens. So compute unsigned, and cast at the end.
"""

from libc.stdint cimport int32_t, uint32_t


def add_int32(int32_t a, int32_t b):
    """Return a + b as 32 bits with a sign have it."""
    return <int32_t>(<uint32_t>a + <uint32_t>b)


def checksum(bytes data not None):
    """Return the sum of 31-fold sums, as 32 bits with a sign."""
    cdef uint32_t total = 0
    cdef unsigned char byte
    for byte in data:
        total = 31 * total + byte
    return <int32_t>total
