"""Many files at once."""

from pyxide import _pyxide
from pyxide._errors import BatchBuildError
from pyxide._packages import number_of_jobs


class BatchBuildResult:
    """What became of the files of a folder.

    successes, a dict of BuildResult, and failures, a dict of exceptions, both by the files' paths in the folder without
    their ends, such as "sub/fast"; ok, whether there are no failures; n_succeeded and n_failed; report, a list of
    dicts that json.dumps accepts, one for each file in the order of their paths: name, file, module_name, key,
    used_cache and error, the text of the exception.
    """

    __slots__ = ("_files", "failures", "successes")

    def __init__(self, files, successes, failures):
        self._files = files
        self.successes = successes
        self.failures = failures

    ok = property(lambda self: not self.failures)
    n_succeeded = property(lambda self: len(self.successes))
    n_failed = property(lambda self: len(self.failures))

    @property
    def report(self):
        return [
            {
                "name": name,
                "file": file,
                "module_name": result.module_name if result else None,
                "key": result.key if result else None,
                "used_cache": result.used_cache if result else None,
                "error": str(self.failures[name]) if name in self.failures else None,
            }
            for name, file in self._files.items()
            for result in [self.successes.get(name)]
        ]

    def __repr__(self):
        return "BatchBuildResult(successes=%r, failures=%r)" % ([*self.successes], [*self.failures])


BatchBuildResult.__module__ = "pyxide"


def cython_import_all_result(dir, *, pattern="*.pyx", recursive=False, jobs=None, collect=False, **options):
    """Compile the files in a folder, import the modules, and return a BatchBuildResult.

    dir, pattern
        The folder, and what the names of the files look like; with a slash in it, their paths in the folder.
    recursive
        Go into the folders in it, too. Hidden ones are passed over.
    jobs
        How many files to build at a time; as many as there are processors without it. The longest begin first.
    collect
        True: return the result even if there are failures.

    All other options are those of cython_import_result, and hold for each file; module_name and
    view_annotate are not among them. Each file gives the module that cython_import would give: one
    of its own name. Where several files have one name, those in folders of dir are compiled for names with these
    folders: sub/fast.pyx for "sub.fast" beside fast.pyx for "fast". They are in sys.modules by these names, and
    are no packages: for modules that import each other relatively use build_package_from_paths.

    Raises BatchBuildError, a CompileError, when files fail, with all their diagnostics. Those that do not
    fail are imported, and in its result.
    """
    for name in ("module_name", "view_annotate"):
        if name in options:
            raise TypeError("got an unexpected keyword argument '%s'" % name)
    built = _pyxide.build_files(dir, pattern, bool(recursive), number_of_jobs(jobs), options)
    loaded, failures = _load({name: outcome for name, _, outcome in built})
    files = {name: str(file) for name, file, _ in built}
    result = BatchBuildResult(
        files,
        {name: loaded[name] for name in files if name in loaded},
        {name: failures[name] for name in files if name in failures},
    )
    if failures and not collect:
        message = "%d of %d files in `%s` could not be built and imported: %s" % (
            len(failures), len(files), dir, ", ".join("`%s`" % name for name in result.failures),
        )  # fmt: skip
        raise BatchBuildError(message, None, result.failures, result)
    return result


def cython_import_all(dir, **options):
    """Compile the files in a folder, import the modules, and return a dict of their BuildResults.

    The keys are the files' paths in the folder without their ends: "fast", and "sub/fast" for a file in a folder
    of it. Takes the options of cython_import_all_result.
    """
    return cython_import_all_result(dir, **options).successes


def _load(outcomes):
    """Imports what was built, those after others that they need."""
    loaded, failures = {}, {}
    left = {}
    for name, outcome in outcomes.items():
        (failures if isinstance(outcome, BaseException) else left)[name] = outcome
    while left:
        later = {}
        for name, pending in left.items():
            others = {other.module_name for other in left.values() if other is not pending}
            try:
                loaded[name] = pending.load()
            except ModuleNotFoundError as error:
                # It may be one whose turn has not come.
                if error.name in others:
                    later[name] = pending
                failures[name] = error
            except Exception as error:
                failures[name] = error
        if len(later) == len(left):
            break
        for name in later:
            del failures[name]
        left = later
    return loaded, failures
