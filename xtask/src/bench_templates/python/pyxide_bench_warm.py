"""Loads a template from the cache, or its twin, in a new process. Argument: a job as JSON."""

import importlib
import sys
import time

import pyxide_bench_load as load

# What takes longer to import than all that is measured. Modules for the limited API ask `inspect` for numbers that the
# headers do not tell them.
LARGE = ("numpy", "inspect")


def main(job):
    began = time.perf_counter()
    if job["twin"]:
        load.twin(job["twin"], job["bytecode"])
        for name in job["also"]:
            importlib.import_module(name)
    else:
        # What is not in the cache is an error, not a build.
        load.template(job, build=False)
    inside = time.perf_counter() - began
    # NumPy imports most of the others.
    found = [name for name in LARGE if name in sys.modules]
    return {"inside": inside, "also": found[:1]}


load.answer(main)
