"""The first prime numbers."""


def primes(count):
    """Return the first `count` prime numbers."""
    found = []
    candidate = 2
    while len(found) < count:
        for prime in found:
            if prime * prime > candidate:
                found.append(candidate)
                break
            if candidate % prime == 0:
                break
        else:
            found.append(candidate)
        candidate += 1
    return found
