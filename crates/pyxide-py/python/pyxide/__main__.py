"""The pyxide command: `pyxide`, or `python -m pyxide`."""

import sys

from pyxide import _pyxide


def main():
    """Run the command with this process's arguments and exit with its status."""
    sys.stdout.flush()
    sys.exit(_pyxide.run_command(["pyxide", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
