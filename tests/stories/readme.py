"""What a README shows: its blocks, and whether a program prints what stands there.

In a text that was printed `…` stands for anything, alone on a line for any lines. Keys, sizes, times and versions are those of
whoever wrote it: what looks like one stands for any, but one key is one key throughout.

As a program it runs the blocks in Python that it gets as JSON, and prints what they print as JSON.
"""

import doctest
import io
import json
import re
import sys
import traceback
from contextlib import redirect_stdout

VARIES = re.compile(
    r"""
    (?P<anything>…)
    | (?P<key>\b(?=[0-9a-f]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{16}|[0-9a-f]{8})(?![0-9a-z]))
    | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)
    | (?P<amount>\b\d+(?:\.\d+)?[ ](?:B|KiB|MiB|bytes|ms|s)\b)
    | (?P<version>\b\d+\.\d+\.\d+\b)
    | (?P<python>\bcp(?:ython-)?3\d+)
    | (?P<space>[ ]{2,})
    """,
    re.VERBOSE,
)
STANDS_FOR = {
    "anything": ".*?",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "amount": r"\d+(?:\.\d+)? \w+",
    "version": r"\d+\.\d+\.\w+",
    "python": r"cp(?:ython-)?3\d+",
    # Columns are as wide as what is in them.
    "space": " +",
}


class Keys:
    """Which keys stand for which."""

    def __init__(self):
        self.known = {}

    def learn(self, shown, real):
        """Remembers what a key stands for, and tells whether that is what it stood for before."""
        for known, meant in self.known.items():
            length = min(len(shown), len(known))
            if shown[:length] == known[:length] or real[:length] == meant[:length]:
                return shown[:length] == known[:length] and real[:length] == meant[:length]
        self.known[shown] = real
        return True

    def meant(self, command):
        """A command with the real keys."""

        def real(found):
            shown = found[0]
            meant = (meant[: len(shown)] for known, meant in self.known.items() if known.startswith(shown))
            return next(meant, shown)

        return re.sub(r"\b[0-9a-f]{8,64}\b", real, command)

    def agree(self, shown, printed):
        """Whether a program printed what is shown."""
        lines, out = shown.splitlines(), printed.splitlines()
        patterns = [None if line == "…" else like(line) for line in lines]
        pairs, at, here = {}, 0, 0
        # Where the last `…` stands, and the line behind those that it stands for.
        gap = None
        while here < len(out):
            if at < len(lines) and patterns[at] is None:
                gap, at = (at, here), at + 1
            elif at < len(lines) and (found := patterns[at][0].fullmatch(out[here])):
                pairs[at] = [*zip(patterns[at][1], found.groups())]
                at, here = at + 1, here + 1
            elif gap is not None:
                gap = gap[0], gap[1] + 1
                at, here = gap[0] + 1, gap[1]
            else:
                return False
        if any(pattern is not None for pattern in patterns[at:]):
            return False
        return all([self.learn(*pair) for at in sorted(pairs) for pair in pairs[at]])


def like(line):
    """What lines look like that a line of the README stands for, and the keys in it."""
    keys, pattern, at = [], [], 0
    for found in VARIES.finditer(line):
        pattern.append(re.escape(line[at : found.start()]))
        if found.lastgroup == "key":
            keys.append(found[0])
            pattern.append("([0-9a-f]{%d})" % len(found[0]))
        else:
            pattern.append(STANDS_FOR[found.lastgroup])
        at = found.end()
    pattern.append(re.escape(line[at:]))
    return re.compile("".join(pattern)), keys


def blocks(text, *kinds):
    """The blocks of these kinds, as `(line, kind, text)`."""
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if found[1] in kinds:
            yield text.count("\n", 0, found.start()) + 2, found[1], found[2]


def commands(text):
    """What is typed into a shell, as `(line, command, what it prints)`."""
    for start, _, block in blocks(text, "console"):
        lines = block.splitlines()
        typed = [index for index, line in enumerate(lines) if line.startswith("$ ")]
        assert typed[:1] == [0], "line %d: a block for the console begins with `$ `" % start
        for at, end in zip(typed, [*typed[1:], len(lines)]):
            yield start + at, lines[at][2:], "".join(line + "\n" for line in lines[at + 1 : end])


def pieces(text):
    """What is given to Python, as `[line, kind, code, what it prints]`."""
    for start, kind, block in blocks(text, "python", "pycon", "ipython"):
        if kind == "pycon":
            for one in doctest.DocTestParser().get_examples(block):
                yield [start + one.lineno, "single", one.source, one.want]
        else:
            yield [start, {"python": "exec", "ipython": "cell"}[kind], block, ""]


def printed(kind, code, names, shell):
    """What a piece of Python prints; of an exception its last part, as documentation shows it."""
    out = io.StringIO()
    with redirect_stdout(out):
        try:
            if kind == "cell":
                shell().run_cell(code, store_history=True).raise_error()
            else:
                exec(compile(code, "<README.md>", kind), names)
        except Exception as error:
            out.write("".join(traceback.format_exception_only(error)))
    return out.getvalue()


def main():
    given, names, shells = json.load(sys.stdin), {"__name__": "__main__"}, []

    def shell():
        if not shells:
            from IPython.core.interactiveshell import InteractiveShell

            shells.append(InteractiveShell())
            shells[0].run_line_magic("load_ext", "pyxide")
        return shells[0]

    out = [printed(kind, code, names, shell) for _, kind, code, _ in given]
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
