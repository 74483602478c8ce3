"""Builds one template in a process of its own and checks its demo calls. Argument: a job as JSON."""

import time
import traceback

import pyxide_bench_load as load


def main(job):
    report = {"failures": []}
    began = time.perf_counter()
    try:
        module, results, used_cache = load.template(job, **job["more"])
    except BaseException as error:
        report["failures"].append(load.words(error))
        return report
    report["inside"] = time.perf_counter() - began
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


load.answer(main)
