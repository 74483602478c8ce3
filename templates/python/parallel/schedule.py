"""Steps of the Collatz sequence."""


def steps(count):
    """Return the steps that each number from 1 on takes to become 1."""
    return [_collatz(number) for number in range(1, count + 1)]


def _collatz(number):
    steps = 0
    while number != 1:
        number = 3 * number + 1 if number & 1 else number >> 1
        steps += 1
    return steps
