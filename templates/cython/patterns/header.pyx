"""A C header beside the source, declared by `cdef extern from`.

Use it to call C that you have: the declarations tell Cython the types, and the
C compiler checks them against the header. What the header says about a struct
matters, so only the fields that are used are listed. It costs keeping both in
step where the C compiler cannot notice, such as `const`.
"""

cdef extern from "interval.h" nogil:
    ctypedef struct interval_t:
        double low
        double high

    int INTERVAL_EMPTY
    int interval_intersect(const interval_t* a, const interval_t* b, interval_t* result)


def intersect(a, b):
    """Return what two pairs of low and high have in common, or None."""
    cdef interval_t first, second, result
    first.low, first.high = a
    second.low, second.high = b
    if interval_intersect(&first, &second, &result) == INTERVAL_EMPTY:
        return None
    return result.low, result.high


def total_overlap(intervals):
    """Return the summed lengths of what neighbours have in common."""
    cdef interval_t before = [0, 0], here, common
    cdef double total = 0
    cdef bint first = True
    for here.low, here.high in intervals:
        if not first and interval_intersect(&before, &here, &common) != INTERVAL_EMPTY:
            total += common.high - common.low
        before = here
        first = False
    return total
