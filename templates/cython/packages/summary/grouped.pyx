"""Means by groups: the struct of the other module, many times, and its functions."""

from libc.stdlib cimport calloc, free

from .moments cimport Moments, add, finite, merged


def grouped_means(values, groups, Py_ssize_t count):
    """Return the mean of each of `count` groups, and that of all values at the end."""
    if count < 1:
        raise ValueError("there is at least one group")
    cdef Moments* table = <Moments*>calloc(count, sizeof(Moments))
    if table is NULL:
        raise MemoryError
    cdef Moments all_values = [0, 0, 0]
    cdef Py_ssize_t group, i
    try:
        for value, group in zip(values, groups, strict=True):
            if not 0 <= group < count:
                raise IndexError(f"there is no group {group} among {count}")
            add(&table[group], finite(value))
        for i in range(count):
            all_values = merged(&all_values, &table[i])
        return [table[i].mean for i in range(count)] + [all_values.mean]
    finally:
        free(table)
