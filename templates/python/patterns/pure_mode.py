"""Brightness of colours: the template itself, which is Python, too."""


def clamp(value, low, high):
    """Return the value, moved into the range from low to high."""
    return low if value < low else high if value > high else value


def gray(red, green, blue):
    """Return the brightness of a colour, from 0 to 255."""
    return clamp((299 * red + 587 * green + 114 * blue + 500) // 1000, 0, 255)


def histogram(pixels):
    """Return how often each brightness occurs in triples of colours."""
    counts = [0] * 256
    for red, green, blue in pixels:
        counts[gray(red, green, blue)] += 1
    return counts
