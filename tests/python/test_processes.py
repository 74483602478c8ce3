"""Many processes, threads, signals and forks: one build, nothing left, nobody waits for the dead."""

import os
import select
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest

import pyxide

LIMIT = 60


@pytest.fixture
def held(tmp_path, compiler):
    """A compiler that tells its process id through a pipe and then hangs, as long as the file `hang` is there."""
    pipe, hang = tmp_path / "pipe", tmp_path / "hang"
    os.mkfifo(pipe)
    hang.touch()
    program = compiler("if [ -e '%s' ]; then echo $$ > '%s'; exec sleep 600; fi" % (hang, pipe))
    # For writing, too: then it never ends.
    reading = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    class Held:
        path = program

        def __init__(self):
            self.watch = None

        def started(self):
            """Waits until the compiler runs, and looks at it from then on."""
            assert select.select([reading], [], [], LIMIT)[0], "no compiler was started"
            self.watch = os.pidfd_open(int(os.read(reading, 100)))

        def ended(self):
            """Whether it ends soon."""
            return bool(select.select([self.watch], [], [], 10)[0])

        def let_go(self):
            hang.unlink()

    held = Held()
    yield held
    if held.watch is not None:
        if not held.ended():
            signal.pidfd_send_signal(held.watch, signal.SIGKILL)
        os.close(held.watch)
    os.close(reading)


def finish(process):
    out, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (0, ""), out + err
    return out


BUILD = """
    import pyxide, sys
    print("ready", flush=True)
    sys.stdin.readline()
    result = pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n")
    print(result.module.f(12), result.used_cache, result.key)
"""


