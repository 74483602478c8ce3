"""Runs in the judges' environment: what each of them says about wheels, as a line of JSON per wheel and judge.

All are asked in one process, since most of the time of asking one is spent on importing it.
"""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import traceback
import zipfile


def unzip(wheel):
    process = subprocess.run(["unzip", "-tqq", wheel], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    # It warns with 1, and its words are the warning.
    assert process.returncode == 0, process.stdout + process.stderr


def zipfile_test(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None, archive.testzip()
        names = archive.namelist()
        assert len(names) == len(set(names)), "names twice"


def zipfile_program(wheel):
    """`python -m zipfile -t`, without another process."""
    said = call(lambda: zipfile.main(["-t", wheel]))
    assert said == "Done testing\n", said


def installer(wheel):
    """`python -m installer --validate-record all`."""
    from installer.sources import WheelFile

    with WheelFile.open(wheel) as source:
        source.validate_record(validate_contents=True)


def wheel_unpack(wheel):
    from wheel._commands import main

    with tempfile.TemporaryDirectory() as folder:
        run(lambda _: main(), ["unpack", "-d", folder, wheel])


def check_wheel_contents(wheel):
    from check_wheel_contents.__main__ import main

    # W009 and W010 are about a second thing at the root and one that has no modules, which is what startup hooks and data are.
    words = ["--no-config", "--ignore", "W009,W010", wheel]
    run(lambda words: main(words, standalone_mode=True), words)


def twine(wheel):
    from twine.commands.check import main

    run(main, [wheel])


JUDGES = {
    "unzip -t": unzip,
    "zipfile": zipfile_test,
    "python -m zipfile -t": zipfile_program,
    "installer --validate-record all": installer,
    "wheel unpack": wheel_unpack,
    "check-wheel-contents": check_wheel_contents,
    "twine check": twine,
}


def call(function):
    """What it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        function()
    return said.getvalue()


def run(main, words):
    """Runs a command's own function, which may end with a code."""
    said, code, before = io.StringIO(), 0, sys.argv
    sys.argv = ["judge", *words]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(words)
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = before
    assert not code, said.getvalue() or "ended with %s" % code


def main():
    judges = dict(JUDGES)
    if not shutil.which("unzip"):
        del judges["unzip -t"]
    # The wheels are on standard input: a command line can be too long for them.
    for wheel in json.load(sys.stdin):
        for name, judge in judges.items():
            complaint = None
            try:
                judge(wheel)
            except Exception as error:
                words = str(error).strip() or traceback.format_exc(limit=3)
                complaint = "%s: %s" % (type(error).__name__, words)
            print(json.dumps({"wheel": wheel, "judge": name, "complaint": complaint}), flush=True)


main()
