"""An anonymous `cdef enum` names integers that the C compiler knows.

Use it for whole-number constants: sizes of C arrays, limits, masks. They are
literals in the C code, and Python does not see them. It costs an assignment
where Python shall have them, too. `DEF`, which older code uses for this, is
deprecated.
"""

cdef enum:
    SECONDS_PER_MINUTE = 60
    SECONDS_PER_HOUR = 60 * SECONDS_PER_MINUTE
    PARTS = 3

# For Python, under the same meaning.
PER_HOUR = SECONDS_PER_HOUR


def clock_time(int seconds):
    """Return hours, minutes and seconds as a tuple."""
    if seconds < 0:
        raise ValueError("time does not run backwards")
    cdef int[PARTS] parts
    parts[0] = seconds // SECONDS_PER_HOUR
    parts[1] = seconds % SECONDS_PER_HOUR // SECONDS_PER_MINUTE
    parts[2] = seconds % SECONDS_PER_MINUTE
    return tuple(parts)
