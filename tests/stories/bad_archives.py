"""Wheels that are wrong as archives: headers that disagree, bytes that nobody lists, records that lie."""

import struct

import zips
from hand_made import noted, refused
from zips import DESCRIPTOR, FULL32, STORED, UTF8, Member, extra_field

# Headers that disagree


def lies(name, rule, where, **more):
    """One case for a field that says something else in the local or the central header."""
    refused(rule, name=name, **more)(lambda draft: where(draft.first()))


lies("other_local_name", "zip-headers", lambda it: it.local.update(name=b"demo/__evil__.py"))
lies("longer_local_name", "zip-headers", lambda it: it.local.update(name=b"demo/__init__.pyc"))
lies("other_local_size", "zip-headers", lambda it: it.local.update(size=7))
lies("other_local_packed_size", "zip-headers", lambda it: it.local.update(packed=7))
lies("other_local_crc", "zip-headers", lambda it: it.local.update(crc=7))
lies("other_local_method", "zip-headers", lambda it: it.local.update(method=STORED))
lies("other_local_flags", "zip-headers", lambda it: it.local.update(flags=UTF8))
lies("wrong_crc", "zip-content", lambda it: (it.local.update(crc=7), it.central.update(crc=7)), content=True)
lies("no_crc", "zip-content", lambda it: (it.local.update(crc=0), it.central.update(crc=0)), content=True)
lies("less_is_declared", "zip-content", lambda it: declared(it, -1), content=True)
lies("more_is_declared", "zip-content", lambda it: declared(it, 1), content=True)
lies("far_more_is_declared", "zip-limit", lambda it: (sizes_of_62_bits(it)))
lies("unfinished_data", "zip-content", lambda it: cut(it), content=True)
lies("data_after_the_data", "zip-content", lambda it: setattr(it, "raw", it.packed() + b"more"), content=True)
lies("offset_of_another", "zip-overlap", lambda it: it.central.update(offset=99))
lies("offset_behind_the_end", "zip-local", lambda it: it.central.update(offset=1 << 20))
lies("later_version_needed", "zip-method", lambda it: (it.local.update(version=63), it.central.update(version=63)))
lies("on_another_disk", "zip-disks", lambda it: it.central.update(disk=1))


def declared(member, more):
    size = len(member.data) + more
    member.local.update(size=size)
    member.central.update(size=size)


def sizes_of_62_bits(member):
    sizes = extra_field(1, struct.pack("<QQ", 1 << 62, len(member.packed())))
    for header in (member.local, member.central):
        header.update(size=FULL32, packed=FULL32, extra=sizes)


def cut(member):
    member.raw = member.packed()[:-4]


@refused("zip-member-comment")
def comment_of_a_member(draft):
    draft.first().comment = b"hello"


@refused("zip-descriptor-lies")
def descriptor_flag_alone(draft):
    draft.first().flags |= DESCRIPTOR


@refused("zip-descriptor-lies")
def descriptor_that_lies(draft):
    first = draft.first()
    first.descriptor = 16
    first.described.update(size=7)


@refused("zip-descriptor-lies")
def descriptor_with_another_crc(draft):
    first = draft.first()
    first.descriptor = 12
    first.described.update(crc=7)


@refused("zip-descriptor-lies")
def descriptor_of_an_unknown_size(draft):
    """Sizes are zero in the central header too, so nobody knows where the data ends."""
    first = draft.first()
    first.descriptor = 16
    first.central.update(packed=0, size=0)


# The archive


@refused("zip-trailing")
def trailing_bytes(draft):
    draft.options.update(suffix=b"more")


@refused("zip-prefix")
def leading_bytes(draft):
    draft.finish = lambda data: b"#!/bin/sh\n" + data


@refused("zip-prefix")
def leading_bytes_with_right_offsets(draft):
    draft.options.update(prefix=b"#!/bin/sh\n")


@refused("zip-gap")
def padding_between_members(draft):
    draft.members[1].before = bytes(8)


