"""Searching."""


def find(text, word):
    """Return the places where a word begins in a text."""
    if not word:
        raise ValueError("the word is empty")
    places = []
    place = text.find(word)
    while place >= 0:
        places.append(place)
        place = text.find(word, place + 1)
    return places
