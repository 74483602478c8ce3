"""Wheels that look odd and are legal, or that are so large that few tools were tried with them."""

import zips
from hand_made import INFO, SIGNED, case, legal, noted
from zips import STORED, UTF8, Member, extra_field


@legal()
def plain(draft):
    pass


@legal()
def sha512(draft):
    draft.algorithm = "sha512"


@legal()
def dist_info_first(draft):
    draft.members.sort(key=lambda member: not member.name.startswith(INFO.encode()))
    draft.record_place = 2


@legal()
def folders(draft):
    draft.add("demo/", b"", place=0, method=STORED, mode=0o040755)


@legal()
def utf8_name(draft):
    draft.add("demo/naïve.txt", flags=UTF8)


@legal()
def comma_and_quotes(draft):
    draft.add('demo/a, "b".txt')


@legal()
def record_with_crlf(draft):
    draft.text = lambda text: text.replace("\n", "\r\n")


@legal()
def record_without_the_last_newline(draft):
    draft.text = lambda text: text[:-1]


@legal()
def stored_and_empty(draft):
    for member in draft.members:
        member.method = STORED
    draft.add("demo/empty.py", b"", method=STORED)


@legal()
def empty_but_deflated(draft):
    draft.add("demo/empty.py", b"")


@legal()
def times_in_extra_fields(draft):
    draft.first().extra = extra_field(0x5455, b"\3" + bytes(8))


@legal()
def made_on_windows(draft):
    for member in draft.members:
        member.system, member.mode = zips.DOS, 0o100644


@legal()
def modes_without_a_kind(draft):
    draft.first().mode = 0o644


@legal()
def sizes_in_zip64_fields(draft):
    draft.first().zip64 = True


@legal()
def record_of_a_vendored_package(draft):
    draft.add("demo/_vendor/other-2.0.dist-info/RECORD", b"other.py,,\n")


@legal(large=True)
def long_name(draft):
    draft.add("demo/" + "/".join(["n" * 200] * 326)[:65521] + "aaaaaa.py")


for size in (12, 16, 20, 24):
    noted("zip-descriptor", name="descriptor_of_%d_bytes" % size)(lambda draft, size=size: setattr(draft.first(), "descriptor", size))
noted("zip-descriptor", name="descriptor_of_an_empty_member")(lambda draft: setattr(draft.members[1], "descriptor", 16))


@legal(large=True)
def one_member_less_than_zip64_needs(draft):
    many(draft, 65534)


@legal(options=("members=100000",), large=True)
def more_members_than_zip_can_count(draft):
    many(draft, 70000)


def many(draft, count):
    for index in range(count - len(draft.members) - 1):
        draft.members.append(Member(b"demo/%05d" % index, b"", method=STORED))


@case(SIGNED, "signature")
def signed(draft):
    draft.add(INFO + "RECORD.jws", b"{}\n", place=4)


@case(SIGNED, "signature")
def signed_otherwise(draft):
    draft.add(INFO + "RECORD.p7s", b"\0", place=4)


def sparse(draft, size=1 << 32):
    """A stored member of 4 GiB, which takes no room on the disk; it is not in `CASES`."""
    draft.add("demo/hole.bin", method=STORED, hole=size, zip64=True)
