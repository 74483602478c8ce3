"""A memoryview writes into the memory of whoever owns it.

Use it to change an array in place, without a copy: NumPy arrays, array.array and
anything else whose buffer says that it holds doubles; that of a bytearray holds
bytes. Read-only memory is refused, since the type says neither `const` nor a
copy. It costs that callers must know that their data changes; so return nothing.
"""


def scale(double[:] values not None, double factor):
    """Multiply each value by `factor`, in place."""
    cdef Py_ssize_t i
    for i in range(values.shape[0]):
        values[i] *= factor


def fill(double[:, :] table not None, double value):
    """Set each item of a table, by one assignment to a slice."""
    table[:, :] = value
