# cython: boundscheck=False, wraparound=False
"""Searching by a hash that follows a window: Rabin and Karp's way."""

from libc.string cimport memcmp

from .common cimport hash_t, shifted


def find(const unsigned char[::1] text not None, const unsigned char[::1] word not None):
    """Return the places where a word begins in a text."""
    cdef Py_ssize_t width = word.shape[0], i
    cdef hash_t wanted = 0, here = 0, highest = 1
    cdef list places = []
    if width == 0:
        raise ValueError("the word is empty")
    if width > text.shape[0]:
        return places
    for i in range(width):
        wanted = shifted(wanted, word[i])
        here = shifted(here, text[i])
        if i:
            highest *= 257
    for i in range(text.shape[0] - width + 1):
        if i:
            # What leaves on the left is taken out before the rest moves up.
            here = shifted(here - highest * text[i - 1], text[i + width - 1])
        if here == wanted and memcmp(&text[i], &word[0], width) == 0:
            places.append(i)
    return places
