"""A loop over `bytes` gives C characters, which compare and subtract as numbers.

Use it to parse what would need a regular expression and an object per match.
The literal c"0" is such a character, too. It costs care with overflow: nothing
warns when a number no longer fits, so the code has to ask.
"""

from libc.limits cimport ULLONG_MAX


cdef unsigned long long added(unsigned long long a, unsigned long long b) except? 0:
    if a > ULLONG_MAX - b:
        raise OverflowError("the sum has more than 64 bits")
    return a + b


def sum_of_numbers(bytes text not None):
    """Return the sum of all decimal numbers in `text`."""
    cdef unsigned long long total = 0, number = 0, digit
    cdef unsigned char c
    for c in text:
        if c"0" <= c <= c"9":
            digit = c - c"0"
            if number > (ULLONG_MAX - digit) // 10:
                raise OverflowError("a number has more than 64 bits")
            number = 10 * number + digit
        else:
            total = added(total, number)
            number = 0
    return added(total, number)