def test_eight_processes_build_once(start, compiler, stage_is_empty, tmp_path):
    program = compiler()
    processes = [start(BUILD, CC=program) for _ in range(8)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [finish(process).split() for process in processes]
    assert {answer[0] for answer in answers} == {"144"}
    assert sorted(answer[1] for answer in answers) == ["False"] + ["True"] * 7
    assert len({answer[2] for answer in answers}) == 1
    assert compiler.count() == 1
    stage_is_empty(tmp_path / "cache")


def test_sixteen_threads_build_four_modules(cache, compiler, monkeypatch, stage_is_empty):
    monkeypatch.setenv("CC", str(compiler()))
    together = threading.Barrier(16)
    answers = [None] * 16

    def work(index):
        together.wait()
        answers[index] = pyxide.compile_and_load_result("def f():\n    return %d\n" % (index % 4))

    threads = [threading.Thread(target=work, args=[index]) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert [answer.module.f() for answer in answers] == [0, 1, 2, 3] * 4
    assert [len({answer.key for answer in answers[part::4]}) for part in range(4)] == [1] * 4
    assert sum(not answer.used_cache for answer in answers) == 4
    assert compiler.count() == 4
    assert len(pyxide.list_cached()) == 4
    stage_is_empty(cache)


INTERRUPTED = """
    import pyxide, signal, sys
    # Whoever started the tests may have switched it off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        pyxide.compile_and_load("def f(int n):\\n    return n * n\\n")
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    sys.stdin.readline()
    result = pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n")
    print(result.module.f(12), result.used_cache)
"""


def test_ctrl_c_ends_the_build_and_the_compiler(start, held, stage_is_empty, tmp_path):
    process = start(INTERRUPTED, CC=held.path)
    held.started()
    process.send_signal(signal.SIGINT)
    assert held.ended(), "the compiler goes on after Ctrl-C"
    assert process.stdout.readline() == "interrupted\n"
    assert [*(tmp_path / "cache").glob("v1/entries/*/*")] == []
    # The same process can go on.
    held.let_go()
    process.stdin.write("go on\n")
    process.stdin.flush()
    assert finish(process) == "144 False\n"
    stage_is_empty(tmp_path / "cache")


def test_the_handler_of_a_signal_runs_during_a_build(start, held):
    program = """
        import os, pyxide, signal
        class Enough(Exception):
            pass
        def handler(number, frame):
            raise Enough
        signal.signal(signal.SIGUSR1, handler)
        try:
            pyxide.compile_and_load("x = 1\\n")
        except Enough:
            print("enough")
    """
    process = start(program, CC=held.path)
    held.started()
    process.send_signal(signal.SIGUSR1)
    assert finish(process) == "enough\n"
    assert held.ended()


def test_a_killed_builder_takes_the_compiler_along(start, held, python, stage_is_empty, tmp_path):
    process = start(INTERRUPTED, CC=held.path)
    held.started()
    process.kill()
    assert process.wait(LIMIT) == -signal.SIGKILL
    assert held.ended(), "the compiler goes on without its builder"
    assert [*(tmp_path / "cache").glob("v1/stage/*/*")] != [], "nothing is left that could be swept"
    process.communicate()

    held.let_go()
    program = """
        import pyxide
        assert pyxide.list_cached() == []
        result = pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n", lock_timeout_s=5)
        print(result.module.f(12), result.used_cache)
    """
    assert python(program, CC=held.path) == "144 False\n"
    stage_is_empty(tmp_path / "cache")


def test_whoever_waits_takes_over_from_the_dead(start, held, compiler):
    first = start(INTERRUPTED, CC=held.path)
    held.started()
    second = start(BUILD, CC=held.path)
    assert second.stdout.readline() == "ready\n"
    second.stdin.write("go\n")
    second.stdin.flush()
    held.let_go()
    first.kill()
    first.communicate()
    assert finish(second).split()[:2] == ["144", "False"]
    assert held.ended() and compiler.count() == 2


def test_waiting_has_a_limit(start, held, tmp_path):
    first = start(INTERRUPTED, CC=held.path)
    held.started()
    program = """
        import pyxide
        try:
            pyxide.compile_and_load("def f(int n):\\n    return n * n\\n", lock_timeout_s=0.3)
        except pyxide.LockTimeout as error:
            assert isinstance(error, TimeoutError)
            print(error)
    """
    out = finish(start(program, CC=held.path))
    assert "0.3" in out or "wait" in out or "lock" in out, out
    assert str(first.pid) in out, "who holds it is not told"
    first.kill()
    first.communicate()


def test_the_end_of_a_process_ends_its_worker(start, tmp_path):
    """The worker is a child of ours that lives as long as we do: its end is the end of a pipe that it inherits."""
    program = """
        import os, pyxide, sys
        pyxide.compile_and_load("x = 1\\n")
        children = open("/proc/self/task/%d/children" % os.getpid()).read().split()
        print(*children, flush=True)
        sys.stdin.readline()
    """
    process = start(program)
    workers = process.stdout.readline().split()
    assert workers, "there is no worker that could be left"
    watches = [os.pidfd_open(int(worker)) for worker in workers]
    finish(process)
    for watch in watches:
        assert select.select([watch], [], [], 10)[0], "the worker lives on"
        os.close(watch)


def test_fork(python):
    program = """
        import os, pyxide, sys
        def build(number):
            result = pyxide.compile_and_load_result("def f():\\n    return %d\\n" % number)
            assert result.module.f() == number
            return result.used_cache
        print(build(1))
        child = os.fork()
        if child == 0:
            status = 99
            try:
                status = 10 * build(1) + build(2)
            finally:
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        print(build(3), build(2))
    """
    # The child: a hit, then a build. The parent: a build by its old worker, then a hit of what the child built.
    assert python(program).split() == ["False", "10", "False", "True"]


def test_a_child_that_is_forked_during_a_build_does_not_disturb_it(start, held):
    program = """
        import os, pyxide, sys, threading
        answers = []
        def build():
            answers.append(pyxide.compile_and_load_result("def f(int n):\\n    return n * n\\n"))
        thread = threading.Thread(target=build)
        thread.start()
        sys.stdin.readline()
        child = os.fork()
        if child == 0:
            status = 99
            try:
                status = pyxide.list_cached() != []
            finally:
                os._exit(status)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        thread.join()
        print(type(answers), answers)
    """
    process = start(program, CC=held.path, flags=["-I", "-W", "ignore::DeprecationWarning"])
    held.started()
    process.stdin.write("fork\n")
    process.stdin.flush()
    assert process.stdout.readline() == "0\n"
    # The build is under way: the parent's compiler is not touched by its child's end.
    assert not select.select([held.watch], [], [], 0)[0]
    process.kill()
    process.communicate()
    assert held.ended()


def test_multiprocessing_workers_share_what_is_built(python):
    program = """
        import multiprocessing, pyxide, sys
        def work(n):
            return pyxide.compile_and_load("def f(int n):\\n    return n * n\\n").f(n)
        with multiprocessing.get_context("fork").Pool(4) as pool:
            print(pool.map(work, range(8)))
        print(len(pyxide.list_cached()))
    """
    assert python(program) == "%s\n1\n" % [n * n for n in range(8)]


REPRODUCED = """
    import hashlib, pyxide, sys
    for name in sys.argv[2:]:
        built = pyxide.cython_import_result(sys.argv[1] + "/" + name)
        print(built.key, hashlib.sha256(built.artifact_path.read_bytes()).hexdigest(), built.used_cache)
"""


def test_equal_inputs_give_equal_bytes(tmp_path, start):
    templates = Path(__file__).parents[2] / "templates" / "cython"
    chosen = ["patterns/distance", "memoryview/running_mean", "cpp/primes"]
    processes = []
    for folder in ["a", "another/and longer/folder"]:
        project = tmp_path / folder / "project"
        project.mkdir(parents=True)
        for file in (file for name in chosen for file in templates.glob(name + ".p*")):
            shutil.copy(file, project)
        names = [Path(name).name + ".pyx" for name in chosen]
        cache = tmp_path / folder / "cache"
        processes.append(start(REPRODUCED, project, *names, cwd=tmp_path / folder, PYXIDE_CACHE_DIR=cache))
    one, two = ([line.split() for line in finish(process).splitlines()] for process in processes)
    assert len(one) == 3 and [line[2] for line in one + two] == ["False"] * 6
    for name, (key, digest, _), (other_key, other_digest, _) in zip(chosen, one, two):
        assert key == other_key, name
        assert digest == other_digest, name


def children():
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


def test_changed_settings_keep_the_worker(cache, monkeypatch):
    before = children()
    assert pyxide.compile_and_load("def f():\n    return 'first'\n").f() == "first"
    first = children()
    monkeypatch.setenv("PYXIDE_SALT", "other")
    assert pyxide.compile_and_load("def f():\n    return 'second'\n", build_timeout_s=90).f() == "second"
    assert children() == first and len(first | before) <= len(before) + 1


def test_ctrl_c_ends_a_question_to_a_compiler(start, tmp_path):
    """One that does not even say what it is."""
    hanging, marker = tmp_path / "hanging", tmp_path / "asked"
    hanging.write_text("#!/bin/sh\necho $$ >> '%s'\nexec sleep 1000\n" % marker)
    hanging.chmod(0o755)
    # Whoever is started in the background by a shell ignores it otherwise.
    program = """
        import signal
        import pyxide
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            pyxide.compile_and_load("x = 1\\n")
        except KeyboardInterrupt:
            print("interrupted")
    """
    process = start(program, CC=hanging)
    deadline = time.monotonic() + 60
    while not (marker.exists() and marker.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "interrupted\n"
    for pid in marker.read_text().split():
        try:
            state = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        assert state == "Z", "the compiler goes on"
