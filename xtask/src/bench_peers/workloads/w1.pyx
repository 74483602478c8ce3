def f(int n):
    cdef int square = n * n
    return square
