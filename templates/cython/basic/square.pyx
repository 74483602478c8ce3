"""A typed argument makes arithmetic run as C.

Use it where a function works on numbers that fit a C type. It costs the
unlimited integers of Python: a value that does not fit raises OverflowError
on the way in, but a product that does not fit wraps around. And it costs
fractions: a float becomes a C integer without a word, so 2.5 is 2.
"""


def square(long long x):
    """Return x times x."""
    return x * x
