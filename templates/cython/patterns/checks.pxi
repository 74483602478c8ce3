# Checks of arguments, for modules that include this file.


cdef double not_negative(double value) except -1:
    if not value >= 0:
        raise ValueError(f"{value} is negative or no number")
    return value
