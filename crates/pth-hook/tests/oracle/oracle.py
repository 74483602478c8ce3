"""Asks an interpreter what it does with startup files: runs `site.main()` on folders made for it.

    python oracle.py CASES [NUMBER SEED]

CASES is a file of JSON with a list of cases; NUMBER more are made up from SEED. One object of JSON is printed: the version, and each case with its answer. The model
is compared with it in interpreters.rs, which says what the fields mean.

Each case runs in a process of its own, forked from one that has `site` imported and not run, so that thousands take seconds.
"""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import types

LOCALES = {"utf8": ["C.UTF-8"], "ascii": ["C"]}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    if len(sys.argv) > 2:
        cases += made_up(int(sys.argv[2]), int(sys.argv[3]))
    answers = {}
    for locale, names in LOCALES.items():
        chosen = [index for index, case in enumerate(cases) if case.get("locale", "utf8") == locale]
        for index, answer in zip(chosen, ask(names[0], [cases[index] for index in chosen])):
            answers[index] = answer
    version = "%d.%d.%d" % sys.version_info[:3]
    # A result on each line, so that a change of one is a change of one line.
    results = [json.dumps({"case": case, "answer": answers[index]}, sort_keys=True) for index, case in enumerate(cases)]
    sys.stdout.write('{"version": "%s", "results": [\n%s\n]}\n' % (version, ",\n".join(results)))


def ask(locale, cases):
    """Starts the interpreter outside of any environment, in a locale."""
    program = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
    environment["LC_ALL"] = locale
    command = [program, "-I", "-S", "-X", "utf8=0", os.path.abspath(__file__), "--answer"]
    asked = subprocess.run(command, input=json.dumps(cases), env=environment, stdout=subprocess.PIPE, check=True, encoding="ascii")
    return json.loads(asked.stdout)


def answer_all():
    import site

    cases = json.loads(sys.stdin.read())
    site.removeduppaths()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = os.path.realpath(tempfile.mkdtemp(prefix="oracle-", dir=memory))
    try:
        answers = [in_a_fork(lambda: answer(site, os.path.join(folder, str(index)), case)) for index, case in enumerate(cases)]
    finally:
        shutil.rmtree(folder)
    sys.stdout.write(json.dumps(answers))


def in_a_fork(function):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w", encoding="ascii") as pipe:
                pipe.write(json.dumps(function()))
        except BaseException as error:
            os.write(2, ("%r\n" % error).encode("ascii", "backslashreplace"))
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("a case could not be answered")
    return json.loads(text)


def answer(site, root, case):
    make(root, case)
    ran = []
    for name in ("_rec", "_rec.sub"):
        sys.modules[name] = recorder(name, ran)
    sys.modules["_rec"].sub = sys.modules["_rec.sub"]
    sites = [os.path.join(root, name) for name in case.get("sites", ["site"])]
    site.getsitepackages = lambda prefixes=None: sites
    before = len(sys.path)
    stderr, sys.stderr = sys.stderr, io.StringIO()
    end = "well"
    try:
        site.main()
    except SystemExit:
        end = "ended"
    except UnicodeDecodeError:
        end = "failed"
    printed, sys.stderr = sys.stderr.getvalue(), stderr

    def plain(text):
        return text.encode("utf-8", "backslashreplace").decode("utf-8").replace(root, "/R")

    lines = [plain(line) for line in printed.split("\n") if line and not line.startswith("  ")]
    return {"path": [plain(path) for path in sys.path[before:]], "ran": ran, "printed": lines, "end": end}


def recorder(name, ran):
    module = types.ModuleType(name)
    module.__path__ = []

    def find(function):
        if function.startswith("__"):
            raise AttributeError(function)
        if function == "number":
            return 3

        def record():
            ran.append(function)
            if function.startswith("bad"):
                raise RuntimeError(function)
            if function.startswith("quit"):
                raise SystemExit(0)

        return record

    module.__getattr__ = find
    return module


def make(root, case):
    """A file is a path, a kind and a value."""
    for name in case.get("sites", ["site"]):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    for path, kind, value in case["files"]:
        # The names of files are UTF-8, whatever the locale is.
        path = os.path.join(root.encode(), path.encode("utf-8"))
        if kind == "folder":
            os.makedirs(path, exist_ok=True)
        elif kind == "link":
            os.symlink(value, path)
        else:
            data = from_hex(value) if kind == "hex" else value.replace("$ROOT", root).encode("utf-8")
            with open(path, "wb") as file:
                file.write(data)


