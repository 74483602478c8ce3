"""An independent reader of ZIP archives, as strict as the index is with what is uploaded.

It walks the records from the first byte to the last, as the index does, rather than asking the central directory where
they are, so nothing can hide between two members. What it gives for a member is all that a patch has to keep.
"""

import hashlib
import os
import struct
from dataclasses import dataclass

LOCAL, CENTRAL, END, END64, LOCATOR = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\6", b"PK\6\7"
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF
DESCRIPTOR = 0x8


class Refused(Exception):
    """The archive breaks a rule."""


@dataclass
class Member:
    """What both headers and the data say; without the offset, which may change."""

    name: bytes
    flags: int
    method: int
    time: tuple
    crc: int
    packed: int
    size: int
    local_extra: bytes
    made_by: int
    needed: int
    internal: int
    attributes: int
    central_extra: bytes
    comment: bytes
    #: Of the compressed bytes as they lie in the archive.
    digest: bytes = b""
    descriptor: bool = False

    @property
    def mode(self):
        return self.attributes >> 16

    def kept(self):
        """What is the same after a patch: a descriptor becomes a plain header, ZIP64 is redone, all else stays."""
        return (
            self.flags & ~DESCRIPTOR, self.method, self.time, self.crc, self.packed, self.size, self.made_by >> 8,
            self.internal, self.attributes, self.comment, self.digest, without_zip64(self.local_extra),
            without_zip64(self.central_extra),
        )  # fmt: skip


def extras(data):
    """The fields of an extra block."""
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise Refused("an extra field is cut")
        number, length = struct.unpack_from("<HH", data, at)
        if at + 4 + length > len(data):
            raise Refused("an extra field is cut")
        yield number, data[at + 4 : at + 4 + length]
        at += 4 + length


def without_zip64(data):
    return tuple(field for field in extras(data) if field[0] != 1)


def wide(data, *values):
    """The values of a header, with those from its ZIP64 field where the header has no room for them."""
    fields = [field for number, field in extras(data) if number == 1]
    if len(fields) > 1:
        raise Refused("two ZIP64 fields")
    rest, found = fields[0] if fields else b"", []
    for value in values:
        if value == FULL32 and fields:
            if len(rest) < 8:
                raise Refused("a ZIP64 field is cut")
            value, rest = struct.unpack_from("<Q", rest)[0], rest[8:]
        found.append(value)
    return found


