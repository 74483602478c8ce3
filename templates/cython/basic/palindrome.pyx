"""A character of a typed `str` is a `Py_UCS4`: a number with the methods of a text.

Use it to look at each character of a text. `text[i]`, comparisons, isalnum()
and lower() make no Python object. It costs letters that are more than one
character: lower() of a single one cannot become two.
"""


def is_palindrome(str text not None):
    """Say whether letters and digits read the same from both ends."""
    cdef Py_ssize_t left = 0, right = len(text) - 1
    cdef Py_UCS4 a, b
    while left < right:
        a = text[left]
        b = text[right]
        if not a.isalnum():
            left += 1
        elif not b.isalnum():
            right -= 1
        elif a.lower() != b.lower():
            return False
        else:
            left += 1
            right -= 1
    return True


def reverse(str text not None):
    """Return `text` from its end to its beginning."""
    cdef list characters = []
    cdef Py_UCS4 character
    for character in reversed(text):
        characters.append(character)
    return "".join(characters)
