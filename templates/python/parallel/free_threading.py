"""Counts that several threads add to."""

from threading import Lock


class Tally:
    """Counts that any number of threads add to."""

    def __init__(self):
        self._lock = Lock()
        self._counts = {}

    def add(self, key, amount=1):
        """Add to the count of a key."""
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + amount

    def add_all(self, keys):
        """Count each key once."""
        for key in keys:
            self.add(key)
        return self

    @property
    def total(self):
        """The sum of all counts."""
        with self._lock:
            return sum(self._counts.values())

    def snapshot(self):
        """Return a copy of the counts that belong together."""
        with self._lock:
            return dict(self._counts)
