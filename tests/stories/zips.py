"""ZIP archives written field by field, so that each field can lie.

Nothing here asks zlib for what enters a small archive: its versions compress differently, and an archive that is kept as a
sample has to come out the same everywhere.
"""

import hashlib
import io
import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED, BZIP2 = 0, 8, 12
ENCRYPTED, DESCRIPTOR, UTF8 = 0x0001, 0x0008, 0x0800
FULL16, FULL32, FULL64 = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
UNIX, DOS = 3, 0
NEW_YEAR_1980 = 0x21
CHUNK = 1 << 20


@dataclass
class Member:
    """One member; `local` and `central` name the fields of its two headers that say something else."""

    name: bytes
    data: bytes = b""
    method: int = DEFLATED
    mode: int = 0o100644
    flags: int = 0
    date: int = NEW_YEAR_1980
    time: int = 0
    system: int = UNIX
    #: What lies in the archive, where it does not follow from the data and the method.
    raw: bytes = None
    #: In both headers; `local` and `central` may name another `extra`.
    extra: bytes = b""
    comment: bytes = b""
    #: How many bytes of data descriptor follow the data: 0, 12, 16, 20 or 24.
    descriptor: int = 0
    #: The fields of the descriptor that lie.
    described: dict = field(default_factory=dict)
    #: Whether both headers give the sizes in a ZIP64 extra field.
    zip64: bool = False
    #: So many zero bytes, stored, which the file does not really hold.
    hole: int = 0
    #: Bytes that nobody knows of, in front of the local header.
    before: bytes = b""
    #: Whether it is in the central directory; without it only the local header is there.
    listed: bool = True
    #: Whether it has a local header of its own; without one, `central` should say where.
    present: bool = True
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)

    def size(self):
        return self.hole or len(self.data)

    def packed(self):
        """What lies in the archive."""
        if self.raw is not None:
            return self.raw
        return deflated(self.data) if self.method == DEFLATED else self.data

    def chunks(self):
        """The data in pieces, as a reader gets it."""
        if not self.hole:
            yield self.data
        zeros = bytes(CHUNK)
        for start in range(0, self.hole, CHUNK):
            yield zeros[: min(CHUNK, self.hole - start)]

    def crc(self):
        crc = 0
        for chunk in self.chunks():
            crc = zlib.crc32(chunk, crc)
        return crc

    def digest(self, algorithm="sha256"):
        digest = hashlib.new(algorithm)
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.digest()


def deflated(data):
    """A deflate stream of literals with the fixed codes, or for long data whatever zlib makes of it."""
    if len(data) > 1 << 14:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    bits = ["1", "10"]
    for byte in data:
        bits.append(format(0x30 + byte, "08b") if byte < 144 else format(0x190 + byte - 144, "09b"))
    text = "".join(bits) + "0" * 7
    text += "0" * (-len(text) % 8)
    return bytes(int(text[start : start + 8][::-1], 2) for start in range(0, len(text), 8))


def extra_field(number, data):
    return struct.pack("<HH", number, len(data)) + data


def unicode_path(name, other):
    """The field that renames a member for those who know it."""
    return extra_field(0x7075, struct.pack("<BI", 1, zlib.crc32(name)) + other)


def local_header(fields):
    name, extra = fields["name"], fields["extra"]
    return b"PK\3\4" + struct.pack(
        "<HHHHHIIIHH",
        fields["version"], fields["flags"], fields["method"], fields["time"], fields["date"],
        fields["crc"], fields["packed"], fields["size"], fields.get("name_length", len(name)), len(extra),
    ) + name + extra  # fmt: skip


def central_header(fields):
    name, extra, comment = fields["name"], fields["extra"], fields["comment"]
    return b"PK\1\2" + struct.pack(
        "<HHHHHHIIIHHHHHII",
        fields["made_by"], fields["version"], fields["flags"], fields["method"], fields["time"], fields["date"],
        fields["crc"], fields["packed"], fields["size"], len(name), len(extra), len(comment),
        fields["disk"], fields["internal"], fields["attributes"], fields["offset"],
    ) + name + extra + comment  # fmt: skip


