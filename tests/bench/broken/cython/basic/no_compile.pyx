def f(int n):
    return n +
