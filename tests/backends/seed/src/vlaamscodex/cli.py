"""The command."""

import sys


def main():
    """Runs a file of the language."""
    with open(sys.argv[1], "rb") as file:
        exec(file.read().decode("vlaamsplats"), {"__name__": "__main__"})
