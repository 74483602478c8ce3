"""A build backend around any other one: it finishes the wheels that the other makes.

    [build-system]
    requires = ["pyxide", "setuptools"]
    build-backend = "pyxide.build_backend"

    [tool.pyxide.build]
    backend = "setuptools.build_meta"

    [tool.pyxide.wheel]
    hooks = [{ name = "greeting_autoload", call = "greeting.codec:register", module = "_greeting_hook" }]
    folders = [{ from = "dialects" }]

It has the hooks of PEP 517 and PEP 660 that the other backend has, and no others; arguments and results are passed on as
they are. Wheels and editable wheels get what [tool.pyxide.wheel] says, source distributions what is needed to do so again.

Front ends show what a backend prints. What is wrong with a project is said in a few lines, without a traceback.
"""

import os
import sys

_REQUIREMENTS = "get_requires_for_build_wheel", "get_requires_for_build_editable", "get_requires_for_build_sdist"
_METADATA = "prepare_metadata_for_build_wheel", "prepare_metadata_for_build_editable"
_HOOKS = ("build_wheel", "build_sdist", "build_editable") + _REQUIREMENTS + _METADATA

_wrappers = {}


class BuildError(SystemExit):
    """A project cannot be built as it is.

    Front ends run hooks in a process of their own: as an exit, it is shown as these lines alone.
    """

    def __init__(self, message, hint=None):
        super().__init__("error: " + message if hint is None else "error: %s\nhint: %s" % (message, hint))


def __getattr__(name):
    # Nothing is read before a front end asks for a hook, which it does in the project's folder.
    if name == "__all__":
        more = ["UnsupportedOperation"] if hasattr(_wrapper(), "UnsupportedOperation") else []
        return __dir__() + more
    if name in _HOOKS or name == "UnsupportedOperation":
        return getattr(_wrapper(), name)
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__():
    return dir(_wrapper())


def _wrapper():
    root = os.getcwd()
    if root not in _wrappers:
        from pyxide import _pyxide

        # A backend that asks us what we offer, while we ask it, is one that calls us.
        _wrappers[root] = None
        try:
            _wrappers[root] = Wrapper(root, _pyxide)
        finally:
            if _wrappers[root] is None:
                del _wrappers[root]
    if _wrappers[root] is None:
        raise BuildError(
            "pyproject.toml: `backend` in [tool.pyxide.build] leads back to pyxide.build_backend",
            "name the backend that makes the wheel, such as `setuptools.build_meta`",
        )
    return _wrappers[root]


class Wrapper:
    """The backend of the project in a folder; `native` has the functions whose names begin with `backend_`."""

    def __init__(self, root, native):
        self._root = root
        self._native = native
        settings = self._ask("backend_settings")
        self._settings = settings
        self._name = settings["backend"]
        self._inner = _load(root, settings)
        offered = {name for name in _HOOKS if hasattr(self._inner, name)}
        if settings["requires"]:
            # They are to be installed whether the backend asks for more or not.
            offered |= {name for name in _REQUIREMENTS if name.replace("get_requires_for_", "") in offered}
        self._offered = sorted(offered)
        self._ours = {
            "build_wheel": self._build_wheel,
            "build_editable": self._build_editable,
            "build_sdist": self._build_sdist,
        }

    def __dir__(self):
        return self._offered

    def __getattr__(self, name):
        if name in self._offered and name in _REQUIREMENTS:
            return lambda config_settings=None: self._requirements(name, config_settings)
        if name in self._offered and name in self._ours:
            return self._ours[name]
        # What is passed on as it is, UnsupportedOperation among it, and the error for a hook that they do not have.
        passed_on = getattr(self._inner, name)
        if name in _METADATA:
            return lambda *arguments, **options: self._call(passed_on, *arguments, **options)
        return passed_on

    def _call(self, hook, *arguments, **options):
        try:
            return hook(*arguments, **options)
        except ValueError as error:
            # TOML 1.1, which we read, is nothing to readers of 1.0; their errors do not even name the file.
            said = _unreadable(self._root) if type(error).__name__ == "TOMLDecodeError" else None
            if said is None:
                raise
            raise BuildError(
                "pyproject.toml: `%s` cannot read it: %s" % (self._name, said),
                "write it in TOML 1.0, which has no line breaks and no comma at the end between braces",
            ) from error

    def _requirements(self, name, config_settings):
        ask = getattr(self._inner, name, None)
        theirs = [] if ask is None else list(self._call(ask, config_settings))
        return theirs + [one for one in self._settings["requires"] if one not in theirs]

    def _build_wheel(self, wheel_directory, config_settings=None, metadata_directory=None):
        return self._wheel("build_wheel", False, wheel_directory, config_settings, metadata_directory)

    def _build_editable(self, wheel_directory, config_settings=None, metadata_directory=None):
        return self._wheel("build_editable", True, wheel_directory, config_settings, metadata_directory)

    def _wheel(self, hook, editable, directory, config_settings, metadata_directory):
        # Before minutes of compiling, not after them.
        epoch = _epoch()
        self._ask("backend_check", editable)
        with _Folder(directory) as folder:
            name = self._call(getattr(self._inner, hook), folder.path, config_settings, metadata_directory)
            wheel = folder.made(name, self._name)
            for note in self._ask("backend_finish", wheel, editable, self._name, epoch):
                print("pyxide: " + note, file=sys.stderr, flush=True)
            return folder.publish(name)

    def _build_sdist(self, sdist_directory, config_settings=None):
        _epoch()
        files = {name: (source, runs) for name, source, runs in self._ask("backend_sdist")}
        for file in _imported(self._root, self._settings["in_tree"]):
            files.setdefault(file, (file, False))
        with _Folder(sdist_directory) as folder:
            name = self._call(self._inner.build_sdist, folder.path, config_settings)
            _complete(folder.made(name, self._name), self._root, files, self._name, self._relocated)
            return folder.publish(name)

    def _relocated(self, pyproject):
        """What a pyproject.toml says where all that lies beside the project is in its folder; None: the same."""
        text = pyproject.decode("utf-8", "surrogateescape")
        relocated = self._ask("backend_relocated", text)
        return None if relocated == text else relocated.encode("utf-8", "surrogateescape")

    def _ask(self, function, *arguments):
        try:
            return getattr(self._native, function)(self._root, *arguments)
        except ValueError as error:
            raise BuildError(*error.args) from None


