"""Numbers in a text."""

import re


def sum_of_numbers(text):
    """Return the sum of all decimal numbers in `text`."""
    return sum(map(int, re.findall(rb"[0-9]+", text)))
