"""A few lines of C can stand in the Cython file itself.

Use it for what only C can say: compiler builtins, inline functions, macros with
arguments. The text goes in front of the generated code as it is. It costs
portability where the C is not; a fallback belongs beside each builtin, as here.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stdint.h>

    static inline int leading_zeros(uint64_t bits)
    {
    #if defined(__GNUC__)
        return bits ? __builtin_clzll(bits) : 64;
    #else
        int zeros = 64;
        for (; bits; bits >>= 1)
            zeros--;
        return zeros;
    #endif
    }
    """
    int leading_zeros(uint64_t bits) noexcept nogil


def bit_length(uint64_t number):
    """Return how many bits a number needs."""
    return 64 - leading_zeros(number)


def size_classes(sizes):
    """Return how many sizes need 0, 1, 2, ... 64 bits."""
    cdef Py_ssize_t[65] counts
    counts[:] = [0] * 65
    cdef uint64_t size
    for size in sizes:
        counts[64 - leading_zeros(size)] += 1
    return counts
