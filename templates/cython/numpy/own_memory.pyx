"""An array can stand on memory that C code allocated.

Use it to hand a result of a C library to NumPy without a copy. The object that
frees the memory becomes the array's base, so it lives as long as any view of
the array. It costs that object: whoever forgets it leaks the memory, or frees
what is still in use.
"""

from libc.stdint cimport SIZE_MAX
from libc.stdlib cimport free, malloc

cimport numpy as cnp

cnp.import_array()

# No object of Python: `__dealloc__` also runs while the interpreter ends, when the module's names are gone already.
cdef long freed_count = 0


cdef class Owner:
    """Frees memory when nothing refers to it any more."""

    cdef void* memory

    def __dealloc__(self):
        global freed_count
        if self.memory is not NULL:
            free(self.memory)
            freed_count += 1


cdef double* computed(Py_ssize_t count) noexcept:
    """Stand for the C library: return memory that the caller must free."""
    # Otherwise the product could wrap, and the memory be too small.
    if <size_t>count > SIZE_MAX // sizeof(double):
        return NULL
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


def freed():
    """Return how many memories were freed so far."""
    return freed_count
