"""A `bint` is a C int that converts as Python's truth does.

Use it for flags and for the results of comparisons. Whatever has a truth value
can be passed, and True or False comes back. It costs nothing; a plain `int`
would refuse a list and come back as 0 or 1.
"""


def toggle(bint state):
    """Return the opposite of `state`."""
    return not state


def count_changes(values):
    """Return how often the truth of `values` changes from one to the next."""
    cdef Py_ssize_t changes = 0
    cdef bint before = False, here
    cdef bint first = True
    for here in values:
        changes += not first and here != before
        before = here
        first = False
    return changes
