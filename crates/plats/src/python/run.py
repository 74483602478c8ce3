# Runs one compiled program as `python FILE` would. The file descriptor leads to source and code.


def main():
    import builtins
    import os

    descriptor, size, filename, folder = sys.argv[1:5]
    with os.fdopen(int(descriptor), "rb") as file:
        everything = file.read()
    source = everything[:int(size)].decode("utf-8")
    code = everything[int(size):].decode("utf-8")
    sys.argv[:] = [filename, *sys.argv[5:]]
    if not getattr(sys.flags, "safe_path", False) and sys.path:
        sys.path[0] = folder
    remember(filename, source)
    find_programs()
    show = print_error
    sys.excepthook = lambda kind, error, trace: show(kind, error, trace, {filename})
    try:
        compiled = compile(code, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        # What is refused here is too large or too deep for this interpreter.
        sys.stderr.write("fout: deze Python kan `%s` niet aan: %s\n" % (filename, error))
        sys.exit(1)
    # The program finds a namespace as fresh as any script does.
    namespace = sys.modules["__main__"].__dict__
    namespace.clear()
    namespace.update(__name__="__main__", __file__=filename, __builtins__=builtins, __doc__=None,
                     __package__=None, __spec__=None, __loader__=None, __cached__=None)
    return compiled, namespace


def start():
    run = exec
    compiled, namespace = main()
    try:
        run(compiled, namespace)
    except KeyboardInterrupt:
        # Python forgets that it was interrupted, and with which code to end, when something is evaluated while the
        # traceback is printed. What printing needs is therefore imported before.
        import traceback

        del traceback
        raise


start()
