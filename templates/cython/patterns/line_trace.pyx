# cython: linetrace=True
# distutils: define_macros = CYTHON_TRACE=1
"""Line tracing lets coverage tools and debuggers see lines of Cython.

Use it in tests, never in what you ship: it costs a question at each line whether
somebody listens. Both settings above are needed; in practice they come from the
build, as `profile="coverage"`, and the source stays as it is. `linetrace=False`
on a function takes it out again.
"""

cimport cython


def classify(int number):
    """Return what a number is, on one of several lines."""
    if number < 0:
        return "negative"
    if number == 0:
        return "zero"
    return "positive"


@cython.linetrace(False)
def fast(int count):
    """Return a sum whose loop is not traced."""
    cdef long long total = 0
    cdef int i
    for i in range(count):
        total += i
    return total
