"""`__getbuffer__` lends memory to NumPy, memoryview() and views, without a copy.

Use it for classes that own numbers. Whoever holds a buffer may write, so the
memory must neither move nor go while one is out: this class counts them and
refuses to grow. It costs that count; shape and steps are fields, since a
borrower keeps pointers to them.
"""

from cpython.buffer cimport PyBUF_FORMAT
from cpython.mem cimport PyMem_Free, PyMem_Realloc


cdef class Samples:
    """Numbers that can be seen from everywhere and appended to."""

    cdef double* items
    cdef Py_ssize_t count
    cdef Py_ssize_t step
    cdef int borrowers

    def __cinit__(self):
        self.step = sizeof(double)

    def __dealloc__(self):
        PyMem_Free(self.items)

    def append(self, double value):
        """Add a value; not while somebody looks at the memory."""
        if self.borrowers:
            raise BufferError(f"{self.borrowers} views of the samples are in use")
        items = <double*>PyMem_Realloc(self.items, (self.count + 1) * sizeof(double))
        if items is NULL:
            raise MemoryError
        self.items = items
        self.items[self.count] = value
        self.count += 1

    def __getbuffer__(self, Py_buffer* buffer, int flags):
        buffer.obj = self
        buffer.buf = self.items
        buffer.len = self.count * sizeof(double)
        buffer.itemsize = sizeof(double)
        buffer.readonly = 0
        buffer.format = NULL
        if flags & PyBUF_FORMAT:
            buffer.format = "d"
        buffer.ndim = 1
        buffer.shape = &self.count
        buffer.strides = &self.step
        buffer.suboffsets = NULL
        buffer.internal = NULL
        self.borrowers += 1

    def __releasebuffer__(self, Py_buffer* buffer):
        self.borrowers -= 1
