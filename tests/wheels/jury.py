"""Everybody who can say that a wheel is wrong, asked about wheels that we wrote."""

import json
import os
import subprocess
from pathlib import Path

import archives

HERE = Path(__file__).parent


class Jury:
    """The judges, in an environment of their own, and one in which wheels are installed."""

    def __init__(self, python, folder):
        self.python, self.folder, self.home = Path(python), Path(folder), Path(folder, "site")

    def complaints(self, wheels):
        """What each judge says against each wheel: a set of pairs per wheel, empty if all are content."""
        wheels = [str(wheel) for wheel in wheels]
        said = {wheel: set() for wheel in wheels}
        process = self.run(self.python, "-I", HERE / "judges.py", input=json.dumps(wheels))
        answers = [json.loads(line) for line in process.stdout.splitlines()]
        assert process.returncode == 0 and len(answers) >= 6 * len(wheels), process
        for answer in answers:
            if answer["complaint"]:
                # A judge may name the file, which is called the same wherever it lies.
                complaint = answer["complaint"].replace(str(Path(answer["wheel"]).parent) + "/", "")
                said[answer["wheel"]].add((answer["judge"], complaint))
        for wheel in wheels:
            said[wheel].update(("upload", complaint) for complaint in archives.uploadable(wheel))
        return said

    def content(self, wheels):
        """Asserts that nobody has anything to say."""
        said = self.complaints(wheels)
        assert not any(said.values()), said

    def environment(self):
        """An environment in which nothing is installed."""
        if not self.home.exists():
            made = self.run(self.python, "-m", "venv", "--without-pip", self.home)
            assert made.returncode == 0, made
        return self.home / "bin/python"

    def installed(self, wheels, by, checked=False):
        """Installs the wheels, perhaps has their requirements checked, returns the files that came, uninstalls them, and asserts that nothing is left."""
        python = self.environment()
        # uv locks the environment by this file, and leaves it.
        before = {".lock": False, **files(self.home)}
        install, check, uninstall = self.commands(by, python)
        self.succeeds(*install, *wheels)
        if checked:
            self.succeeds(*check)
        came = {name: mode for name, mode in files(self.home).items() if name not in before}
        self.succeeds(*uninstall, *sorted({Path(wheel).name.split("-")[0] for wheel in wheels}))
        left = {name for name in files(self.home) if name not in before}
        assert not left, (by, sorted(left)[:20])
        return came

    def commands(self, by, python):
        if by == "pip":
            pip = [self.python, "-m", "pip", "--disable-pip-version-check", "--python", python]
            options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--no-cache-dir"]
            return [*pip, "install", *options], [*pip, "check"], [*pip, "uninstall", "--yes", "--quiet"]
        uv = [self.python.parent / "uv", "pip"]
        quiet = ["--quiet", "--python", python]
        options = ["--no-deps", "--no-index", "--offline", "--no-cache", *quiet]
        return [*uv, "install", *options], [*uv, "check", *quiet], [*uv, "uninstall", *quiet]

    def succeeds(self, *words):
        process = self.run(*words)
        assert process.returncode == 0, (process.args, process.stdout, process.stderr)

    def run(self, *words, **options):
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        # Whoever looks for newer versions of itself would look elsewhere than at the wheel.
        variables.update(PIP_NO_INPUT="1", UV_NO_CONFIG="1", UV_LINK_MODE="copy")
        if "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        return subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, errors="replace", env=variables, timeout=600, **options
        )


def files(folder):
    """Each file below a folder with whether it can be executed."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = os.access(path, os.X_OK)
    return found
