"""Wheels made by hand: a small one, what can be spoilt about it, and what must happen then."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import zips
from zips import STORED, UTF8, Member

#: `verify` finds an error, and `inject` leaves the file alone.
REFUSED = "refused"
#: `verify` warns, and `inject` goes on.
NOTED = "noted"
#: The same, and `inject` goes on when it is told to drop the signature.
SIGNED = "signed"
#: Nobody has anything to say.
LEGAL = "legal"

INFO = "demo-1.0.dist-info/"
RECORD = INFO + "RECORD"
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nSummary: A wheel for tests\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
FILE_NAME = "demo-1.0-py3-none-any.whl"


@dataclass
class Case:
    """One hand-made wheel and what must happen to it."""

    name: str
    spoil: object
    verdict: str
    #: One of these rules is named.
    rules: tuple
    #: Whether it is only seen by who reads the contents.
    content: bool
    #: Options without which the wheel is not taken, such as a limit.
    options: tuple
    #: Too large to be looked at again and again.
    large: bool

    def draft(self):
        draft = Draft()
        self.spoil(draft)
        return draft

    def write(self, folder):
        """Writes the wheel and returns its path."""
        draft = self.draft()
        path = Path(folder, draft.file_name)
        with open(path, "wb") as file:
            draft.write(file)
        return path


@dataclass
class Draft:
    """A wheel that is not yet written."""

    file_name: str = FILE_NAME
    members: list = field(
        default_factory=lambda: [
            Member(b"demo/__init__.py", b"def answer():\n    return 42\n"),
            Member(b"demo/data.txt", b"", method=STORED),
            Member(INFO.encode() + b"METADATA", METADATA.encode()),
            Member(INFO.encode() + b"WHEEL", WHEEL.encode()),
        ]
    )
    #: Changes the rows of RECORD, or returns other ones.
    rows: object = None
    #: The bytes of RECORD, from its rows.
    text: object = None
    record: Member = None
    record_place: int = None
    algorithm: str = "sha256"
    #: How the archive itself is written.
    options: dict = field(default_factory=dict)
    #: Changes the finished bytes.
    finish: object = None

    def add(self, name, data=b"x = 1\n", place=-2, **fields):
        """Adds a member, in front of `.dist-info` unless `place` says otherwise, and returns it."""
        member = Member(name if isinstance(name, bytes) else name.encode(), data, **fields)
        self.members.insert(len(self.members) + place if place < 0 else place, member)
        return member

    def first(self):
        return self.members[0]

    def member(self, name):
        return next(member for member in self.members if member.name == name.encode())

    def replace(self, name, text):
        self.member(name).data = text.encode()

    def row(self, member):
        name = member.name.decode("utf-8", "surrogateescape")
        digest = base64.urlsafe_b64encode(member.digest(self.algorithm)).rstrip(b"=").decode()
        return [name, self.algorithm + "=" + digest, str(member.size())]

    def all_members(self):
        """The members with RECORD among them."""
        listed = [
            self.row(member)
            for member in self.members
            if member.listed and not member.name.endswith((b"/", b"/RECORD.jws", b"/RECORD.p7s"))
        ]
        listed.append([RECORD, "", ""])
        if self.rows is not None:
            listed = self.rows(listed) or listed
        text = "".join(",".join(map(quoted, row)) + "\n" for row in listed)
        if self.text is not None:
            text = self.text(text)
        record = self.record or Member(RECORD.encode())
        record.data = text.encode("utf-8", "surrogateescape")
        members = list(self.members)
        members.insert(len(members) if self.record_place is None else self.record_place, record)
        return members

    def write(self, file):
        if self.finish is None:
            zips.write(file, self.all_members(), **self.options)
        else:
            file.write(self.finish(zips.archive(self.all_members(), **self.options)))


def quoted(text):
    """A field of a CSV line."""
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text


CASES = []


def case(verdict, *rules, content=False, options=(), large=False, name=None):
    def note(spoil):
        CASES.append(Case(name or spoil.__name__.strip("_"), spoil, verdict, rules, content, options, large))
        return spoil

    return note


def refused(*rules, **more):
    return case(REFUSED, *rules, **more)


def noted(*rules, **more):
    return case(NOTED, *rules, **more)


def legal(**more):
    return case(LEGAL, **more)


def named(rule, names):
    """One case per name of an additional member."""
    for title, name in names.items():
        refused(rule, name=title)(lambda draft, name=name: draft.add(name, flags=flag_of(name)))


def flag_of(name):
    """Bit 11 where the name needs it."""
    return UTF8 if isinstance(name, str) and not name.isascii() else 0


def changed_row(index, column, value):
    def change(rows):
        rows[index][column] = value

    return change
