"""Functions of the operating system are declared in `posix`.

Use it for system calls that Python does not offer, or not as cheaply: clocks,
files, memory maps. Each says by its result that it failed, and `errno` why;
an OSError of that number is what Python users expect. It costs portability:
there is no `posix` on Windows.
"""

from libc.errno cimport errno
from posix.time cimport CLOCK_MONOTONIC, clock_getres, clock_gettime, timespec


def now(int clock=CLOCK_MONOTONIC):
    """Return the nanoseconds of a clock."""
    cdef timespec time
    if clock_gettime(clock, &time):
        raise_from_errno()
    return time.tv_sec * 1_000_000_000LL + time.tv_nsec


def resolution(int clock=CLOCK_MONOTONIC):
    """Return the smallest step of a clock, in nanoseconds."""
    cdef timespec time
    if clock_getres(clock, &time):
        raise_from_errno()
    return time.tv_sec * 1_000_000_000LL + time.tv_nsec


cdef int raise_from_errno() except -1:
    # Kept at once: what follows may change it.
    cdef int number = errno
    import os
    raise OSError(number, os.strerror(number))
