# cython: boundscheck=True
"""A `cdef` function is a C function pointer that C libraries can call.

Use it for callbacks with a fixed task, such as the order for qsort(). The
signature must be exactly the expected one, and `noexcept`: C has no place for a
Python exception. It costs a call per comparison that no compiler can inline.
And qsort() trusts the order: NaN, which is neither less nor greater, has none
and is refused beforehand.
"""

from libc.math cimport isnan
from libc.stdlib cimport free, malloc, qsort


cdef struct Entry:
    double distance
    Py_ssize_t place


cdef int by_distance(const void* a, const void* b) noexcept nogil:
    cdef const Entry* first = <const Entry*>a
    cdef const Entry* second = <const Entry*>b
    if first.distance != second.distance:
        return 1 if first.distance > second.distance else -1
    # Equal ones in their order, which qsort() does not promise.
    return 1 if first.place > second.place else -1


def nearest_first(double origin, list values not None):
    """Return the places of the values, the one nearest to the origin first."""
    cdef Py_ssize_t count = len(values), i
    cdef Entry* entries = <Entry*>malloc((count + 1) * sizeof(Entry))
    if entries is NULL:
        raise MemoryError
    try:
        for i in range(count):
            # What is no float computes one, and may shorten the list: the first line keeps the check of the index.
            entries[i].distance = abs(<double>values[i] - origin)
            if isnan(entries[i].distance):
                raise ValueError(f"the distance of value {i} is NaN")
            entries[i].place = i
        qsort(entries, count, sizeof(Entry), &by_distance)
        return [entries[i].place for i in range(count)]
    finally:
        free(entries)
