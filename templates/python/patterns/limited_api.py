"""A sieve."""


def sieve(limit):
    """Return how many primes there are below a limit."""
    if limit < 0:
        raise ValueError("a limit is not negative")
    is_prime = bytearray(b"\x01") * limit
    is_prime[:2] = bytes(len(is_prime[:2]))
    for number in range(2, int(limit**0.5) + 1):
        if is_prime[number]:
            is_prime[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return sum(is_prime)
