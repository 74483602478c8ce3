"""A table of products."""

from array import array


def outer(a, b):
    """Return the table of all products, as a memoryview with two dimensions."""
    products = array("d", [x * y for x in a for y in b])
    return memoryview(products).cast("B").cast("d", (len(a), len(b)))
