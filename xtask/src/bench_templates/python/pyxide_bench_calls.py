"""Measures calls of a template beside its twins in one process. Argument: a job as JSON.

Everybody takes one sample in each round, and each round begins with another one, so that what else the machine does in
the meantime happens to all. A sample is as many calls as take about as long as the job says.
"""

import gc
import time

import pyxide_bench_contenders as contenders
import pyxide_bench_load as load


def main(job):
    module, _, _ = load.template(job, build=False)
    # The clock begins when nothing is loaded for the first time.
    report = {"hit": hit(job)}
    samples, loops = contenders.samplers(job, module), {}
    gc.collect()
    gc.disable()
    least = 0.0
    for name, sample in samples.items():
        loops[name], took = calibrated(sample, job)
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


def calibrated(sample, job):
    """How many calls take about so long, and how long they take."""
    loops, seconds = 1, job["sample"]
    while True:
        wall, _ = sample(loops)
        if wall >= seconds / 2 or loops >= 10_000_000:
            break
        loops *= 2 if wall > seconds / 64 else 16
    # The first samples are slower: what they need is not in the processor's caches.
    wall = min(wall, sample(loops)[0]) if wall < seconds * 2 else wall
    loops = contenders.whole(max(1, round(loops * seconds / wall)), job)
    return loops, max(seconds, wall)


load.answer(main)
