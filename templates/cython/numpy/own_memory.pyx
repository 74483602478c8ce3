"""An array can stand on memory that C code allocated.

Use it to hand a result of a C library to NumPy without a copy. The object that
frees the memory becomes the array's base, so it lives as long as any view of
the array. It costs that object: whoever forgets it leaks the memory, or frees
what is still in use.
"""

from libc.stdlib cimport free, malloc

cimport numpy as cnp

cnp.import_array()

freed = 0


cdef class Owner:
    """Frees memory when nothing refers to it any more."""

    cdef void* memory

    def __dealloc__(self):
        global freed
        if self.memory is not NULL:
            free(self.memory)
            freed += 1


cdef double* computed(Py_ssize_t count) noexcept:
    """Stand for the C library: return memory that the caller must free."""
    cdef double* squares = <double*>malloc(max(count, 1) * sizeof(double))
    cdef Py_ssize_t i
    if squares is not NULL:
        for i in range(count):
            squares[i] = <double>i * i
    return squares


def squares(cnp.npy_intp count):
    """Return the first squares, as an array on memory that is not NumPy's."""
    if count < 0:
        raise ValueError("a count is not negative")
    cdef Owner owner = Owner()
    owner.memory = computed(count)
    if owner.memory is NULL:
        raise MemoryError
    array = cnp.PyArray_SimpleNewFromData(1, &count, cnp.NPY_DOUBLE, owner.memory)
    cnp.set_array_base(array, owner)
    return array
