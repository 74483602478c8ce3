"""Measures calls of a template beside its twins in one process. Argument: a job as JSON.

Everybody takes one sample in each round, and each round begins with another one, so that what else the machine does in
the meantime happens to all. A sample is as many calls as take about as long as the job says.
"""

import gc
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


def main(job):
    module, _, _ = load.template(job, build=False)
    # The clock begins when nothing is loaded for the first time.
    report = {"hit": hit(job)}
    contenders = {"module": module}
    if job["twin"]:
        contenders["twin"] = load.twin(job["twin"], job["bytecode"])
    if job["numpy"]:
        contenders["numpy"] = load.twin(job["numpy"], job["bytecode"])
    bench = job["bench"]
    samples, loops, values = {}, {}, {}
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
            return {"failure": "`%s` gives `%s` in the %s, and `%s` in the template" % (bench["call"], shown[0], what, shown[1])}
    gc.collect()
    gc.disable()
    least = 0.0
    for name, sample in samples.items():
        loops[name], took = calibrated(sample, job["sample"])
        least += took
    rounds = max(job["least"], min(job["rounds"], int(job["budget"] / least)))
    order = list(samples)
    report["rounds"] = []
    for number in range(rounds):
        turn = number % len(order)
        taken = {}
        for name in order[turn:] + order[:turn]:
            wall, cpu = samples[name](loops[name])
            taken[name] = [wall / loops[name], cpu / loops[name]]
        report["rounds"].append(taken)
    return report


def hit(job):
    """Seconds that the same request takes again, in this process."""
    times = []
    end = time.perf_counter() + 0.03
    while len(times) < 5 or (len(times) < 200 and time.perf_counter() < end):
        began = time.perf_counter()
        load.template(job, build=False)
        times.append(time.perf_counter() - began)
    return sorted(times)[len(times) // 2]


def sampler(names, call, slower):
    inside = dict(names)
    helpers = {"process_time": time.process_time, "perf_counter": time.perf_counter, "repeat": itertools.repeat}
    inside.update(("_bench_" + name, helper) for name, helper in helpers.items())
    exec(SAMPLE.replace("{call}", call), inside)
    sample = inside["_bench_sample"]
    return sample if slower == 1.0 else slowed(sample, slower)


def slowed(sample, factor):
    """The same, and as much slower as somebody wants who looks whether that is noticed."""

    def slow(loops):
        began = time.process_time()
        wall, cpu = sample(loops)
        while time.process_time() - began < cpu * factor:
            pass
        return wall * factor, time.process_time() - began

    return slow


def calibrated(sample, seconds):
    """How many calls take about so long, and how long they take."""
    loops = 1
    while True:
        wall, _ = sample(loops)
        if wall >= seconds / 2 or loops >= 10_000_000:
            break
        loops *= 2 if wall > seconds / 64 else 16
    # The first samples are slower: what they need is not in the processor's caches.
    wall = min(wall, sample(loops)[0]) if wall < seconds * 2 else wall
    loops = max(1, round(loops * seconds / wall))
    return loops, max(seconds, wall)


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


load.answer(main)
