"""Loads a template from the cache, or its twin, in a new process. Argument: a job as JSON."""

import json
import sys
import time

import pyxide_bench_load as load

job = json.loads(sys.argv[1])
began = time.perf_counter()
if job["twin"]:
    load.twin(job["twin"], job["bytecode"])
else:
    # What is not in the cache is an error, not a build.
    load.template(job, build=False)
print("inside %.9f" % (time.perf_counter() - began))
