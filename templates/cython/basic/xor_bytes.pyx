"""Typed `bytes` and `bytearray` are read and written without a Python int per byte.

Use it for filters of binary data. The result is a `bytearray`, which is made
once and changed in place. It costs the generality of a buffer: for memory that
may come from anywhere, take a memoryview instead.
"""


def xor_bytes(bytes data not None, bytes key not None):
    """Return `data` with each byte xored by the key's, which repeats."""
    if not key:
        raise ValueError("the key is empty")
    cdef bytearray result = bytearray(data)
    cdef Py_ssize_t size = len(result), length = len(key)
    cdef Py_ssize_t i, at = 0
    for i in range(size):
        result[i] ^= <unsigned char>key[at]
        at += 1
        if at == length:
            at = 0
    return bytes(result)
