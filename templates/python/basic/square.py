"""Square of a number."""


def square(x):
    """Return x times x."""
    return x * x
