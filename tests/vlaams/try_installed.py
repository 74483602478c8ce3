"""What must work in an environment in which the wheels have just been installed: `python -I try_installed.py`."""

import os
import subprocess
import sys
import tempfile

HELLO = "# coding: vlaamsplats\nplan doe\n  klap tekst gdag plakt spatie plakt tekst weeireld amen\ngedaan\n"
LOOKUP = "import codecs; print(codecs.lookup('vlaamsplats').name)"
PACKS = "from vlaamscodex.dialects import transformer; print(len(transformer.available_packs()) > 80)"


def main():
    plats = os.path.join(os.path.dirname(sys.executable), "plats")
    with tempfile.TemporaryDirectory() as folder:
        hello = os.path.join(folder, "hello.plats")
        with open(hello, "w") as file:
            file.write(HELLO)
        for command, expected in [
            ([sys.executable, hello], "gdag weeireld\n"),
            ([plats, "run", hello], "gdag weeireld\n"),
            ([sys.executable, "-m", "vlaamscodex.cli", "run", hello], "gdag weeireld\n"),
            ([sys.executable, "-c", LOOKUP], "vlaamsplats\n"),
            ([sys.executable, "-c", PACKS], "True\n"),
        ]:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if (done.returncode, done.stdout) != (0, expected):
                print("%s\nexit %d\n%s%s" % (" ".join(command), done.returncode, done.stdout, done.stderr))
                return 1
    print("`python hello.plats` and `plats run hello.plats` work where only the wheels are installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
