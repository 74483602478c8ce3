"""Platskript, a programming language that sounds like home, and the dialects of Flanders.

`python hello.plats` runs a program whose first line is `# coding: vlaamsplats`. `vlaamscodex.install()` makes
`import hello` find `hello.plats`, too. The parts are modules: `compiler`, `checker`, `codec`, `dialects`, `repl`,
`examples`, `init`, `fortune` and `cli`.
"""

__all__ = ["PlatsFout", "compile_plats", "install"]


def install() -> None:
    """Make `import` find `.plats` files, and register the codec; to call it again is harmless."""
    from vlaamscodex import codec, importer

    codec.register()
    importer.install()


def __getattr__(name: str) -> object:
    # The codec is imported by programs that may not need the rest.
    if name in ("PlatsFout", "compile_plats"):
        from vlaamscodex import compiler

        return getattr(compiler, name)
    if name == "__version__":
        from vlaamscodex import _vlaamscodex

        return _vlaamscodex.__version__
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, "__version__"])
