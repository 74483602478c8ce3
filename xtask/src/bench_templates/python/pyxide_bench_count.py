"""Counts the instructions of calls of templates and their twins, as a process of callgrind.

Each line of standard input is a job as JSON. Everything that all need is imported once, and each job has a process of its
own that is made from this one, so that nobody's count depends on who was counted before.
"""

import ctypes
import gc
import glob
import json
import os
import signal

import pyxide_bench_contenders as contenders
import pyxide_bench_load as load

# Below that, what surrounds the calls would count.
INSTRUCTIONS = 1_000_000

WARM_CALLS = 3

# How many small objects of each size are made, of which every second one stays.
SMALL = 8_000


def main(job):
    # Who hangs is the other process, which ends itself.
    signal.alarm(0)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(job["limit"])
        try:
            report = counts(job)
        except BaseException as error:
            report = {"failure": load.words(error)}
        with open(writer, "w") as file:
            json.dump(report, file)
        # What would be flushed is the other process's, too.
        os._exit(0)
    os.close(writer)
    with open(reader) as file:
        text = file.read()
    _, status = os.waitpid(child, 0)
    if not text:
        return {"failure": "the process that counts ended with %d" % os.waitstatus_to_exitcode(status)}
    return json.loads(text)


def counts(job):
    """Instructions per call, by name."""
    counter = ctypes.PyDLL(job["counter"])
    held = moved(job["layout"])
    module, _, _ = load.template(job, build=False)
    samples = contenders.samplers(job, module)
    gc.collect()
    gc.disable()
    for name in ("module", "twin"):
        for _ in range(WARM_CALLS):
            samples[name](1)
    report = {}
    for name in ("module", "twin"):
        sample = samples[name]
        loops = contenders.whole(1, job)
        counted = count(counter, job, sample, loops)
        if counted < INSTRUCTIONS:
            loops = contenders.whole(round(loops * INSTRUCTIONS / counted), job)
            counted = count(counter, job, sample, loops)
        report[name] = counted / loops
    del held
    return report


def moved(layout):
    """Objects that are to be held, so that what is allocated from now on lies elsewhere.

    Between them CPython's pools have holes for small objects. Without these, a call that makes many would need new pools or
    not, as it happens, and a tenth more instructions if it does.
    """
    held = [bytearray(layout * 16 + size % 700) for size in range(layout * 777)]
    small = [[bytes(size) for _ in range(SMALL)][::2] for size in range(1, 480, 16)]
    numbers = [float(number) for number in range(SMALL)][::2]
    return held, small, numbers


def count(counter, job, sample, loops):
    """The instructions of so many calls."""
    counter.begin()
    sample(loops)
    counter.end()
    # callgrind numbers what a process writes.
    (path,) = glob.glob("%s/%d.*" % (job["counts"], os.getpid()))
    with open(path) as file:
        counted = next(int(line.split()[1]) for line in file if line.startswith("totals:"))
    os.remove(path)
    return counted


def imports():
    """Imports what takes long and most need."""
    import numpy
    import pyxide


load.answer(main, imports)
