# distutils: language = c++
"""A C++ vector grows without Python objects and frees itself.

Use it for buffers whose size is not known beforehand. The first line makes the
build use the C++ compiler. It costs a copy when the result becomes a list.
"""

from libcpp.vector cimport vector


def primes(int count):
    """Return the first `count` prime numbers."""
    cdef vector[int] found
    found.reserve(max(count, 0))
    cdef int candidate = 2
    cdef int prime
    while <int>found.size() < count:
        for prime in found:
            if prime * prime > candidate:
                found.push_back(candidate)
                break
            if candidate % prime == 0:
                break
        else:
            found.push_back(candidate)
        candidate += 1
    return found
