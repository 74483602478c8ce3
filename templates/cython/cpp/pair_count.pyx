# distutils: language = c++
"""Containers of C++ hold C values by key, without an object for each.

Use a map of libcpp inside an algorithm; give Python an ordinary dict at the
end. It costs that copy, an object for each entry; where keys are Python objects
anyway, a dict is as quick. Lookups by `[]` insert what is missing, which
counting relies on.
"""

from libc.stdint cimport uint32_t
from libcpp.unordered_map cimport unordered_map


def count_pairs(bytes data not None):
    """Return how often each byte follows another, as a dict by pairs."""
    cdef unordered_map[uint32_t, Py_ssize_t] counts
    cdef unsigned char before = 0, here
    cdef bint first = True
    for here in data:
        if not first:
            counts[<uint32_t>before << 8 | here] += 1
        before = here
        first = False
    return {(item.first >> 8, item.first & 255): item.second for item in counts}
