# Prints a digest of what a wheel holds, apart from RECORD, and how many members that are: `result DIGEST COUNT`.
import hashlib
import sys
import zipfile

digest, count = hashlib.blake2b(digest_size=16), 0
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in sorted(archive.namelist()):
        if name.endswith("/") or (name.count("/") == 1 and name.endswith(".dist-info/RECORD")):
            continue
        inner = hashlib.blake2b(digest_size=16)
        with archive.open(name) as file:
            while chunk := file.read(1 << 20):
                inner.update(chunk)
        digest.update(name.encode() + b"\0" + inner.digest())
        count += 1
print("contents", digest.hexdigest(), count)
