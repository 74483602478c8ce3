"""The `%%pyxide` cells of IPython and Jupyter."""

import argparse
import functools
import hashlib
import linecache
import re
import sys

import pyxide

# What stands in front of a cell's text, in place of the line with the magic, so that all lines keep their numbers. With
# this one, Cython lets cells declare for each other what otherwise needs a `.pxd` file. It goes on with the names of the
# cells that are cimported: `vec=pyxide.jit.vec_0123456789abcdef`.
CELL = "# pyxide: cell"

_NAME = re.compile(r"[^\W\d]\w*")
_CIMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)[ \t]+cimport\b|cimport[ \t]+([^#\n]+))", re.MULTILINE)
_PLACE = re.compile(r"--> Cell In\[\w+\]:")
# The page leads to the generated code by a link, which leads nowhere from a notebook.
_LINK = re.compile(r'<p>Raw output: <a href="[^"]*">[^<]*</a>\n?(?:</p>)?')


def load_ipython_extension(shell):
    """Give an IPython shell `%%pyxide`: called by `%load_ext pyxide`."""
    shell.register_magic_function(_Cells(shell).run, "cell", "pyxide")


def unload_ipython_extension(shell):
    """Take `%%pyxide` away again: called by `%unload_ext pyxide`."""
    shell.magics_manager.magics["cell"].pop("pyxide", None)


class _Cells:
    """The cells of one shell."""

    def __init__(self, shell):
        self.shell = shell
        # Those with a name, as they were run last: the module, the text, and the cells that it was compiled with.
        self.named = {}

    def run(self, line, cell):
        """Compile a cell with Cython and push its names to the namespace. `%%pyxide --help` shows the options."""
        from IPython.core.error import UsageError

        asked = _options(line, UsageError)
        if asked is None:
            return None
        if asked.name:
            _refuse_taken(asked.name, UsageError)
        earlier = self._cimported(cell, asked.name, UsageError)
        first = CELL if asked.name or earlier else ""
        first += "".join(" %s=%s" % (name, module) for name, (module, _) in sorted(earlier.items()))
        text = first + "\n" + cell + ("" if cell.endswith("\n") else "\n")
        options = _build_options(asked)
        try:
            pyxide._pyxide.check_options(options)
        except ValueError as error:
            raise UsageError("%%%%pyxide: %s" % error) from None
        if earlier:
            files = {module.rpartition(".")[2] + ".pyx": text for module, text in earlier.values()}
            options["support_files"] = files
        if asked.name:
            # Under the name alone, a worker could find what another notebook calls so.
            digest = hashlib.blake2b(repr((text, sorted(options.items()))).encode(), digest_size=8).hexdigest()
            options["module_name"] = "pyxide.jit.%s_%s" % (asked.name, digest)
        options["force_rebuild"] = asked.force
        options["verbose"] = int(asked.verbose)
        # Some versions of IPython count a cell before they run it, and some after.
        label = options["_label"] = "Cell In[%s]" % self.shell.displayhook.prompt_count
        # Tracebacks show it, of this cell while it is compiled and of its functions ever after.
        shown = "%%pyxide " + line.strip() + "\n" + text.split("\n", 1)[1]
        linecache.cache[label] = (len(shown), None, shown.splitlines(True), label)
        try:
            built = pyxide.compile_and_load_result(text, **options)
        except pyxide.PyxideError as error:
            # It says all about the cell; the frames are those of the shell and of this package.
            error._render_traceback_ = functools.partial(_rendered, type(error).__name__, str(error))
            raise
        if asked.name:
            self.named[asked.name] = built.module_name, text, earlier
            sys.modules[asked.name] = built.module
        for warning in built.warnings:
            # It may have been built as another cell.
            print(_PLACE.sub(lambda _: "--> %s:" % label, warning), file=sys.stderr)
        names = vars(built.module)
        public = names.get("__all__") or [name for name in names if not name.startswith("_")]
        self.shell.push({name: names[name] for name in public if name in names}, interactive=True)
        if asked.annotate:
            from IPython.display import HTML

            with open(built.annotation_path, encoding="utf-8") as file:
                return HTML(_LINK.sub("", file.read()))
        return None

    def _cimported(self, text, own, usage_error):
        """The earlier cells that a text cimports, and those that they were compiled with: modules and texts by name."""
        found = {}
        for one, several in _CIMPORT.findall(text):
            for name in [one] if one else several.split(","):
                name = _NAME.match(name.strip())
                name = name and name.group()
                if name == own or name not in self.named:
                    continue
                module, source, before = self.named[name]
                for other, cell in [*before.items(), (name, (module, source))]:
                    if found.setdefault(other, cell) != cell:
                        message = "%%%%pyxide: `%s` was compiled with an earlier `%s`; run it again first" % (name, other)
                        raise usage_error(message)
        return found


def _refuse_taken(name, usage_error):
    if name in sys.stdlib_module_names:
        raise usage_error("%%%%pyxide: `%s` is a module of Python's standard library; choose another name" % name)
    if name in sys.modules and not hasattr(sys.modules[name], "__pyxide_key__"):
        raise usage_error("%%%%pyxide: `%s` is a module that is already imported; choose another name" % name)


def _rendered(name, text):
    return ("%s: %s" % (name, text)).split("\n")


def _options(line, usage_error):
    """What the line asks for, or None when it asks for help, which is then printed."""

    class Parser(argparse.ArgumentParser):
        def error(self, message):
            raise usage_error("%%%%pyxide: %s; `%%%%pyxide --help` shows the options" % message)

    parser = Parser(
        prog="%%pyxide",
        add_help=False,
        allow_abbrev=False,
        description="Compile the cell with Cython, once, and push its names to the namespace.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Arguments that begin with a dash are joined by an equals sign: -c=-O3.",
    )
    add = parser.add_argument
    add("-n", "--name", metavar="NAME", help="name of the module: later cells can import and cimport from it")
    add("--profile", metavar="PROFILE", help="default, release, fast-debug, annotate, debug or coverage")
    add("-a", "--annotate", action="store_true", help="show what each line costs")
    add("-+", "--cplus", action="store_true", help="translate to C++")
    add("--openmp", action="store_true", help="run prange loops in parallel")
    add("-c", "--compile-args", metavar="ARG", action="append", default=[], help="argument of the compiler")
    add("--link-args", metavar="ARG", action="append", default=[], help="argument of the linker")
    add("-l", "--lib", metavar="LIBRARY", action="append", default=[], help="library to link with")
    add("-I", "--include", metavar="FOLDER", action="append", default=[], help="folder with headers and .pxd files")
    add("-L", metavar="FOLDER", dest="library_dirs", action="append", default=[], help="folder with libraries")
    add("-f", "--force", action="store_true", help="build even if the cache has it")
    add("-v", "--verbose", action="store_true", help="print what the tools are told and say")
    add("-h", "--help", action="store_true", help="show this")
    import shlex

    try:
        words = shlex.split(line)
    except ValueError as error:
        parser.error(str(error).lower())
    asked = parser.parse_args(words)
    if asked.help:
        print(parser.format_help())
        return None
    if asked.name is not None and not _NAME.fullmatch(asked.name):
        parser.error("`%s` is no name for a module" % asked.name)
    return asked


def _build_options(asked):
    options = {
        "profile": asked.profile,
        "annotate": asked.annotate or None,
        "language": "c++" if asked.cplus else None,
        "openmp": asked.openmp,
        "extra_compile_args": asked.compile_args,
        "extra_link_args": asked.link_args,
        "libraries": asked.lib,
        "include_dirs": asked.include,
        "library_dirs": asked.library_dirs,
    }
    return {name: value for name, value in options.items() if value}
