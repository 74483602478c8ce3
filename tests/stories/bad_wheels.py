"""Wheels that are wrong in what they hold: RECORD, names, kinds of members, metadata."""

import bz2
import struct
import unicodedata

import zips
from hand_made import INFO, METADATA, WHEEL, changed_row, legal, named, noted, refused
from zips import BZIP2, ENCRYPTED, STORED, UTF8, Member, extra_field

# RECORD


@refused("record-unlisted")
def file_not_in_record(draft):
    draft.rows = lambda rows: rows[1:]


@refused("record-hash", content=True)
def wrong_hash(draft):
    draft.rows = changed_row(0, 1, "sha256=" + "A" * 43)


@refused("record-size")
def wrong_size(draft):
    draft.rows = changed_row(0, 2, "7")


@refused("record-ghost")
def row_without_file(draft):
    draft.rows = lambda rows: [["demo/gone.py", "sha256=" + "A" * 43, "1"], *rows]


@refused("record-hash-form")
def empty_hash(draft):
    draft.rows = changed_row(0, 1, "")


@refused("record-itself")
def own_row_hashed(draft):
    draft.rows = changed_row(-1, 1, "sha256=" + "A" * 43)


@refused("record-itself")
def own_row_missing(draft):
    draft.rows = lambda rows: rows[:-1]


@refused("record-duplicate")
def row_twice(draft):
    draft.rows = lambda rows: [rows[0], *rows]


@refused("record-hash-form")
def padded_hash(draft):
    def pad(rows):
        rows[0][1] += "="

    draft.rows = pad


@refused("record-hash-weak")
def md5_hashes(draft):
    draft.algorithm = "md5"


@refused("record-signature")
def signature_in_record(draft):
    draft.add(INFO + "RECORD.jws", b"{}\n", place=4)
    draft.rows = lambda rows: [[INFO + "RECORD.jws", "sha256=" + "A" * 43, "3"], *rows]


@refused("record-folder")
def folder_in_record(draft):
    draft.add("demo/sub/", b"", place=0, method=STORED, mode=0o040755)
    draft.rows = lambda rows: [["demo/sub/", "", ""], *rows]


@refused("record-size")
def size_is_no_number(draft):
    draft.rows = changed_row(0, 2, "one")


@refused("record-syntax")
def record_with_an_open_quote(draft):
    draft.text = lambda text: '"' + text


@refused("record-syntax")
def record_with_four_columns(draft):
    draft.rows = lambda rows: [[*rows[0], "more"], *rows[1:]]


@refused("record-syntax")
def record_is_not_utf8(draft):
    draft.rows = lambda rows: [["demo/\udcff.py", "sha256=" + "A" * 43, "1"], *rows]


@refused("record-path")
def row_with_backslash(draft):
    draft.rows = changed_row(0, 0, "demo\\__init__.py")


@refused("record-path")
def row_that_is_absolute(draft):
    draft.rows = changed_row(0, 0, "/demo/__init__.py")


# Names


named(
    "name-backslash",
    {
        "backslash": "demo\\evil.py",
        "parent_with_backslashes": "..\\..\\x",
    },
)
named(
    "name-parts",
    {
        "parent_folder": "../evil.pth",
        "parents_of_parents": "../../x",
        "parent_inside": "demo/../../x.py",
        "dot_only": "demo/./a.py",
        "two_slashes": "demo//a.py",
    },
)
named(
    "name-absolute",
    {
        "absolute": "/evil.pth",
        "absolute_deep": "/etc/x",
        "drive": "C:\\x",
        "drive_with_slash": "C:/x",
    },
)
named(
    "name-control",
    {
        "newline": "demo/a\nb.py",
        "nul": "demo/a.py\0.txt",
        "delete_character": "demo/a\x7fb.py",
    },
)
named("name-empty", {"no_name": ""})
named(
    "name-encoding",
    {
        "utf8_without_the_flag": "demo/naïve.py".encode(),
        "latin_1": b"demo/na\xefve.py",
    },
)


@refused("name-encoding")
def latin_1_with_the_flag(draft):
    draft.add(b"demo/na\xefve.py", flags=UTF8)


@noted("name-nfc")
def not_composed(draft):
    """Two spellings that look the same are two files here and one elsewhere."""
    draft.add(unicodedata.normalize("NFD", "demo/naïve.py"), flags=UTF8)


@refused("name-case")
def composed_and_not(draft):
    draft.add(unicodedata.normalize("NFD", "demo/naïve.py"), flags=UTF8)
    draft.add(unicodedata.normalize("NFC", "demo/naïve.py"), flags=UTF8)


@refused("name-duplicate")
def name_twice_same_bytes(draft):
    draft.add("demo/a.py")
    draft.add("demo/a.py")
    draft.rows = lambda rows: [row for index, row in enumerate(rows) if row not in rows[:index]]


@refused("name-duplicate")
def name_twice_other_bytes(draft):
    draft.add("demo/a.py", b"x = 1\n")
    draft.add("demo/a.py", b"x = 2\n")
    draft.rows = lambda rows: [row for index, row in enumerate(rows) if row[0] not in [it[0] for it in rows[:index]]]


@refused("name-case")
def letter_case(draft):
    draft.add("demo/Mod.py")
    draft.add("demo/mod.py")


