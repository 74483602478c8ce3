# Loads modules as a user would, each in a process of its own, and says what they answer.
# A line of input is `name<TAB>path`, a line of output `value N`, `signal N` or `error TEXT`.
import importlib.machinery
import importlib.util
import os
import signal
import sys


def load(name, path):
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module.value()


for line in sys.stdin:
    name, path = line.rstrip("\n").split("\t")
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            text = "value %d" % load(name, path)
        except BaseException as error:
            text = "error %s: %s" % (type(error).__name__, error)
        os.write(write, text.replace("\n", " ").encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(text if code == 0 else "signal %d" % -code, flush=True)