def _unreadable(root):
    """What Python's own reader of TOML says of a pyproject.toml that it refuses."""
    try:
        import tomllib
    except ImportError:
        # Python 3.10 has none.
        return None
    try:
        with open(os.path.join(root, "pyproject.toml"), "rb") as file:
            tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        return error
    return None


def _load(root, settings):
    """Imports the backend that is wrapped, as front ends would."""
    import importlib

    name, module, path = settings["backend"], settings["module"], settings["object"]
    folders = [os.path.join(root, folder) for folder in settings["backend_path"]]
    for folder in settings["backend_path"]:
        if not os.path.isdir(os.path.join(root, folder)):
            raise BuildError(
                "%s: there is no folder `%s`, in which `%s` should be" % (settings["place"], folder, name),
                "correct `backend-path` in [tool.pyxide.build], which is relative to the folder of pyproject.toml, or make the folder",
            )
    if folders:
        sys.meta_path.insert(0, _InTree(folders, module))
    try:
        backend = importlib.import_module(module)
    except Exception as error:
        raise BuildError(
            "%s: cannot import the backend `%s`: %s" % (settings["place"], name, _reason(error)), _remedy(error, module, folders)
        ) from error
    if folders and not _is_below(backend, folders):
        raise BuildError(
            "%s: the backend `%s` comes from `%s`, not from `backend-path`" % (settings["place"], name, backend.__file__),
            "correct `backend-path` in [tool.pyxide.build], or remove it if the backend is installed",
        )
    for part in path.split(".") if path else ():
        if not hasattr(backend, part):
            raise BuildError(
                "%s: the backend `%s` cannot be used: there is no `%s` in it" % (settings["place"], name, part),
                "correct what follows the colon of `backend` in [tool.pyxide.build]",
            )
        backend = getattr(backend, part)
    return backend


def _reason(error):
    """What an import says, and where, if it does not say that itself."""
    if isinstance(error, ImportError):
        return str(error)
    if isinstance(error, SyntaxError):
        return "%s: %s" % (type(error).__name__, error)
    import traceback

    *_, last = traceback.extract_tb(error.__traceback__)
    text = "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__
    return "%s (%s, line %s)" % (text, last.filename, last.lineno)


def _remedy(error, module, folders):
    if not isinstance(error, ImportError):
        return "the backend was found, and fails while it is imported: correct it, or ask for another version of it"
    lacking = error.name if isinstance(error, (ModuleNotFoundError, _NotInTree)) else None
    if lacking is None:
        return "the backend was found: correct what it imports, or ask for a version that has this name in `requires` in [build-system]"
    top = module.partition(".")[0]
    if lacking == top:
        if folders:
            return "correct `backend-path` in [tool.pyxide.build]: it names the folders that the backend's module is in"
        return _provided(top, "it")
    if module == lacking or module.startswith(lacking + "."):
        return "correct `backend` in [tool.pyxide.build]: there is a `%s`, but no `%s`" % (top, lacking)
    if lacking.partition(".")[0] == top:
        return "the backend was found, and a part of it was not: correct its import of `%s`, or add what is missing" % lacking
    return "the backend was found, and imports `%s`: %s" % (lacking, _provided(lacking, "`%s`" % lacking))


