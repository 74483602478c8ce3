"""A list of integers."""

from array import array


class IntVector:
    """A growing list of C integers, as Python's own library has it."""

    def __init__(self, values=()):
        self._items = array("l", values)

    def __len__(self):
        return len(self._items)

    def __getitem__(self, at):
        return self._items[at]

    def append(self, value):
        """Add a value at the end."""
        self._items.append(value)

    def total(self):
        """Return the sum of all items."""
        return sum(self._items)
