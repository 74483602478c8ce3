"""A `cpdef enum` and a struct that Python sees, too.

Use a `cpdef enum` for states that both sides name: in C it is an integer, in
Python a member of an enum.IntFlag or IntEnum. A struct becomes a dict on the
way out, and a dict becomes a struct on the way in. It costs a conversion of all
fields each time; an object that stays on one side should be a `cdef class`.
"""


cpdef enum State:
    IDLE = 1
    RUNNING = 2
    DONE = 3


cdef struct Job:
    int number
    double progress
    State state


def advance(Job job, double amount):
    """Return the job as it is after some more progress."""
    job.progress = min(job.progress + amount, 1.0)
    job.state = State.DONE if job.progress >= 1 else State.RUNNING
    return job


def is_final(State state):
    """Say whether nothing comes after this state."""
    return state == State.DONE
