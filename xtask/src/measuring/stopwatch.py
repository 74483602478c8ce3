# Runs commands and measures them. A line of JSON on standard input is a list of commands that are run one after another,
# and the answer is a line of JSON on standard output.
#
# Whatever outlives a command is waited for, too, and its CPU time is counted: a worker that ends itself when its
# builder is gone has worked for that builder.
import ctypes
import json
import os
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def measure(command, folder):
    os.chdir(command["folder"])
    streams = [os.path.join(folder, name) for name in ("stdout", "stderr")]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
    actions += [(os.POSIX_SPAWN_OPEN, number + 1, path, flags, 0o644) for number, path in enumerate(streams)]
    arguments = command["arguments"]
    started = time.perf_counter()
    process = os.posix_spawn(arguments[0], arguments, command["environment"], file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - started
    cpu = usage.ru_utime + usage.ru_stime
    faults = usage.ru_minflt + usage.ru_majflt
    peak = usage.ru_maxrss
    while True:
        try:
            _, _, left = os.wait4(-1, 0)
        except ChildProcessError:
            break
        cpu += left.ru_utime + left.ru_stime
    texts = []
    for path in streams:
        with open(path, encoding="utf-8", errors="replace") as file:
            texts.append(file.read())
    return {"wall": wall, "cpu": cpu, "faults": faults, "peak": peak, "code": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}


def main(folder):
    for line in sys.stdin:
        answers = [measure(command, folder) for command in json.loads(line)]
        sys.stdout.write(json.dumps(answers) + "\n")
        sys.stdout.flush()


main(sys.argv[1])
