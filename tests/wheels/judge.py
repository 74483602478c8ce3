"""Has everybody who can judge wheels do it, and pip and uv install and remove them: `python judge.py WHEEL…`."""

import sys
import tempfile

from jury import Jury


def main(wheels):
    with tempfile.TemporaryDirectory() as folder:
        jury = Jury(sys.executable, folder)
        said = {wheel: complaints for wheel, complaints in jury.complaints(wheels).items() if complaints}
        for wheel, complaints in said.items():
            for judge, complaint in sorted(complaints):
                print("%s: %s: %s" % (wheel, judge, complaint))
        if said:
            return 1
        for by in "pip", "uv":
            jury.installed(wheels, by)
    print("no judge has anything to say, and pip and uv leave nothing behind")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
