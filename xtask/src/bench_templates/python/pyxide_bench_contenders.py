"""A template and its twins, ready to be called, as the scripts that measure calls need them."""

import fractions
import itertools
import math
import time

import pyxide_bench_load as load

# The names are such as no template has.
SAMPLE = """\
def _bench_sample(_bench_loops):
    _bench_cpu = _bench_process_time()
    _bench_wall = _bench_perf_counter()
    for _bench_round in _bench_repeat(None, _bench_loops):
        {call}
    return _bench_perf_counter() - _bench_wall, _bench_process_time() - _bench_cpu
"""


def samplers(job, module):
    """Functions by name: each makes so many calls, and gives seconds of wall and processor time.

    The template is `module`, and its twins are `twin` and `numpy` where the job has them. All give the same, or this raises.
    """
    contenders = {"module": module}
    for name in ("twin", "numpy"):
        if job[name]:
            contenders[name] = load.twin(job[name], job["bytecode"])
    bench = job["bench"]
    samples, values = {}, {}
    for name, contender in contenders.items():
        names = load.names(contender, job)
        names["n"] = bench["n"]
        exec("\n".join(bench["setup"]), names)
        values[name] = plain(eval(bench["call"], names))
        samples[name] = sampler(names, bench["call"], job["slower"] if name == "module" else 1.0)
    for name in contenders:
        if name != "module" and not alike(values["module"], values[name]):
            what = "twin" if name == "twin" else "NumPy twin"
            shown = [repr(values[one])[:200] for one in (name, "module")]
            sentence = "`%s` gives `%s` in the %s, and `%s` in the template"
            raise load.Wrong(sentence % (bench["call"], shown[0], what, shown[1]))
    return samples


def sampler(names, call, slower):
    inside = dict(names)
    helpers = {"process_time": time.process_time, "perf_counter": time.perf_counter, "repeat": itertools.repeat}
    inside.update(("_bench_" + name, helper) for name, helper in helpers.items())
    exec(SAMPLE.replace("{call}", call), inside)
    sample = inside["_bench_sample"]
    return sample if slower == 1.0 else lambda loops: sample(round(loops * slower))


def whole(loops, job):
    """At least so many calls, of which those that somebody wants who looks whether a slow-down is noticed are whole ones."""
    step = fractions.Fraction(job["slower"]).limit_denominator(20).denominator
    return -(-loops // step) * step


def plain(value):
    """A value as something that can be compared; what is none of the usual things counts as equal to anything."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        # Hash tables of C++ have other orders.
        return sorted(([plain(key), plain(value[key])] for key in value), key=repr)
    if hasattr(value, "tolist"):
        return value.tolist()
    try:
        return memoryview(value).tolist()
    except TypeError:
        return NotImplemented


def alike(one, other):
    if one is NotImplemented or other is NotImplemented:
        return True
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) or isinstance(other, float):
        if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
            return False
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9) or (one != one and other != other)
    return one == other
