# Executes blocks that come through one pipe and answers through another, until the first one ends.


def main():
    import os
    import types

    requests, answers = (int(word) for word in sys.argv[1:3])
    for descriptor in (requests, answers):
        os.set_inheritable(descriptor, False)
    requests = os.fdopen(requests, "rb")
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    namespace = module.__dict__
    sys.argv[:] = [""]
    own = set()
    find_programs()

    def line():
        while True:
            try:
                return requests.readline()
            except KeyboardInterrupt:
                # Somebody interrupts the prompt, not a block.
                pass

    while True:
        head = line()
        if not head:
            return
        kind, name, *sizes = head.decode("ascii").split()
        if kind == "reset":
            namespace.clear()
            namespace.update(__name__="__main__", __doc__=None)
            answer = "ok"
        else:
            source, code = (requests.read(int(size)).decode("utf-8") for size in sizes)
            own.add(name)
            answer = "ok"
            try:
                remember(name, source)
                exec(compile(code, name, "exec", dont_inherit=True), namespace)
            except SystemExit as error:
                status = error.code
                if status is not None and not isinstance(status, int):
                    sys.stderr.write("%s\n" % (status,))
                    status = 1
                answer = "exit %d" % ((status or 0) & 0xFF)
            except BaseException as error:
                print_error(type(error), error, error.__traceback__, own)
                answer = "failed"
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception:
                pass
        os.write(answers, answer.encode("ascii") + b"\n")
        if answer.startswith("exit"):
            return


main()
