# distutils: language = c++
# distutils: extra_compile_args = -std=c++17
"""C++ has one name for several functions, and so has its declaration here.

Use it to call overloaded functions and templates: each signature is declared,
and the types of the arguments choose. `hypot` of three numbers exists in C++17
only, so the module names that standard. It costs a declaration per signature
that is wanted.
"""

cdef extern from "<cmath>" namespace "std" nogil:
    double hypot(double x, double y)
    double hypot(double x, double y, double z)

cdef extern from "<numeric>" namespace "std" nogil:
    T gcd[T](T a, T b)


def length(double x, double y, z=None):
    """Return the length of a vector with two or three parts."""
    if z is None:
        return hypot(x, y)
    return hypot(x, y, <double>z)


def shorten(long numerator, long denominator):
    """Return a fraction in its lowest terms."""
    if denominator == 0:
        raise ZeroDivisionError("a fraction needs a denominator")
    cdef long divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def all_lengths(points):
    """Return the lengths of vectors with three parts."""
    cdef double x, y, z
    return [hypot(x, y, z) for x, y, z in points]
