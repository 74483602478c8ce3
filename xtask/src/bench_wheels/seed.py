# Adds a folder to a wheel as the seed does: everything is taken out, the files are put beside it, RECORD is written anew,
# and everything is put into a new archive.
import base64
import csv
import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path


def hashed(path):
    data = path.read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return "sha256=" + digest, str(len(data))


def main(wheel, payload):
    with tempfile.TemporaryDirectory(dir=os.path.dirname(wheel)) as folder:
        inside = Path(folder, "inside")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(inside)
            record = next(name for name in archive.namelist() if name.count("/") == 1 and name.endswith(".dist-info/RECORD"))
        shutil.copytree(payload, inside, dirs_exist_ok=True)
        with open(inside / record, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        for path in sorted(Path(payload).rglob("*")):
            if path.is_file():
                rows.append([path.relative_to(payload).as_posix(), *hashed(path)])
        with open(inside / record, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        new = Path(folder, "new.whl")
        with zipfile.ZipFile(new, "w", compression=zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(inside.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(inside).as_posix())
        os.replace(new, wheel)


main(*sys.argv[1:])
