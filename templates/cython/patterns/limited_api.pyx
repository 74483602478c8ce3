"""One file for many versions of Python: the limited API.

Use it to ship a wheel that later versions load, too. The build must ask for it:
`limited_api=True`, or `--limited-api` on the command line. It costs speed
wherever code touches Python objects, since nothing of their inside may be used;
loops on C data, as this one, are as fast as ever. And it costs the import of
`inspect`, which Cython asks for what the headers do not tell: some 10 ms.
"""


def sieve(Py_ssize_t limit):
    """Return how many primes there are below a limit."""
    if limit < 0:
        raise ValueError("a limit is not negative")
    cdef bytearray is_composite = bytearray(limit)
    # The memory of a bytearray that nobody else knows stays where it is.
    cdef char* marks = is_composite
    cdef Py_ssize_t number, multiple, count = 0
    for number in range(2, limit):
        if not marks[number]:
            count += 1
            # Beyond the root of the limit nothing is left to mark, and the square might not fit.
            if number <= (limit - 1) // number:
                multiple = number * number
                # A range() whose step is a variable would be Python's: its sign decides when to end.
                while multiple < limit:
                    marks[multiple] = 1
                    multiple += number
    return count
