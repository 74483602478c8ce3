"""The plats command, as `python -m vlaamscodex.cli`: what the program of that name does."""

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments, or with the process's own, and return its status."""
    from vlaamscodex import _vlaamscodex
    from vlaamscodex.dialects import transformer

    try:
        packs = transformer._folder()
    except FileNotFoundError:
        packs = None
    sys.stdout.flush()
    return _vlaamscodex.run_command(["plats", *(sys.argv[1:] if arguments is None else arguments)], packs)


if __name__ == "__main__":
    sys.exit(main())