def from_hex(value):
    """Pieces of hexadecimal digits, each possibly with a number of times."""
    pieces = [piece.partition("*") for piece in value.split()]
    return b"".join(bytes.fromhex(digits) * int(times or 1) for digits, _, times in pieces)


NAMES = ["a.pth", "b.pth", "B.pth", "_z.pth", "a.b.pth", ".h.pth", "a.start", "b.start", "a.b.start", ".h.start", "z.start", "c.PTH", "pth"]
FOLDERS = ["site/d1", "site/d2", "site/d 3", "d4", "site/\xe9"]
PATHS = ["d1", "d2", "./d1", "d1/", "d1/../d2", "d 3", "../d4", "$ROOT/d4", "$ROOT/site/d2/", ".", "..", "gone", "\xe9", "d1\0", "d1\x0cd2", "a.pth", "d1 d2"]
CODE = [
    "import _rec; _rec.%s()", "import\t_rec;_rec.%s()", "import _rec.sub as r; r.%s()", "import  _rec; _rec.%s() # so", "Import _rec; _rec.%s()",
    "import _rec; _rec.bad_%s()", "import nosuch; nosuch.%s()", "import _rec; (%s", "import", "import ",
]
POINTS = ["_rec:%s", "_rec.sub:%s", "_rec:bad_%s", "nosuch:%s", "_rec: %s", "_rec", "_rec:", ":%s", "_rec:number", "os:gone_%s", "_rec:%s.more", "d1", "1a:%s", "_rec:%s()", "_rec %s:x"]
COMMENTS = ["", " ", "# so", "  # so", "\t", "#", "\xa0", "\x1f"]
ENDS = ["\n"] * 8 + ["\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\n\n"]
AROUND = [""] * 8 + [" ", "\t", "\xa0", "\x1e", "\ufeff"]


def made_up(number, seed):
    chance = random.Random(seed)
    return [made_up_case(chance, "made up %d" % index) for index in range(number)]


def made_up_case(chance, name):
    sites = ["site", "site2"] if chance.random() < 0.2 else ["site"]
    files = [[path, "folder", ""] for path in FOLDERS if chance.random() < 0.8]
    counter = 0
    for folder in sites:
        for file in chance.sample(NAMES, chance.randint(1, 5)):
            text = "\ufeff" if chance.random() < 0.1 else ""
            for _ in range(chance.randint(0, 6)):
                kinds = [COMMENTS, PATHS, CODE, CODE] if "pth" in file.lower() else [COMMENTS, POINTS, POINTS, POINTS]
                line = chance.choice(chance.choice(kinds))
                counter += 1
                line = line.replace("%s", "f%d" % counter)
                if chance.random() < 0.02:
                    line = "import _rec; _rec.quit()" if "pth" in file else "_rec:quit"
                text += chance.choice(AROUND) + line + chance.choice(AROUND) + chance.choice(ENDS)
            if chance.random() < 0.1:
                text += chance.choice(PATHS)
            data = text.encode("utf-8")
            if chance.random() < 0.08:
                place = chance.randint(0, len(data))
                data = data[:place] + chance.choice([b"\xff", b"\xc3", b"\xe2\x82", b"\xe0\x80", b"\xed\xa0\x80"]) + data[place:]
            long = ""
            if chance.random() < 0.05:
                long = "23*%d %s " % (chance.choice([8189, 8190, 8191, 8192]), chance.choice(["0a", "0d0a", "0d"]))
            try:
                if long:
                    raise UnicodeError("made of pieces")
                files.append([folder + "/" + file, "text", data.decode("utf-8")])
            except UnicodeError:
                # A place cannot be named in what is no text.
                files.append([folder + "/" + file, "hex", long + data.replace(b"$ROOT/", b"/nowhere/").hex()])
    return {"name": name, "sites": sites, "files": files, "locale": "ascii" if chance.random() < 0.1 else "utf8"}


if __name__ == "__main__":
    answer_all() if sys.argv[1:] == ["--answer"] else main()
