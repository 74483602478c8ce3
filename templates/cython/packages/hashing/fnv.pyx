"""The hash FNV-1a, made of an inline function that is shared."""

from .common cimport FNV_OFFSET, hash_t, stirred


def fnv1a(const unsigned char[::1] data not None):
    """Return the 64-bit hash of bytes."""
    cdef hash_t state = FNV_OFFSET
    cdef Py_ssize_t i
    for i in range(data.shape[0]):
        state = stirred(state, data[i])
    return state
