"""The wheels of others that we try ourselves on, and how they are had: `python corpus.py FOLDER [--all | NAMES...]`.

`data/wheel-corpus.txt` names each by its file. What pip has to be asked for to get exactly that file follows from the name.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).parents[2] / "data" / "wheel-corpus.txt"


@dataclass(frozen=True)
class Wheel:
    """One line of the list."""

    file: str
    #: Whether it is among the few that are always tried.
    small: bool
    #: The rules that `inject` has to name when it refuses; none if it takes the wheel.
    refused: tuple
    #: Whether it is only there to be measured.
    bench: bool

    @property
    def requirement(self):
        name, version = self.file.split("-")[:2]
        return "%s==%s" % (name, version)

    @property
    def tags(self):
        return [part.split(".") for part in self.file[: -len(".whl")].split("-")[-3:]]

    def question(self):
        """The interpreter and the platforms for which pip takes this file."""
        pythons, _, platforms = self.tags
        minors = [int(match[1]) for match in (re.fullmatch(r"cp3(\d+)", tag) for tag in pythons) if match]
        return "3.%d" % (max(minors) if minors else 12), tuple(platforms)

    def is_for_all(self):
        """Whether every interpreter here can install it."""
        pythons, abis, platforms = self.tags
        return "py3" in pythons and abis == ["none"] and platforms == ["any"]


def wheels(path=LIST):
    """The list: a file name, then `small`, `bench`, or `refused:RULE`, separated by blanks; `#` begins a comment."""
    found = []
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            refused = tuple(rule for word in words[1:] if word.startswith("refused:") for rule in word[8:].split(","))
            unknown = [word for word in words[1:] if word not in ("small", "bench") and not word.startswith("refused:")]
            assert not unknown, (line, unknown)
            found.append(Wheel(words[0], "small" in words, refused, "bench" in words))
    return found


def fetch(folder, wanted):
    """Downloads what is not there yet, each file from where pip is configured to look."""
    folder.mkdir(parents=True, exist_ok=True)
    questions = {}
    for wheel in wanted:
        if not (folder / wheel.file).exists():
            questions.setdefault(wheel.question(), []).append(wheel)
    for (python, platforms), missing in questions.items():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-cache-dir", "--only-binary", ":all:", "--dest", str(folder), "--python-version", python]
        for platform in platforms:
            command += ["--platform", platform]
        while missing:
            # pip takes one version of a package at a time.
            now = {wheel.requirement.split("==")[0]: wheel for wheel in reversed(missing)}.values()
            print("fetching", *(wheel.file for wheel in now), flush=True)
            subprocess.run([*command, *(wheel.requirement for wheel in now)], check=True)
            missing = [wheel for wheel in missing if wheel not in now]
    lost = [wheel.file for wheel in wanted if not (folder / wheel.file).exists()]
    if lost:
        sys.exit("pip downloads other files than these: %s" % ", ".join(lost))


def main():
    folder, *words = sys.argv[1:]
    every = wheels()
    if words == ["--all"]:
        wanted = [wheel for wheel in every if not wheel.bench]
    elif words:
        wanted = [wheel for wheel in every if wheel.file in words]
        if len(wanted) != len(words):
            sys.exit("not in `%s`: %s" % (LIST.name, set(words) - {wheel.file for wheel in wanted}))
    else:
        wanted = [wheel for wheel in every if wheel.small]
    fetch(Path(folder), wanted)


if __name__ == "__main__":
    main()
