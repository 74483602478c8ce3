"""Count, mean and deviation, in one pass and in parts that can be merged."""

from libc.math cimport NAN, sqrt


cdef void add(Moments* moments, double value) noexcept nogil:
    cdef double difference = value - moments.mean
    moments.count += 1
    moments.mean += difference / moments.count
    moments.squares += difference * (value - moments.mean)


cdef Moments merged(const Moments* a, const Moments* b) noexcept nogil:
    cdef Moments both
    cdef double difference = b.mean - a.mean
    both.count = a.count + b.count
    if both.count == 0:
        return a[0]
    both.mean = a.mean + difference * b.count / both.count
    both.squares = a.squares + b.squares + difference * difference * a.count * b.count / both.count
    return both


def describe(values):
    """Return count, mean and standard deviation as a dict."""
    cdef Moments moments = [0, 0, 0]
    for value in values:
        add(&moments, finite(value))
    deviation = sqrt(moments.squares / (moments.count - 1)) if moments.count > 1 else NAN
    return {"count": moments.count, "mean": moments.mean, "deviation": deviation}
