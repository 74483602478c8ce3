"""Builds templates and checks their demo calls.

With an argument, a job as JSON, it builds one in a process of its own. Without, it builds one after another, with Cython
imported once: each line of standard input is a job.
"""

import glob
import os
import time
import traceback

import pyxide_bench_load as load

TICKS = os.sysconf("SC_CLK_TCK")


def main(job):
    report = {"failures": []}
    used, began = processor_time(), time.perf_counter()
    try:
        module, results, used_cache = load.template(job, **job["more"])
    except BaseException as error:
        report["failures"].append(load.words(error))
        return report
    report["inside"] = time.perf_counter() - began
    # A worker that ended in the meantime has taken its time along.
    report["cpu"] = max(0.0, processor_time() - used)
    report["used_cache"] = used_cache
    timings = [result.meta["timings"] for result in results]
    for name in ("cython_s", "compiler_s", "linker_s"):
        known = [timing[name] for timing in timings if timing.get(name) is not None]
        report[name] = sum(known) if len(known) == len(timings) else None
    report["artifact"] = sum(result.meta["artifact_size"] for result in results)
    report["warnings"] = [warning for result in results for warning in result.warnings]
    report["fingerprint"] = results[0].fingerprint if results else {}
    if job["demo"]:
        report["failures"] += demo(job, module)
    return report


def processor_time():
    """Seconds that this process and all that it started have used, the worker included, which goes on living."""
    parents, used = {}, {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                text = file.read()
        except OSError:
            continue
        # The name of a program may hold anything, parentheses too.
        fields = text[text.rindex(")") + 2 :].split()
        process = int(path.split("/")[2])
        parents[process] = int(fields[1])
        used[process] = sum(map(int, fields[11:15])) / TICKS
    total, found = 0.0, [os.getpid()]
    while found:
        process = found.pop()
        total += used.get(process, 0.0)
        found += [child for child, parent in parents.items() if parent == process]
    return total


def warm_up():
    """Lets the worker start, so that it is not counted as a part of the first template."""
    import pyxide

    try:
        pyxide.compile_and_load_result("warm = 1", force_rebuild=True)
    except Exception:
        # The templates say it better.
        pass


def demo(job, module):
    """The sentences about demo calls that do not do what the sidecar says."""
    failures = []
    names = load.names(module, job)
    try:
        exec("\n".join(job["setup"]), names)
    except Exception as error:
        return ["the setup of the demo calls failed: " + last_line(error)]
    for demo in job["demo"]:
        call = demo["call"]
        try:
            value = eval(call, names)
        except BaseException as error:
            given = last_line(error)
            if demo.get("raises") != given:
                failures.append("`%s` raises `%s`, not %s" % (call, given, expectation(demo)))
            continue
        if "close" in demo:
            right = abs(value - demo["close"]) <= demo["tolerance"]
        else:
            right = repr(value) == demo.get("result")
        if not right:
            failures.append("`%s` gives `%r`, not %s" % (call, value, expectation(demo)))
    return failures


def last_line(error):
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def expectation(demo):
    if "raises" in demo:
        return "an exception `%s`" % demo["raises"]
    if "close" in demo:
        return "%r, give or take %r" % (demo["close"], demo["tolerance"])
    return "`%s`" % demo["result"]


load.answer(main, warm_up)
