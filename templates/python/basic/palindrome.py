"""Texts from both ends."""


def is_palindrome(text):
    """Say whether letters and digits read the same from both ends."""
    kept = [character.lower() for character in text if character.isalnum()]
    return kept == kept[::-1]


def reverse(text):
    """Return `text` from its end to its beginning."""
    return text[::-1]
