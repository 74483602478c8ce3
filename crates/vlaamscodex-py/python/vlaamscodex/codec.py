"""The codec `vlaamsplats`, also called `plats`: bytes of Platskript in, text of Python out.

| who asks | what is called |
|---|---|
| `python f.plats`, `python < f.plats` | the incremental decoder, with a line break and all that follows the line with the cookie |
| `import`, `-m`, `runpy`, `compile` of bytes | `decode`, with the whole file |
| `linecache`, `tokenize.open`, `open(encoding=…)` | the incremental decoder, with the whole file |
| `codecs.open` | the stream reader |

CPython counts the lines of what it gets, so each line becomes exactly one line, whichever part of the file there is. It drops all
exceptions of a decoder but their type, so a program that is wrong becomes one that says so: `raise SyntaxError(…)` on the line that is wrong.
"""

import codecs
import sys

NAMES = ("vlaamsplats", "plats")


def register() -> None:
    """Register the codec; to call it again is harmless."""
    try:
        codecs.lookup(NAMES[0])
    except LookupError:
        codecs.register(search)


def search(name: str) -> codecs.CodecInfo | None:
    """What `codecs` asks: the codec of a name, if it is ours."""
    if name.lower().replace("-", "_") not in NAMES:
        return None
    from vlaamscodex import importer

    # Whoever runs Platskript wants to import it as well.
    importer.install()
    return codecs.CodecInfo(
        name=name,
        encode=codecs.utf_8_encode,
        decode=decode,
        incrementalencoder=IncrementalEncoder,
        incrementaldecoder=IncrementalDecoder,
        streamreader=StreamReader,
        streamwriter=StreamWriter,
    )


def decode(input: bytes, errors: str = "strict") -> tuple[str, int]:
    """Decode a whole program at once."""
    data = bytes(input)
    return _python(data, errors), len(data)


class IncrementalEncoder(codecs.IncrementalEncoder):
    """Platskript is written as it is read: in UTF-8."""

    def encode(self, input: str, final: bool = False) -> bytes:
        return codecs.utf_8_encode(input, self.errors)[0]


class IncrementalDecoder(codecs.IncrementalDecoder):
    """Nothing can be said of a program before its end, so everything comes then, once."""

    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._data = bytearray()
        self._is_done = False

    def decode(self, input: bytes, final: bool = False) -> str:
        if self._is_done:
            return ""
        self._data += input
        if not final:
            return ""
        data = bytes(self._data)
        self._data.clear()
        self._is_done = True
        return _python(data, self.errors)

    def reset(self) -> None:
        self._data.clear()
        self._is_done = False

    def getstate(self) -> tuple[bytes, int]:
        return bytes(self._data), int(self._is_done)

    def setstate(self, state: tuple[bytes, int]) -> None:
        data, flags = state
        self._data[:] = data
        self._is_done = bool(flags)


class StreamWriter(codecs.StreamWriter):
    """Platskript is written as it is read: in UTF-8."""

    def encode(self, input: str, errors: str = "strict") -> tuple[bytes, int]:
        return codecs.utf_8_encode(input, errors)


class StreamReader(codecs.StreamReader):
    """Reads the stream to its end when something is asked for, and hands out the program from then on."""

    _text = None

    def decode(self, input: bytes, errors: str = "strict") -> tuple[str, int]:
        return decode(input, errors)

    def _program(self):
        if self._text is None:
            import io

            self._text = io.StringIO(_python(self.stream.read(), self.errors))
        return self._text

    def read(self, size: int = -1, chars: int = -1, firstline: bool = False) -> str:
        return self._program().read(size if chars < 0 else chars)

    def readline(self, size: int | None = None, keepends: bool = True) -> str:
        line = self._program().readline(-1 if size is None else size)
        return line if keepends else line.removesuffix("\n")

    def readlines(self, sizehint: int | None = None, keepends: bool = True) -> list[str]:
        return self._program().read().splitlines(keepends)

    def reset(self) -> None:
        self._text = None


def _python(data: bytes, errors: str) -> str:
    if not data:
        return ""
    from vlaamscodex import _vlaamscodex

    try:
        # Python itself refuses a cookie behind such a mark; others may write one.
        text = codecs.utf_8_decode(data, errors, True)[0].removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        python = _not_utf8(data, _vlaamscodex.place_of_byte(data, error.start))
    else:
        python = _vlaamscodex.decode(text)
    # Whoever has a hook of his own wants to show errors himself.
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _show
    return python


def _not_utf8(data: bytes, error: dict) -> str:
    """A program of as many lines, which says what is wrong on the line that is; `platskript` makes one of any other error."""
    column = error["column"]
    before = max(column - 200, 0)
    place = "f.f_code.co_filename, f.f_lineno, %d, %r, f.f_lineno, %d"
    place %= (column - before, error["text"][before : before + 400], column - before + 1)
    line = "raise SyntaxError(%r, (lambda f: (%s))(__import__('sys')._getframe()))" % (error["message"], place)
    lines = len(data.decode("utf-8", "replace").splitlines())
    return "\n" * (error["line"] - 1) + line + "\n" * max(lines - error["line"] + 1, 1)


def _show(kind, error, traceback):
    from vlaamscodex import _tracebacks

    _tracebacks.show(kind, error, traceback)