def _provided(module, it):
    known = {
        "flit_core": "flit_core",
        "hatchling": "hatchling",
        "maturin": "maturin",
        "mesonpy": "meson-python",
        "pdm": "pdm-backend",
        "poetry": "poetry-core",
        "scikit_build_core": "scikit-build-core",
        "setuptools": "setuptools",
        "uv_build": "uv_build",
    }
    provider = known.get(module.partition(".")[0])
    if provider is None:
        return "add the package that has %s to `requires` in [build-system]" % it
    return 'add "%s" to `requires` in [build-system]' % provider


class _NotInTree(ImportError):
    """No folder of `backend-path` has the backend."""


class _InTree:
    """Finds top-level modules in the folders of `backend-path` first, and the backend nowhere else."""

    def __init__(self, folders, backend):
        self._folders = folders
        self._backend = backend.partition(".")[0]

    def find_spec(self, name, _path=None, _target=None):
        if "." in name:
            # A part of a package is found by its package.
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path=self._folders)
        if spec is None and name == self._backend:
            folders = ", ".join("`%s`" % folder for folder in self._folders)
            raise _NotInTree("there is no `%s` in %s" % (name, folders), name=name)
        return spec

    def find_distributions(self, *arguments, **options):
        return ()


def _is_below(module, folders):
    file = getattr(module, "__file__", None)
    if file is None:
        return True
    file = os.path.realpath(file)
    return any(os.path.commonpath([file, folder]) == folder for folder in map(os.path.realpath, folders))


def _imported(root, folders):
    """The modules in the folders of in-tree backends that are imported by now: what such a backend is made of."""
    for name, module in [*sys.modules.items()]:
        file = getattr(module, "__file__", None)
        if not file or not file.endswith(".py"):
            continue
        # Below the project may be a whole environment; its modules do not lie where their names say.
        path = name.replace(".", os.sep)
        for folder in folders:
            below = os.path.join(os.path.realpath(os.path.join(root, folder)), path)
            if os.path.realpath(file) in (below + ".py", os.path.join(below, "__init__.py")):
                yield os.path.relpath(os.path.realpath(file), os.path.realpath(root)).replace(os.sep, "/")


class _Folder:
    """A folder inside of another, from which finished files are moved into that: what fails leaves nothing."""

    def __init__(self, parent):
        self._parent = os.path.abspath(parent)

    def __enter__(self):
        import tempfile

        os.makedirs(self._parent, exist_ok=True)
        self.path = tempfile.mkdtemp(prefix=".pyxide-", dir=self._parent)
        return self

    def __exit__(self, *_):
        import shutil

        shutil.rmtree(self.path, ignore_errors=True)

    def made(self, name, backend):
        file = os.path.join(self.path, name)
        if not os.path.isfile(file):
            raise BuildError("`%s` says that it has made `%s`, and has not" % (backend, name))
        return file

    def publish(self, name):
        # A backend may leave more beside it; what was asked for comes last.
        for other in sorted(os.listdir(self.path), key=lambda it: it == name):
            try:
                os.replace(os.path.join(self.path, other), os.path.join(self._parent, other))
            except OSError as error:
                raise BuildError("cannot put `%s` into `%s`: %s" % (other, self._parent, error.strerror)) from None
        return name


