"""Fibonacci numbers, recursively."""


def fibonacci(n):
    """Return the n-th Fibonacci number, by as many calls as that number has."""
    if not 0 <= n <= 40:
        raise ValueError("n must be between 0 and 40")
    return _slow(n)


def _slow(n):
    return n if n < 2 else _slow(n - 1) + _slow(n - 2)
