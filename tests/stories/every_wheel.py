"""All hand-made wheels. As a program it writes the small ones into a folder: `python every_wheel.py FOLDER`."""

import io
import sys
from pathlib import Path

import bad_archives  # noqa: F401 - importing these modules fills the list
import bad_wheels  # noqa: F401
import odd_wheels  # noqa: F401
from hand_made import CASES


def by_name(name):
    return next(case for case in CASES if case.name == name)


def seeds():
    """The small cases as bytes, by name."""
    for one in CASES:
        if not one.large:
            file = io.BytesIO()
            one.draft().write(file)
            yield one.name, file.getvalue()


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds():
        (folder / (name + ".whl")).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
