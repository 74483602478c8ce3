# The Cython worker: runs jobs for one builder, and nothing outlives either of them.
#
# Jobs are lines of JSON on standard input, answers are lines of JSON on standard output. A job is
#     {"id": 1, "transpile": {...}}   translate a Cython source, in a fork of this process
#     {"id": 2, "utility": {...}}     write Cython's code for memoryviews, in a fork of this process
#     {"id": 3, "execute": {...}}     run a program
#     {"prepare": true}               import what translations need; there is no answer
# and each but the last has "limits", by the names that the module `resource` has for them. Many can be under way at once.
# The process is the leader of its own process group, and so everything it starts is in that group. When the builder is
# gone, by whatever signal, the group ends with it.
import gc
import json
import os
import re
import resource
import select
import signal
import sys

# What is kept of a program's output: the beginning and the end.
KEEP = 64 * 1024

# A message that is longer than this is shortened in its middle.
LONGEST = 4000

# What Cython takes for a level of the language.
LEVELS = ["2", "3", "3str"]

# The package of modules that were given no name, which lie in no folder.
UNNAMED = "pyxide.jit"

# The interpreter starts with its standard library alone; the folder of Cython and the search path are given.
STANDARD = [folder for folder in sys.path if folder]
BUILDER, CYTHON, SEARCH_PATH = int(sys.argv[1]), sys.argv[2:3], sys.argv[3:]

diagnostics = []
pipeline = None
# Where answers go.
channel = -1


class Output:
    """Bounded capture of a stream."""

    def __init__(self):
        self.head, self.tail, self.dropped = b"", b"", 0

    def add(self, data):
        room = KEEP - len(self.head)
        if room > 0:
            self.head, data = self.head + data[:room], data[room:]
        self.tail += data
        if len(self.tail) > KEEP:
            self.dropped += len(self.tail) - KEEP
            self.tail = self.tail[-KEEP:]

    def text(self):
        middle = ("\n[%d bytes left out]\n" % self.dropped).encode() if self.dropped else b""
        return (self.head + middle + self.tail).decode("utf-8", "replace")


class Job:
    """A child under way: what it prints, and, for a translation, what it reports."""

    def __init__(self, number, pid, streams):
        self.number, self.pid = number, pid
        self.streams = {descriptor: Output() for descriptor in streams}
        self.output, self.report = streams if len(streams) == 2 else (streams[0], None)

    def drain(self, descriptor):
        """Reads what is there. False at the end of the stream."""
        while True:
            try:
                data = os.read(descriptor, 65536)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.streams[descriptor].add(data)


