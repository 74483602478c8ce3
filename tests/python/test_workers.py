"""One Cython worker for all threads of a process: what they share, and that nobody loses by what happens to another."""

import os
import select
import signal

import pytest

LIMIT = 60

# What programs below have in common.
COMMON = """
    import os, pyxide, signal, sys, threading
    def workers():
        children = []
        for task in os.listdir("/proc/self/task"):
            try:
                children += open("/proc/self/task/%s/children" % task).read().split()
            except OSError:
                pass  # The thread has just ended.
        return [pid for pid in children if "def load_" + "compiler" in commands(pid)]
    def commands(pid):
        try:
            return open("/proc/%s/cmdline" % pid).read()
        except OSError:
            return ""
    def source(number):
        return "def f():\\n    return %d\\n" % number
    def together(*functions):
        threads = [threading.Thread(target=function) for function in functions]
        for thread in threads:
            thread.start()
        return threads
"""


@pytest.fixture
def held(tmp_path, compiler):
    """A compiler that hangs on modules whose source has the word `held`, and tells its process id through a pipe.

    On those that have `held once`, it hangs the first time.
    """
    pipe, once = tmp_path / "pipe", tmp_path / "once"
    os.mkfifo(pipe)
    hang = "echo $$ > '%s'; exec sleep 600" % pipe
    program = compiler(
        "if grep -q 'held once' *.pyx; then mkdir '%s' 2> /dev/null && { %s; }; "
        "elif grep -q held *.pyx; then %s; fi" % (once, hang, hang)
    )
    reading = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)

    class Held:
        path = program

        @staticmethod
        def started():
            assert select.select([reading], [], [], LIMIT)[0], "no compiler was started"
            # Several may have told at once.
            line = b""
            while not line.endswith(b"\n"):
                line += os.read(reading, 1)
            return os.pidfd_open(int(line))

    yield Held
    os.close(reading)


def ended(watch):
    """Whether a process ends soon."""
    over = bool(select.select([watch], [], [], 10)[0])
    if not over:
        signal.pidfd_send_signal(watch, signal.SIGKILL)
    os.close(watch)
    return over


def finish(process):
    out, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (0, ""), out + err
    return out.splitlines()


def program(text):
    return COMMON + text


def test_threads_share_one_worker(python):
    out = python(
        program("""
    seen, results = set(), {}
    def build(number):
        results[number] = pyxide.compile_and_load(source(number)).f()
    threads = together(*[lambda number=number: build(number) for number in range(4)])
    while any(thread.is_alive() for thread in threads):
        seen.update(workers())
    print(sorted(results.items()) == [(number, number) for number in range(4)], len(seen), len(workers()))
    """)
    )
    assert out == "True 1 1\n"


def test_a_hit_starts_no_worker(python):
    build = program("""
    result = pyxide.compile_and_load_result(source(1))
    print(result.used_cache, len(workers()))
    """)
    assert python(build) == "False 1\n"
    assert python(build) == "True 0\n"


def test_a_worker_that_was_started_for_nothing_ends(python, empty):
    out = python(
        program("""
    try:
        pyxide.compile_and_load(source(1))
    except pyxide.ToolchainError:
        print(len(workers()))
    """),
        PATH=empty,
    )
    assert out == "0\n"


def test_a_time_limit_of_one_is_nothing_to_the_other(start, held):
    process = start(
        program("""
    pyxide.compile_and_load("def f():\\n    return 'before'\\n")
    def slow():
        try:
            pyxide.compile_and_load("# held\\n", build_timeout_s=3)
        except pyxide.PyxideError as error:
            print("3 s" in str(error), flush=True)
    def quick():
        for number in range(6):
            assert pyxide.compile_and_load(source(number)).f() == number
    threads = together(slow, quick)
    for thread in threads:
        thread.join()
    print(pyxide.compile_and_load("def f():\\n    return 'after'\\n").f(), len(workers()))
    """),
        CC=held.path,
    )
    watch = held.started()
    assert ended(watch), "the compiler goes on after its time"
    assert finish(process) == ["True", "after 1"]