@refused("name-folder")
def file_and_folder(draft):
    draft.add("demo/a")
    draft.add("demo/a/b")


@refused("zip-extra")
def renamed_by_an_extra_field(draft):
    draft.add("demo/good.py", extra=zips.unicode_path(b"demo/good.py", b"../evil.py"))


@refused("zip-extra", "zip64-extra")
def sizes_twice(draft):
    draft.first().extra = extra_field(1, b"") * 2


@refused("zip-extra")
def extra_field_that_is_cut(draft):
    draft.first().central["extra"] = struct.pack("<HH", 0x5455, 9) + b"x"


# Kinds of members


@refused("zip-type")
def symlink(draft):
    draft.add("demo/link.py", b"/etc/passwd", mode=0o120777, method=STORED)


@refused("zip-type")
def symlink_with_a_child(draft):
    draft.add("demo/link", b"/etc", mode=0o120777, method=STORED)
    draft.add("demo/link/passwd")


@refused("zip-type")
def fifo(draft):
    draft.add("demo/pipe", b"", mode=0o010644, method=STORED)


@refused("zip-type")
def device(draft):
    draft.add("demo/null", b"", mode=0o020666, method=STORED)


@refused("zip-type")
def set_user_id(draft):
    draft.add("demo/tool", mode=0o104755)


@refused("zip-sizes")
def folder_with_data(draft):
    draft.add("demo/sub/", b"data", method=STORED, mode=0o040755)


@refused("zip-type")
def file_with_the_mode_of_a_folder(draft):
    draft.add("demo/sub", mode=0o040755)


@refused("zip-mode")
def no_mode(draft):
    draft.add("demo/a.py", mode=0)


@refused("zip-time")
def no_date(draft):
    draft.add("demo/a.py", date=0)


@refused("zip-method")
def bzip2(draft):
    draft.add("demo/a.py", b"x = 1\n", method=BZIP2, raw=bz2.compress(b"x = 1\n"))


@refused("zip-method")
def method_99(draft):
    draft.add("demo/a.py", method=99)


@refused("zip-encrypted")
def encrypted(draft):
    draft.add("demo/a.py", flags=ENCRYPTED)


@refused("zip-encrypted")
def strongly_encrypted(draft):
    draft.add("demo/a.py", flags=ENCRYPTED | 0x40)


@refused("zip-limit", large=True)
def bomb(draft):
    draft.add("demo/zeros", bytes(50 << 20))


# Layout and metadata


@refused("dist-info-many")
def two_dist_infos(draft):
    draft.add("other-2.0.dist-info/METADATA", METADATA.encode())


@refused("dist-info-missing")
def no_dist_info(draft):
    for member in draft.members:
        member.name = member.name.replace(b".dist-info/", b".info/")
    draft.record = Member(b"demo-1.0.info/RECORD")
    draft.rows = lambda rows: [[name.replace(".dist-info/", ".info/"), *rest] for name, *rest in rows]


@refused("dist-info-name")
def dist_info_of_another(draft):
    draft.file_name = "other-1.0-py3-none-any.whl"


@refused("dist-info-name")
def dist_info_of_another_version(draft):
    draft.file_name = "demo-1.1-py3-none-any.whl"


@refused("wheel-file-name")
def file_name_without_tags(draft):
    draft.file_name = "demo-1.0.whl"


@refused("wheel-file-name")
def file_name_of_something_else(draft):
    draft.file_name = "demo.zip"


@refused("wheel-missing")
def no_wheel_file(draft):
    draft.members = [member for member in draft.members if not member.name.endswith(b"/WHEEL")]


@refused("metadata-missing")
def no_metadata(draft):
    draft.members = [member for member in draft.members if not member.name.endswith(b"/METADATA")]


@refused("record-missing")
def no_record(draft):
    draft.record = Member(INFO.encode() + b"RECORDS")


@refused("wheel-version")
def wheel_version_2(draft):
    draft.replace(INFO + "WHEEL", WHEEL.replace("Version: 1.0", "Version: 2.0"))


@refused("wheel-tags")
def tags_that_disagree(draft):
    draft.replace(INFO + "WHEEL", WHEEL.replace("py3-none-any", "py2-none-any"))


@noted("wheel-build")
def build_tag_that_disagrees(draft):
    draft.replace(INFO + "WHEEL", WHEEL + "Build: 2\n")


@refused("installed-twice")
def two_members_for_one_place(draft):
    """pip writes one over the other, and `installer` stops halfway."""
    draft.add("demo/a.py", b"x = 1\n")
    draft.add("demo-1.0.data/purelib/demo/a.py", b"x = 2\n")


@refused("data-scheme")
def unknown_scheme(draft):
    draft.add("demo-1.0.data/stuff/a.txt")


@refused("data-scheme")
def file_beside_the_schemes(draft):
    draft.add("demo-1.0.data/a.txt")


@noted("unresolved")
def hook_that_cannot_run(draft):
    draft.add("demo.pth", b"import no_such_module; no_such_module.go()\n")


@noted("dist-info-files")
def installer_file(draft):
    draft.add(INFO + "INSTALLER", b"pip\n", place=4)


@noted("bytecode")
def bytecode(draft):
    draft.add("demo/__pycache__/a.cpython-312.pyc", b"\0" * 16)