def shortened(message):
    """A crash of Cython has a whole syntax tree in its message."""
    if len(message) <= LONGEST:
        return message
    return "%s\n[...]\n%s" % (message[:LONGEST // 2], message[-LONGEST // 4:])


def load_compiler():
    """Imports Cython's compiler and all that it would import later, so that each job's fork has it ready."""
    global pipeline
    if pipeline is not None:
        return
    # What is imported stays, and so looking for garbage among it is a tenth of the time that importing takes.
    gc.disable()
    try:
        hasten_lexicon()
    except Exception:
        pass  # Then it takes longer.
    from Cython.Compiler import Errors

    original = Errors.report_error

    def report_error(error, use_stack=True):
        before = Errors.get_errors_count()
        original(error, use_stack)
        if Errors.get_errors_count() > before:
            position = getattr(error, "position", None)
            message = getattr(error, "message_only", None)
            diagnostics.append({
                "file": position[0].get_error_description() if position else None,
                "line": position[1] if position else None,
                "column": position[2] + 1 if position else None,
                "message": shortened(str(error) if message is None else str(message)),
            })

    # Before the modules that take the function by name.
    Errors.report_error = report_error
    from Cython.Compiler import Main, Options, Pipeline, Scanning
    for name in ("ParseTreeTransforms", "TypeInference", "FlowControl", "AnalysedTreeTransforms", "AutoDocTransforms",
                 "Optimize", "Buffer", "MemoryView", "FusedNode", "Dataclass", "UFuncs", "ModuleNode", "Parsing"):
        try:
            __import__("Cython.Compiler." + name)
        except ImportError:
            pass  # Not every version has every module.
    if hasattr(Scanning, "get_lexicon"):
        Scanning.get_lexicon()
    pipeline = Main, Options, Pipeline
    # From now on the path serves the search for `.pxd` files, in the order in which the interpreter itself would look.
    sys.path[:] = STANDARD + SEARCH_PATH + [folder for folder in CYTHON if folder not in SEARCH_PATH]
    # A collection in a fork would write to, and so copy, all that it shares.
    gc.freeze()


def insist(directives):
    """Makes directives win over those in the source's header, which Cython lets win over its options."""
    Main, _, _ = pipeline
    from Cython.Compiler.ParseTreeTransforms import InterpretCompilerDirectives as Interpreter
    visit, set_level = Interpreter.visit_ModuleNode, Main.Context.set_language_level

    def visit_module(self, node):
        for name in directives:
            node.directive_comments.pop(name, None)
        return visit(self, node)

    def set_language_level(self, level):
        # The parser sets the header's level at once. Contexts of Cython's own utility code are of other types.
        if type(self) is Main.Context and "language_level" in directives:
            level = directives["language_level"]
        return set_level(self, level)

    Interpreter.visit_ModuleNode = visit_module
    Main.Context.set_language_level = set_language_level


def look_for_no_package(package):
    """Lets a module of a package whose modules lie in no folder read what it would read by its last name alone.

    Otherwise a build depended on whether and where the interpreter has that package.
    """
    Main, _, _ = pipeline
    search = Main.Context.search_include_directories

    def search_include_directories(self, name, *arguments, **options):
        if name == package or package.startswith(name + "."):
            return None
        if name.startswith(package + "."):
            name = name[len(package) + 1:]
        return search(self, name, *arguments, **options)

    Main.Context.search_include_directories = search_include_directories


def know_cells(cells):
    """Lets a cell cimport others by the names that they have in it."""
    Main, _, _ = pipeline
    find = Main.Context.find_module

    def find_module(self, name, from_module=None, *arguments, **options):
        if name in cells and not options.get("relative_import"):
            name, from_module = cells[name], None
        return find(self, name, from_module, *arguments, **options)

    Main.Context.find_module = find_module


class HasMemoryviews(BaseException):
    """Ends a translation. Cython takes other exceptions for crashes of its own."""


def ask_for_memoryviews():
    """Ends a translation when it first needs Cython's code for memoryviews, which takes long to translate."""
    from Cython.Compiler import MemoryView

    def get_view_utility_code(_):
        raise HasMemoryviews

    MemoryView.get_view_utility_code = get_view_utility_code


def generate_utility(job):
    """Writes Cython's code for memoryviews, as a module of its own."""
    Main, _, _ = pipeline
    from Cython.Build.SharedModule import generate_shared_module
    os.chdir(job["folder"])
    options = Main.CompilationOptions(shared_c_file_path=job["output"], module_name=job["name"])
    failed, _ = generate_shared_module(options)
    return {"ok": not failed and not diagnostics, "diagnostics": diagnostics}


def transpile(job):
    """Translates one source, in a child. Returns what the driver wants to know."""
    Main, Options, _ = pipeline
    os.chdir(job["folder"])
    reads, looks = {}, {}
    exists = os.path.exists
    minor = int(sys.modules["Cython"].__version__.split(".")[1])

    def watch(event, arguments):
        if event == "glob.glob" and ".cython-*" in arguments[0]:
            # `decl.cython-31.pxd` comes before `decl.pxd` for Cython 3.1 and newer.
            pattern = re.sub(r"\[([*?[])\]", r"\1", arguments[0])
            for version in ["29", *("3%d" % number for number in range(minor + 1))]:
                path = pattern.replace(".cython-*", ".cython-" + version)
                looks[path] = exists(path)
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, (str, bytes)) and isinstance(flags, int) and not flags & (os.O_WRONLY | os.O_RDWR):
                reads[os.fsdecode(path)] = True

    def look(path):
        found = exists(path)
        looks[os.fsdecode(path)] = found
        return found

    os.path.exists = look
    sys.addaudithook(watch)
    known = {*Options.directive_types, *Options.get_directive_defaults()}
    directives = {}
    for name, value in job["directives"].items():
        try:
            directives[name] = Options.parse_directive_value(name, value, relaxed_bool=True)
        except ValueError as error:
            return {"ok": False, "diagnostics": [{"file": None, "line": None, "column": None, "message": str(error)}]}
        message = None
        if directives[name] is None and name not in Options.directive_types:
            message = "unknown directive '%s'" % name
        elif name == "language_level" and value not in LEVELS:
            # Cython itself finds this out with a traceback.
            message = "language_level must be 2, 3 or 3str, not '%s'" % value
        if message:
            return {"ok": False, "diagnostics": [{"file": None, "line": None, "column": None, "message": message}]}
    insist(job["directives"])
    if job["module"].startswith(UNNAMED + "."):
        look_for_no_package(UNNAMED)
    if job["cells"] is not None:
        # It exports what it defines, and what it cimports has no `.pxd` file.
        Options.cimport_from_pyx = True
        know_cells(job["cells"])
    options = Main.CompilationOptions(
        output_file=job["output"],
        include_path=job["include"],
        cplus=job["cplus"],
        compiler_directives=directives,
        annotate="default" if job["annotate"] else False,
        emit_linenums=job["line_directives"],
    )
    memoryviews = job["memoryviews"]
    if memoryviews == "ask":
        ask_for_memoryviews()
    elif memoryviews != "own":
        options.shared_utility_qualified_name = memoryviews["in"]
    try:
        result = Main.compile(job["source"], options, full_module_name=job["module"])
    except HasMemoryviews:
        return {"ok": False, "memoryviews": True}
    return {
        "ok": not result.num_errors and not diagnostics,
        "diagnostics": diagnostics,
        "unknown": [name for name in job["header"] if name not in known],
        "reads": sorted(reads),
        "looks": sorted(looks.items()),
    }


def bound(limits):
    """Sets what a job may use. A limit that the system already has and that is lower stays."""
    for name, value in limits.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, hard))
        except (OSError, ValueError):
            pass  # Some systems know a limit and do not let it be set.


