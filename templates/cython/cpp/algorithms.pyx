# distutils: language = c++
"""The algorithms of C++ work on vectors, and on memory that NumPy owns.

Use them for what is hard to write well: sorting, partial sorting, searching.
Pointers are iterators, so `&view[0]` and one past the end are a range. It costs
a few declarations; those of `libcpp.algorithm` are ready. And it costs a look
at each value, since they rely on an order of all: a NaN has no place in one,
and would leave the others unsorted, too.
"""

from libc.math cimport isnan
from libcpp.algorithm cimport nth_element, partial_sort, sort
from libcpp.vector cimport vector


cdef int require_order(const double* values, size_t count) except -1:
    cdef size_t i
    for i in range(count):
        if isnan(values[i]):
            raise ValueError("a NaN has no place in an order")
    return 0


def median(values):
    """Return the middle value, or the mean of the two in the middle."""
    cdef vector[double] copy = values
    if copy.empty():
        raise ValueError("no values")
    require_order(copy.data(), copy.size())
    cdef size_t middle = copy.size() // 2
    nth_element(copy.begin(), copy.begin() + middle, copy.end())
    cdef double upper = copy[middle]
    if copy.size() % 2:
        return upper
    # All before the middle are at most as large.
    nth_element(copy.begin(), copy.begin() + middle - 1, copy.begin() + middle)
    return (copy[middle - 1] + upper) / 2


def smallest(values, size_t count):
    """Return the smallest values in order, as a list."""
    cdef vector[double] copy = values
    require_order(copy.data(), copy.size())
    count = min(count, copy.size())
    partial_sort(copy.begin(), copy.begin() + count, copy.end())
    copy.resize(count)
    return copy


def sort_in_place(double[::1] values not None):
    """Sort an array without a copy."""
    if values.shape[0]:
        require_order(&values[0], values.shape[0])
        sort(&values[0], &values[0] + values.shape[0])
