"""What runs when an interpreter starts: it tells `codecs` whom to ask for two names. Nothing is imported before one of them is used."""

_is_registered = False


def register():
    # Up to 3.14 the files of a virtual environment are read twice.
    global _is_registered
    if _is_registered:
        return
    _is_registered = True
    # Every interpreter has it by now: `site` reads its own files with it.
    import codecs

    codecs.register(_search)


def _search(name):
    if name != "vlaamsplats" and name != "plats":
        return None
    try:
        from vlaamscodex.codec import search
    except ImportError:
        # The package is gone and this file is not: then there is no such codec, as if this file were gone, too.
        return None
    return search(name)
