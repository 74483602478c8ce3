def f(int n):
    cdef int i, total = 0
    for i in range(n):
        total += i % 7
    return total + n
