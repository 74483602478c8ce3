"""A change that is made to every wheel here: a startup hook at the root, a folder of data, an executable file."""

import shutil
from pathlib import Path

HOOK = "zz_added_hook.pth"
FILES = {
    HOOK: b"import sys\n",
    "zz_added/pack.json": b'{"word": "woord"}\n' * 40,
    "zz_added/deep/empty.txt": b"",
    "zz_added/tool": b"#!/bin/sh\nexit 0\n",
}
EXECUTABLE = "zz_added/tool"


def lay_out(folder):
    """Writes the files, and returns what `inject` is given."""
    folder = Path(folder)
    if folder.exists():
        shutil.rmtree(folder)
    for name, data in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / EXECUTABLE).chmod(0o755)
    return [folder / HOOK, folder / "zz_added"]
