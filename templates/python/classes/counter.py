"""A counter."""


class Counter:
    """Counts up to a limit, and how often it was full."""

    __slots__ = ("_limit", "rounds", "value")

    def __init__(self, limit):
        if limit < 1:
            raise ValueError("the limit must be at least 1")
        self._limit = limit
        self.value = 0
        self.rounds = 0

    def add(self, step=1):
        """Count `step` further, or back where it is negative, and return the value."""
        rounds, self.value = divmod(self.value + step, self._limit)
        self.rounds += rounds
        return self.value


def count(limit, steps):
    """Count single steps."""
    counter = Counter(limit)
    for _ in range(steps):
        counter.add()
    return counter.rounds, counter.value
