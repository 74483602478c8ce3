"""A `cdef` function is a C function: calling it costs next to nothing.

Use it for what a module needs inside only, recursion above all. Python cannot
call it, so a `def` function stands in front, where arguments are checked once.
It costs Python's safety: integers have 64 bits, and endless recursion ends the
process rather than raising an error.
"""


cdef unsigned long long slow(int n) noexcept:
    return n if n < 2 else slow(n - 1) + slow(n - 2)


def fibonacci(int n):
    """Return the n-th Fibonacci number, by as many calls as that number has."""
    if not 0 <= n <= 40:
        raise ValueError("n must be between 0 and 40")
    return slow(n)
