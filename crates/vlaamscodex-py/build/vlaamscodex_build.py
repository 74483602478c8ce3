"""The inner backend of this project: maturin, and the `plats` command in its wheels.

maturin makes a wheel around the extension or around programs, not around both. So the program is built here, from the same workspace and with
the same settings, and laid into the scripts of maturin's wheel. It is a program, not a Python script: it answers before an interpreter would have started.
"""

import json
import os
import subprocess
import sys

import maturin
from maturin import *  # noqa: F403  (the other hooks are maturin's own)

_COMMAND = "plats"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return _with_command(maturin.build_wheel(wheel_directory, config_settings, metadata_directory), wheel_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _with_command(maturin.build_editable(wheel_directory, config_settings, metadata_directory), wheel_directory)


def _with_command(name, folder):
    inject = [sys.executable, "-m", "pyxide", "--quiet", "wheel", "inject", os.path.join(folder, name)]
    done = subprocess.run([*inject, "%s=%s" % (_program(), _COMMAND), "--scheme", "scripts", "--mode", "0755"])
    if done.returncode != 0:
        raise SystemExit("error: the command `%s` cannot be put into the wheel" % _COMMAND)
    return name


def _program():
    """Builds the program, and returns where cargo says that it is."""
    # With the extension's package and features, so that all that the two have in common is compiled once.
    options = ["--release", "--package", "plats", "--package", "vlaamscodex-py", "--features", "vlaamscodex-py/extension-module", "--bin", _COMMAND]
    done = subprocess.run(["cargo", "build", *options, "--message-format", "json-render-diagnostics"], stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode != 0:
        raise SystemExit("error: the command `%s` cannot be built: cargo ended with %d" % (_COMMAND, done.returncode))
    messages = map(json.loads, filter(None, done.stdout.splitlines()))
    made = [message["executable"] for message in messages if message["reason"] == "compiler-artifact" and message["executable"]]
    return made[-1]