def _epoch():
    """The time of everything that is added, if somebody says which."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    # int() would take spaces, signs and underscores, too.
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BuildError(
            "SOURCE_DATE_EPOCH cannot be `%s`" % text, "give the seconds since 1970, such as %d, or nothing" % _DEFAULT_TIME
        )
    return int(text)


# What wheels call the beginning of time.
_DEFAULT_TIME = 315532800


def _complete(sdist, root, files, backend, relocated):
    """Adds to a source distribution those of the files that it lacks, and corrects which of them can be run.

    Its pyproject.toml is as `relocated` has it. The bytes of all others stay as they are.
    """
    import tarfile

    if not sdist.endswith(".tar.gz"):
        raise BuildError("the source distribution of `%s` is `%s`, no .tar.gz" % (backend, os.path.basename(sdist)))
    additions, modes, replaced = {}, [], []
    try:
        with tarfile.open(sdist, "r:gz") as archive:
            members = {member.name.removeprefix("./").rstrip("/"): member for member in archive}
            tops = {name.partition("/")[0] for name in members}
            if len(tops) != 1:
                raise BuildError(
                    "the source distribution of `%s` should have one folder at its top, and has %s"
                    % (backend, ", ".join(sorted("`%s`" % top for top in tops)) or "none")
                )
            (top,) = tops
            for file in sorted(files):
                place, runs = files[file]
                source = os.path.join(root, place)
                # Where a link leads there must be something, too.
                name = _behind_links("%s/%s" % (top, file), members)
                if not name.startswith(top + "/"):
                    raise BuildError(
                        "the source distribution of `%s` has `%s` as a link that leads out of it, to `%s`" % (backend, file, name),
                        "make it a relative link to something in the project, or copy the file",
                    )
                mode = 0o755 if runs else 0o644
                member = members.get(name)
                content = None
                if file == "pyproject.toml":
                    # A backend may have written it anew.
                    content = relocated(_bytes(source) if member is None else archive.extractfile(member).read())
                elif member is not None and place != file and (member.isdir() or archive.extractfile(member).read() != _bytes(source)):
                    raise BuildError(
                        "the source distribution of `%s` has another `%s` than `%s`, which belongs there" % (backend, file, place),
                        "rename one of the two: a source distribution has no place above its own folder, so `../` is dropped there",
                    )
                if member is None:
                    additions[name] = _bytes(source) if content is None else content, mode
                elif member.isreg() and bool(member.mode & 0o111) != runs:
                    # maturin packs all files alike, and a wheel made from that would have other modes than one made from the project.
                    modes.append((member.offset_data, mode))
                if member is not None and content is not None:
                    replaced.append((member.offset_data, member.size, content))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BuildError("cannot read the source distribution of `%s`: %s" % (backend, error)) from None
    if additions or modes or replaced:
        _rewrite(sdist, additions, modes, replaced)


def _behind_links(name, members):
    """What a name in an archive stands for, where links lead to files and folders."""
    from posixpath import dirname, join, normpath

    # As many as systems follow.
    for _ in range(40):
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            link = members.get("/".join(parts[:end]))
            if link is not None and link.issym():
                name = normpath(join(dirname("/".join(parts[:end])), link.linkname, *parts[end:]))
                break
        else:
            return name
    # It leads to itself.
    return link.linkname


def _bytes(file):
    with open(file, "rb") as content:
        return content.read()


def _rewrite(sdist, additions, modes, replaced):
    import gzip
    import io
    import shutil
    import tarfile

    def with_field(header, start, end, number):
        # A member's header is the block before its data, with a sum of all its bytes.
        header[start:end] = b"%0*o\0" % (end - start - 1, number)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        return header

    with open(sdist, "rb") as file:
        # The time in gzip's own header stays as the backend wrote it.
        written = int.from_bytes(file.read(8)[4:], "little")
    with gzip.open(sdist) as packed, open(sdist + ".tar", "wb") as plain:
        shutil.copyfileobj(packed, plain)
    with open(sdist + ".tar", "r+b") as plain:
        for data, mode in modes:
            plain.seek(data - tarfile.BLOCKSIZE)
            header = with_field(bytearray(plain.read(tarfile.BLOCKSIZE)), 100, 108, mode)
            plain.seek(data - tarfile.BLOCKSIZE)
            plain.write(header)
        # From the end on, so that the places of those before stay right.
        for data, size, content in sorted(replaced, reverse=True):
            plain.seek(data - tarfile.BLOCKSIZE)
            header = with_field(bytearray(plain.read(tarfile.BLOCKSIZE)), 124, 136, len(content))
            plain.seek(data + _blocks(size))
            rest = plain.read()
            plain.seek(data - tarfile.BLOCKSIZE)
            plain.truncate()
            plain.write(header + content.ljust(_blocks(len(content)), b"\0") + rest)
    time = _epoch()
    with tarfile.open(sdist + ".tar", "a", format=tarfile.PAX_FORMAT) as archive:
        for name, (content, mode) in additions.items():
            # Nothing of this machine: neither who owns the file nor when it was written.
            member = tarfile.TarInfo(name)
            member.mtime = _DEFAULT_TIME if time is None else time
            member.mode = mode
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with open(sdist + ".tar", "rb") as plain, open(sdist + ".new", "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, mtime=written) as packed:
            shutil.copyfileobj(plain, packed)
    os.remove(sdist + ".tar")
    os.replace(sdist + ".new", sdist)


def _blocks(size):
    """How much room so many bytes take in a tar file."""
    return -(-size // 512) * 512