def test_ctrl_c_in_one_thread_is_nothing_to_the_other(start, held):
    """The other one compiles when its worker is taken from it, and compiles again."""
    process = start(
        program("""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    results = []
    def other():
        results.append(pyxide.compile_and_load("# held once\\ndef f():\\n    return 12\\n").f())
    def wait():
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGINT)
    threads = together(other, wait)
    try:
        pyxide.compile_and_load("# held\\n")
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    for thread in threads:
        thread.join()
    print(results)
    """),
        CC=held.path,
    )
    first, second = held.started(), held.started()
    process.stdin.write("now\n")
    process.stdin.flush()
    assert ended(first) and ended(second)
    assert finish(process) == ["interrupted", "[12]"]


def test_a_worker_that_is_killed_is_replaced(start, held):
    process = start(
        program("""
    assert pyxide.compile_and_load(source(1)).f() == 1
    os.kill(int(workers()[0]), signal.SIGKILL)
    print(pyxide.compile_and_load(source(2)).f(), len(workers()))
    """),
        CC=held.path,
    )
    assert finish(process) == ["2 1"]


def test_a_worker_that_is_killed_takes_along_what_it_started(start, held):
    process = start(
        program("""
    def build():
        try:
            pyxide.compile_and_load("# held\\n")
        except pyxide.PyxideError as error:
            print("ended by itself" in str(error), flush=True)
    thread, = together(build)
    for _ in range(2):
        sys.stdin.readline()
        os.kill(int(workers()[0]), signal.SIGKILL)
    thread.join()
    """),
        CC=held.path,
    )
    # The step is done again, once.
    for _ in range(2):
        watch = held.started()
        process.stdin.write("kill\n")
        process.stdin.flush()
        assert ended(watch), "the compiler goes on without its worker"
    assert finish(process) == ["True"]


def test_killing_the_builder_ends_all_even_while_a_fork_of_it_lives(start, held):
    """The fork has copies of all pipes, whose end therefore says nothing."""
    process = start(
        program("""
    threads = together(lambda: pyxide.compile_and_load("# held 1\\n"), lambda: pyxide.compile_and_load("# held 2\\n"))
    sys.stdin.readline()
    child = os.fork()
    if child == 0:
        signal.pause()
    print(child, *workers(), flush=True)
    threads[0].join()
    """),
        flags=["-I", "-W", "ignore::DeprecationWarning"],
        CC=held.path,
    )
    compilers = [held.started(), held.started()]
    process.stdin.write("fork\n")
    process.stdin.flush()
    child, *children = map(int, process.stdout.readline().split())
    watches = [os.pidfd_open(pid) for pid in children if pid != child]
    assert len(watches) == 1
    process.kill()
    process.wait(LIMIT)
    try:
        assert all([ended(watch) for watch in compilers + watches]), "something lives on"
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_a_fork_builds_while_its_parent_builds(start):
    process = start(
        program("""
    results = []
    def build(number):
        results.append(pyxide.compile_and_load(source(number)).f())
    thread, = together(lambda: build(1))
    while not workers():
        pass
    child = os.fork()
    if child == 0:
        status = 99
        try:
            build(2)
            status = results[-1]
        finally:
            os._exit(status)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    thread.join()
    print(results)
    """),
        flags=["-I", "-W", "ignore::DeprecationWarning"],
    )
    assert finish(process) == ["2", "[1]"]


def test_the_worker_gets_ready_while_the_compiler_is_asked_who_it_is(python, tmp_path, compiler):
    """The compiler answers once there is a worker beside it."""
    asked = tmp_path / "asked"
    asked.write_text(
        """#!/bin/sh
        workers() {
            for pid in $(cat /proc/$PPID/task/*/children); do
                grep -q 'def load_compiler' /proc/$pid/cmdline 2> /dev/null && return
            done
            return 1
        }
        case " $* " in *" -shared "*) ;; *) until workers; do sleep 0.01; done ;; esac
        exec '%s' "$@"
        """
        % compiler()
    )
    asked.chmod(0o755)
    text = program("""
    result = pyxide.compile_and_load_result(source(1))
    print(result.used_cache, result.module.f())
    """)
    assert python(text, CC=asked) == "False 1\n"