def spawn(number, child, streams, limits):
    """Forks; the child calls `child` with the writing ends of its streams and never returns."""
    pipes = [os.pipe() for _ in range(streams)]
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.dup2(pipes[0][1], 1)
            os.dup2(pipes[0][1], 2)
            # It ends with this worker, so that the builder sees that there will be no answer.
            os.close(channel)
            bound(limits)
            child([write for _, write in pipes])
            status = 0
        except BaseException as error:
            # `os.execve` failing, or Cython crashing.
            import traceback
            try:
                text = str(error) if isinstance(error, OSError) else traceback.format_exc()
                os.write(2, ("\n" + text).encode("utf-8", "replace"))
            finally:
                status = 127
        finally:
            os._exit(status)
    for read, write in pipes:
        os.close(write)
        os.set_blocking(read, False)
    return Job(number, pid, [read for read, _ in pipes])


def prepare():
    try:
        load_compiler()
    except Exception:
        pass  # Whoever asks for a translation is told.


def start(message):
    number, limits = message["id"], message["limits"]
    if "execute" in message:
        command = message["execute"]

        def execute(_):
            os.chdir(command["folder"])
            os.execve(command["program"], [command["program"]] + command["arguments"], command["environment"])

        return spawn(number, execute, 1, limits)
    translate, job = (transpile, message["transpile"]) if "transpile" in message else (generate_utility, message["utility"])

    def run(streams):
        report = json.dumps(translate(job)).encode()
        sys.stdout.flush()
        sys.stderr.flush()
        while report:
            report = report[os.write(streams[1], report):]

    load_compiler()
    return spawn(number, run, 2, limits)


class Unlimited(Output):
    """A report is data: it is kept whole."""

    def add(self, data):
        self.head += data


def answer(**fields):
    data = (json.dumps(fields) + "\n").encode()
    while data:
        data = data[os.write(channel, data):]


def watch_builder():
    """What can be read when the builder is gone. Forks of the builder hold the pipes too, and do not keep us alive."""
    try:
        watch = os.pidfd_open(BUILDER)
    except (AttributeError, OSError):
        return None  # Not every system has it or allows it. The end of standard input has to do.
    # In a namespace of our own the number is another's.
    return watch if os.getppid() == BUILDER else None


def main():
    global channel
    # The Cython that was asked for comes first, even if the search path has another.
    sys.path[:] = STANDARD + CYTHON + SEARCH_PATH
    channel = os.dup(1)
    os.set_inheritable(channel, False)
    # Whatever a library prints must not get between the answers.
    os.dup2(2, 1)
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(wake, select.POLLIN)
    builder = watch_builder()
    if builder is not None:
        poll.register(builder, select.POLLIN)
    jobs, pending = [], b""
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == wake:
                try:
                    os.read(wake, 4096)
                except BlockingIOError:
                    pass
            elif descriptor == builder:
                os.killpg(0, signal.SIGKILL)
            elif descriptor == 0:
                data = os.read(0, 65536)
                if not data:
                    os.killpg(0, signal.SIGKILL)
                pending += data
                while b"\n" in pending:
                    line, pending = pending.split(b"\n", 1)
                    message = json.loads(line)
                    if "prepare" in message:
                        prepare()
                        continue
                    try:
                        job = start(message)
                    except Exception as error:
                        answer(id=message["id"], result="refused", message="%s: %s" % (type(error).__name__, error))
                        continue
                    if job.report is not None:
                        job.streams[job.report] = Unlimited()
                    jobs.append(job)
                    for stream in job.streams:
                        poll.register(stream, select.POLLIN)
            else:
                for job in jobs:
                    if descriptor in job.streams and not job.drain(descriptor):
                        poll.unregister(descriptor)
        for job in list(jobs):
            pid, status = os.waitpid(job.pid, os.WNOHANG)
            if not pid:
                continue
            # A program may leave a child behind that keeps its streams open; what is there now is its output.
            for stream in job.streams:
                job.drain(stream)
                try:
                    poll.unregister(stream)
                except KeyError:
                    pass
                os.close(stream)
            jobs.remove(job)
            output = job.streams[job.output].text()
            code = os.waitstatus_to_exitcode(status)
            report = None
            if job.report is not None and code == 0:
                report = json.loads(job.streams[job.report].head)
            answer(id=job.number, result="done", code=code, output=output, report=report)


main()