class Archive:
    """The members of an archive in the order in which they lie in it."""

    def __init__(self, path, hashed=True):
        self.size, self._seen = os.path.getsize(path), set()
        with open(path, "rb") as self.file:
            self.members = [self._member(*entry, hashed) for entry in self._directory()]

    def names(self):
        return [member.name.decode() for member in self.members]

    def by_name(self):
        return {member.name.decode(): member for member in self.members}

    def _read(self, count):
        data = self.file.read(count)
        if len(data) != count:
            raise Refused("the file ends early")
        return data

    def _directory(self):
        self.file.seek(max(0, self.size - 22))
        last = self._read(22)
        if last[:4] != END or last[20:] != b"\0\0":
            raise Refused("the end record is not the end of the file")
        disk, start_disk, here, total, length, offset = struct.unpack_from("<HHHHII", last, 4)
        end = self.size - 22
        self.is_zip64 = False
        if end >= 76:
            self.file.seek(end - 20)
            locator = self._read(20)
            if locator[:4] == LOCATOR:
                self.is_zip64 = True
                _, position, disks = struct.unpack_from("<IQI", locator, 4)
                if position != end - 76 or disks != 1:
                    raise Refused("the ZIP64 locator leads elsewhere")
                self.file.seek(position)
                record = self._read(56)
                rest, _, _, _, _, here64, total64, length64, offset64 = struct.unpack_from("<QHHIIQQQQ", record, 4)
                if record[:4] != END64 or rest != 44:
                    raise Refused("the ZIP64 end record is not as it should be")
                for narrow, full, value in [
                    (total, FULL16, total64), (here, FULL16, here64), (length, FULL32, length64), (offset, FULL32, offset64)
                ]:  # fmt: skip
                    if narrow not in (full, value):
                        raise Refused("the two end records disagree")
                here, total, length, offset, end = here64, total64, length64, offset64, position
        if disk or start_disk or here != total:
            raise Refused("several disks")
        if offset + length != end:
            raise Refused("the directory does not end where the end record begins")
        self.file.seek(offset)
        entries = []
        while self.file.tell() < end:
            header = self._read(46)
            if header[:4] != CENTRAL:
                raise Refused("no central header")
            (made_by, needed, flags, method, time, date, crc, packed, size, names, extra, comments, disk, internal,
             attributes, offset_of) = struct.unpack_from("<HHHHHHIIIHHHHHII", header, 4)  # fmt: skip
            name, extra, comment = self._read(names), self._read(extra), self._read(comments)
            size, packed, offset_of = wide(extra, size, packed, offset_of)
            member = Member(name, flags, method, (date, time), crc, packed, size, b"", made_by, needed, internal,
                            attributes, extra, comment)  # fmt: skip
            entries.append((member, offset_of))
        if len(entries) != total:
            raise Refused("the end record counts %d of %d members" % (total, len(entries)))
        entries.sort(key=lambda entry: entry[1])
        ends = [entry[1] for entry in entries[1:]] + [offset]
        return [(member, start, end) for (member, start), end in zip(entries, ends)]

    def _member(self, member, start, end, hashed):
        if start == end:
            raise Refused("two members are at %d" % start)
        if start and not self._seen:
            raise Refused("the first member is at %d" % start)
        if member.name in self._seen:
            raise Refused("two members are called %r" % member.name)
        self._seen.add(member.name)
        self.file.seek(start)
        header = self._read(30)
        _, flags, method, time, date, crc, packed, size, names, extra = struct.unpack_from("<HHHHHIIIHH", header, 4)
        if header[:4] != LOCAL:
            raise Refused("no local header at %d" % start)
        name, member.local_extra = self._read(names), self._read(extra)
        size, packed = wide(member.local_extra, size, packed)
        member.descriptor = bool(flags & DESCRIPTOR)
        said = (name, flags, method, (date, time))
        if said != (member.name, member.flags, member.method, member.time):
            raise Refused("the headers of %r disagree: %r" % (member.name, said))
        data = self.file.tell()
        after = end - data - member.packed
        if not member.descriptor and ((crc, packed, size) != (member.crc, member.packed, member.size) or after):
            raise Refused("the headers of %r disagree, or %d bytes follow its data" % (member.name, after))
        if member.descriptor and after not in (12, 16, 20, 24):
            raise Refused("%d bytes follow the data of %r" % (after, member.name))
        if hashed:
            digest, left = hashlib.blake2b(digest_size=16), member.packed
            while left:
                chunk = self._read(min(left, 1 << 20))
                digest.update(chunk)
                left -= len(chunk)
            member.digest = digest.digest()
        return member


def uploadable(path):
    """What the index would say about the archive: a list of complaints."""
    try:
        archive = Archive(path, hashed=False)
    except Refused as error:
        return [str(error)]
    complaints = []
    for member in archive.members:
        shown = repr(member.name)
        try:
            text = member.name.decode()
        except UnicodeDecodeError:
            complaints.append("the name %s is not UTF-8" % shown)
            continue
        if not text.isascii() and not member.flags & 0x800:
            complaints.append("the name %s has no flag for UTF-8" % shown)
        if any(byte < 0x20 or byte == 0x7F for byte in member.name) or not text:
            complaints.append("the name %s has control characters" % shown)
        if text.startswith("/") or "\\" in text or ".." in text.split("/"):
            complaints.append("the name %s leads elsewhere" % shown)
        if member.method not in (0, 8):
            complaints.append("%s has method %d" % (shown, member.method))
        if member.descriptor:
            complaints.append("%s has a data descriptor" % shown)
        if member.comment:
            complaints.append("%s has a comment" % shown)
        if member.size > 64 << 20 and member.size > 50 * member.packed:
            complaints.append("%s would be taken for a bomb" % shown)
    return complaints
