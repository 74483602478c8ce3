# What pure_mode.py does not say, since Python could not read it.

cdef long clamp(long value, long low, long high) noexcept

cpdef long gray(long red, long green, long blue) noexcept
