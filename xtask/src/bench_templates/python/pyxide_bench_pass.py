"""Builds many templates under other settings, several at a time. Standard input: a job as JSON; a line per template comes out."""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pyxide_bench_load as load

_printing = threading.Lock()


def say(what, name, **more):
    with _printing:
        print(json.dumps({"what": what, "name": name, **more}), flush=True)


def build(job):
    say("begin", job["name"])
    try:
        load.template(job, **job["more"])
        say("end", job["name"])
    except BaseException as error:
        say("end", job["name"], failure=load.words(error))


jobs = json.load(sys.stdin)
with ThreadPoolExecutor(jobs["jobs"]) as pool:
    list(pool.map(build, jobs["templates"]))
