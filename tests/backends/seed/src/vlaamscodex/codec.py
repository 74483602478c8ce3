"""The codec by which Python reads a file of the language."""

import codecs


def _decode(data, errors="strict"):
    text, length = codecs.utf_8_decode(data, errors, True)
    return text.replace("klap", "print"), length


class _Decoder(codecs.BufferedIncrementalDecoder):
    def _buffer_decode(self, data, errors, final):
        # A word is known when the file has ended.
        return _decode(data, errors) if final else ("", 0)


def _search(name):
    if name == "vlaamsplats":
        return codecs.CodecInfo(codecs.utf_8_encode, _decode, incrementaldecoder=_Decoder, name=name)


def register():
    """Makes the codec known."""
    codecs.register(_search)
