"""A typed argument makes arithmetic run as C.

Use it where a function works on numbers that fit a C type. It costs the
unlimited integers of Python: a value that does not fit raises OverflowError
on the way in, but a product that does not fit wraps around.
"""


def square(long long x):
    """Return x times x."""
    return x * x