def descriptor(member, crc, packed, size):
    """The bytes after the data: with a signature or without, with 32-bit sizes or with 64-bit ones."""
    fields = {"crc": crc, "packed": packed, "size": size, **member.described}
    layout = "<III" if member.descriptor in (12, 16) else "<IQQ"
    signature = b"PK\7\x08" if member.descriptor in (16, 24) else b""
    return signature + struct.pack(layout, fields["crc"], fields["packed"], fields["size"])


def write_member(file, member):
    """Writes the local part of a member, and returns the fields of its central header."""
    file.write(member.before)
    offset = file.tell()
    packed = b"" if member.hole else member.packed()
    packed_size, size, crc = member.hole or len(packed), member.size(), member.crc()
    flags = member.flags | (DESCRIPTOR if member.descriptor else 0)
    shared = {
        "version": 20, "flags": flags, "method": member.method, "time": member.time, "date": member.date,
        "name": member.name, "crc": crc, "packed": packed_size, "size": size, "extra": member.extra,
    }  # fmt: skip
    if member.zip64:
        sizes = extra_field(1, struct.pack("<QQ", size, packed_size))
        shared.update(version=45, packed=FULL32, size=FULL32, extra=sizes + member.extra)
    local = dict(shared)
    if member.descriptor:
        local.update(crc=0, packed=0, size=0)
        if member.descriptor in (20, 24):
            local.update(packed=FULL32, size=FULL32, extra=extra_field(1, bytes(16)) + member.extra)
    if member.present:
        file.write(local_header({**local, **member.local}))
        if member.hole:
            file.seek(member.hole, 1)
        file.write(packed)
        if member.descriptor:
            file.write(descriptor(member, crc, packed_size, size))
    central = {
        **shared, "made_by": member.system << 8 | 20, "comment": member.comment, "disk": 0, "internal": 0,
        "attributes": member.mode << 16 | (0x10 if member.name.endswith(b"/") else 0), "offset": offset,
    }  # fmt: skip
    if offset > FULL32:
        central.update(offset=FULL32, extra=central_extra(central, offset, member), version=45)
    return {**central, **member.central}


def central_extra(central, offset, member):
    sizes = b""
    if central["size"] == FULL32:
        sizes += struct.pack("<Q", member.size())
    if central["packed"] == FULL32:
        sizes += struct.pack("<Q", member.hole or len(member.packed()))
    return extra_field(1, sizes + struct.pack("<Q", offset)) + member.extra


def write(file, members, prefix=b"", suffix=b"", comment=b"", gap=b"", end=None, end64=None, locator=None):
    """Writes an archive; `end`, `end64` and `locator` name what the last three records say differently.

    The ZIP64 records are written where they are needed or asked for.
    """
    file.write(prefix)
    central = [(member, write_member(file, member)) for member in members]
    file.write(gap)
    start = file.tell()
    count = 0
    for member, fields in central:
        if member.listed:
            file.write(central_header(fields))
            count += 1
    length = file.tell() - start
    needed = count >= FULL16 or start >= FULL32 or length >= FULL32
    if needed or end64 is not None or locator is not None:
        position = file.tell()
        real = {
            "length": 44, "made_by": 45, "version": 45, "disk": 0, "start_disk": 0,
            "here": count, "total": count, "bytes": length, "offset": start, "more": b"", **(end64 or {}),
        }  # fmt: skip
        file.write(b"PK\6\6" + struct.pack(
            "<QHHIIQQQQ", real["length"] + len(real["more"]), real["made_by"], real["version"], real["disk"],
            real["start_disk"], real["here"], real["total"], real["bytes"], real["offset"],
        ) + real["more"])  # fmt: skip
        where = {"disk": 0, "offset": position, "disks": 1, **(locator or {})}
        file.write(b"PK\6\7" + struct.pack("<IQI", where["disk"], where["offset"], where["disks"]))
    last = {
        "disk": 0, "start_disk": 0, "here": min(count, FULL16), "total": min(count, FULL16), "bytes": min(length, FULL32),
        "offset": min(start, FULL32), "comment": comment, **(end or {}),
    }  # fmt: skip
    file.write(b"PK\5\6" + struct.pack(
        "<HHHHIIH", last["disk"], last["start_disk"], last["here"], last["total"], last["bytes"], last["offset"],
        last.get("comment_length", len(last["comment"])),
    ) + last["comment"])  # fmt: skip
    file.write(suffix)


def archive(members, **options):
    """The bytes of an archive."""
    file = io.BytesIO()
    write(file, members, **options)
    return file.getvalue()
