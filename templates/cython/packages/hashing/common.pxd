# Inline functions live in the .pxd itself: each module that cimports them compiles them into its own loops.
# There is no common.pyx.

from libc.stdint cimport uint64_t

ctypedef uint64_t hash_t


# Numbers for the preprocessor: an enumerator of C has no more bits than an int, before C23.
cdef extern from *:
    """
    #define FNV_OFFSET 0xCBF29CE484222325ULL
    #define FNV_PRIME  0x00000100000001B3ULL
    """
    const hash_t FNV_OFFSET
    const hash_t FNV_PRIME


cdef inline hash_t stirred(hash_t state, unsigned char byte) noexcept nogil:
    return (state ^ byte) * FNV_PRIME


cdef inline hash_t shifted(hash_t state, unsigned char byte) noexcept nogil:
    return state * 257 + byte