@refused("zip-gap")
def padding_before_the_directory(draft):
    draft.options.update(gap=bytes(8))


@refused("zip-gap")
def member_that_is_not_listed(draft):
    draft.add("demo/orphan.py", listed=False)


@refused("zip-comment")
def comment_of_the_archive(draft):
    draft.options.update(comment=b"hello")


@refused("zip-comment", "zip-directory")
def end_record_in_the_comment(draft):
    draft.options.update(comment=b"PK\5\6" + bytes(18))


@refused("zip-comment", "zip-trailing")
def longer_comment_than_declared(draft):
    draft.options.update(comment=b"hello", end={"comment_length": 2})


@refused("zip-prefix")
def two_archives(draft):
    draft.finish = lambda data: data + data


@refused("zip-overlap")
def two_entries_of_one_member(draft):
    twin = draft.add("demo/twin.py", draft.first().data, present=False)
    twin.central.update(offset=0)


@refused("zip-overlap")
def member_in_a_member(draft):
    """The second one's header lies in the data of the first."""
    inner = zips.archive([Member(b"demo/inner.py", b"x = 1\n", method=STORED)])
    outer = draft.add("demo/outer.bin", inner, place=0, method=STORED)
    twin = draft.add("demo/inner.py", b"x = 1\n", method=STORED, present=False)
    twin.central.update(offset=30 + len(outer.name))


@refused("zip-count")
def fewer_members_than_there_are(draft):
    draft.options.update(end={"here": 1, "total": 1})


@refused("zip-count")
def more_members_than_there_are(draft):
    draft.options.update(end={"here": 9, "total": 9})


@refused("zip-count", "zip-disks")
def counts_that_disagree(draft):
    draft.options.update(end={"here": 4})


@refused("zip-directory")
def directory_too_short(draft):
    draft.options.update(end={"bytes": 40})


@refused("zip-directory", "zip-prefix")
def directory_elsewhere(draft):
    draft.options.update(end={"offset": 7})


@refused("zip-disks")
def several_disks(draft):
    draft.options.update(end={"disk": 1, "start_disk": 1})


@refused("zip64")
def zip64_that_disagrees(draft):
    """Whoever reads the ZIP64 record gets another directory than who does not."""
    evil = zips.archive([Member(b"evil.py", b"x = 2\n")])
    draft.options.update(prefix=evil[: evil.index(b"PK\5\6")])
    draft.options.update(end64={"here": 1, "total": 1, "offset": evil.index(b"PK\1\2")})


@noted("zip64-needless")
def zip64_without_need(draft):
    draft.options.update(end64={})


@refused("zip64", "zip-limit")
def zip64_count_of_40_bits(draft):
    draft.options.update(end64={"here": 1 << 40, "total": 1 << 40}, end={"here": 0xFFFF, "total": 0xFFFF})


@refused("zip64")
def zip64_locator_to_nowhere(draft):
    draft.options.update(locator={"offset": 1 << 40}, end={"here": 0xFFFF, "total": 0xFFFF})


@refused("zip64")
def zip64_record_with_more(draft):
    draft.options.update(end64={"more": b"more"}, end={"here": 0xFFFF, "total": 0xFFFF})


@refused("zip64-extra")
def zip64_sizes_that_are_cut(draft):
    first = draft.first()
    first.central.update(size=FULL32, packed=FULL32, extra=extra_field(1, struct.pack("<Q", len(first.data))))


@refused("zip-end")
def empty_file(draft):
    draft.finish = lambda data: b""


@refused("zip-end")
def end_is_missing(draft):
    draft.finish = lambda data: data[:-30]


@refused("zip-end")
def half_of_the_file(draft):
    draft.finish = lambda data: data[: len(data) // 2]


@refused("zip-end")
def text_file(draft):
    draft.finish = lambda data: b"This is no wheel.\n"


@refused("dist-info-missing")
def no_members(draft):
    draft.finish = lambda data: b"PK\5\6" + bytes(18)
