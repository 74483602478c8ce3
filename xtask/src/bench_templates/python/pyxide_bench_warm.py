"""Loads a template from the cache, or its twin, in a new process. Argument: a job as JSON."""

import time

import pyxide_bench_load as load


def main(job):
    began = time.perf_counter()
    if job["twin"]:
        load.twin(job["twin"], job["bytecode"])
    else:
        # What is not in the cache is an error, not a build.
        load.template(job, build=False)
    return {"inside": time.perf_counter() - began}


load.answer(main)
