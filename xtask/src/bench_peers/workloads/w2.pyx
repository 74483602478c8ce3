# cython: language_level=3, boundscheck=False, wraparound=False
cimport cython
cimport numpy as cnp
import numpy as np

cnp.import_array()

ctypedef fused number:
    int
    long
    double


cdef double scale = 0.5


def total(number[:] values):
    cdef Py_ssize_t i
    cdef number result = 0
    for i in range(values.shape[0]):
        result += values[i]
    return result


def smooth(double[:] values, double[:] out, Py_ssize_t reach):
    cdef Py_ssize_t i, j, first, last
    cdef double running
    for i in range(values.shape[0]):
        first = i - reach if i >= reach else 0
        last = i + reach + 1
        if last > values.shape[0]:
            last = values.shape[0]
        running = 0.0
        for j in range(first, last):
            running += values[j]
        out[i] = running / (last - first)


def multiply(double[:, ::1] left, double[:, ::1] right):
    cdef Py_ssize_t i, j, k
    cdef double[:, ::1] out = np.zeros((left.shape[0], right.shape[1]))
    for i in range(left.shape[0]):
        for k in range(left.shape[1]):
            for j in range(right.shape[1]):
                out[i, j] += left[i, k] * right[k, j]
    return np.asarray(out)


def histogram(cnp.ndarray[cnp.int64_t, ndim=1] values, int bins):
    cdef cnp.ndarray[cnp.int64_t, ndim=1] counts = np.zeros(bins, dtype=np.int64)
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        counts[values[i] % bins] += 1
    return counts


cdef class Window:
    cdef double[::1] values
    cdef Py_ssize_t next, filled

    def __init__(self, Py_ssize_t size):
        self.values = np.zeros(size)
        self.next = 0
        self.filled = 0

    cpdef add(self, double value):
        self.values[self.next] = value
        self.next = (self.next + 1) % self.values.shape[0]
        if self.filled < self.values.shape[0]:
            self.filled += 1

    cpdef double mean(self):
        cdef Py_ssize_t i
        cdef double result = 0.0
        for i in range(self.filled):
            result += self.values[i]
        return result / self.filled if self.filled else 0.0

    @property
    def size(self):
        return self.values.shape[0]


def f(int n):
    cdef Window window = Window(n)
    cdef int i
    values = np.arange(n, dtype=np.float64)
    out = np.empty(n)
    smooth(values, out, 1)
    for i in range(2 * n):
        window.add(i)
    square = values.reshape(1, n)
    product = multiply(np.ascontiguousarray(square), np.ascontiguousarray(square.T))
    counts = histogram(np.arange(n, dtype=np.int64), 3)
    result = total(values) + total(np.arange(n)) + product[0, 0] * scale
    return int(2 * (result + window.mean() + counts.max() + out.sum()))
