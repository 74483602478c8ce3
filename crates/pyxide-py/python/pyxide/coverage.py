"""A plugin for coverage.py that reports the lines of Cython sources which ran.

    [run]
    plugins = pyxide.coverage

Modules are to be built with profile="coverage"; then `coverage run` and pytest-cov see
their lines, and reports show the sources. The lines there are come from the cache: its
folder is the one that builds use, or what the configuration says:

    [pyxide.coverage]
    cache_dir = FOLDER
"""

import os
import re
import sys
import warnings

from coverage import Coverage, CoveragePlugin, FileReporter, FileTracer
from coverage.exceptions import NoSource

from pyxide import _pyxide

# There Cython tells `sys.monitoring` which lines ran, and no tracer.
_MONITORED = sys.version_info >= (3, 13)

_SUFFIXES = (".pyx", ".pxi", ".pxd")


def coverage_init(registry, options):
    """Called by coverage.py with what its configuration says about this plugin."""
    plugin = CythonLines(options.get("cache_dir"))
    registry.add_configurer(plugin)
    if _MONITORED:
        _Monitor(plugin)
    else:
        registry.add_file_tracer(plugin)


class CythonLines(CoveragePlugin):
    """Knows the lines of Cython sources that can run."""

    def __init__(self, cache_dir=None):
        self.cache_dir = cache_dir
        self.excluded = None

    def configure(self, config):
        """Takes from the configuration which lines are not to be reported, and has lines counted where they are told."""
        if _MONITORED and not config.get_option("run:core"):
            config.set_option("run:core", None if self.measures_branches(config) else "sysmon")
        patterns = [*(config.get_option("report:exclude_lines") or ()), *(config.get_option("report:exclude_also") or ())]
        self.excluded = re.compile("|".join("(?:%s)" % pattern for pattern in patterns)) if patterns else None

    @staticmethod
    def measures_branches(config):
        """Whether branches are measured with a tracer, which takes lines of compiled modules for lines of their callers."""
        if not config.get_option("run:branch") or hasattr(sys.monitoring.events, "BRANCH_RIGHT"):
            return False
        warnings.warn(
            "this Python tells coverage.py lines of compiled modules as lines of their callers while branches are"
            " measured: leave --branch out, or use another Python",
            stacklevel=2,
        )
        return True

    def file_tracer(self, filename):
        """Has the lines of Cython sources counted: those of Python sources are counted in any case."""
        return CythonFile(filename) if filename.endswith(_SUFFIXES) and os.path.isfile(filename) else None

    def file_reporter(self, filename):
        """Says which lines a source has."""
        return CythonReporter(filename, self)


class CythonFile(FileTracer):
    """A Cython source in which lines ran."""

    def __init__(self, filename):
        self.filename = filename

    def source_filename(self):
        """The source, whose name compiled modules know."""
        return self.filename


class CythonReporter(FileReporter):
    """A Cython source in a report."""

    def __init__(self, filename, plugin):
        super().__init__(filename)
        self.plugin = plugin

    def lines(self):
        """The lines that can run."""
        found = _pyxide.traced_lines(self.filename, self.plugin.cache_dir)
        if found is None:
            raise NoSource(
                "the cache has no build of `%s` as it is now that counts lines: run it again with profile='coverage'"
                % self.filename
            )
        return set(found) - self.excluded_lines()

    def excluded_lines(self):
        """The lines that are not to be reported: those that match, with the blocks that they begin."""
        excluded, margin = set(), None
        for number, line in enumerate(self.source().splitlines(), 1):
            indent = len(line) - len(line.lstrip())
            if line.strip() and margin is not None and indent <= margin:
                margin = None
            if margin is None and self.plugin.excluded and self.plugin.excluded.search(line):
                excluded.add(number)
                margin = indent if line.split("#")[0].rstrip().endswith(":") else None
            elif margin is not None:
                excluded.add(number)
        return excluded


class _Monitor:
    """Sees which lines of compiled modules ran."""

    def __init__(self, plugin):
        self.plugin, self.seen, self.pending, self.watched = plugin, set(), {}, set()
        monitoring = sys.monitoring
        for tool in (4, 3):
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, "pyxide.coverage")
                monitoring.register_callback(tool, monitoring.events.LINE, self.line)
                monitoring.set_events(tool, monitoring.events.LINE)
                return

    def line(self, code, line):
        if sys._getframe(1).f_code is code:
            # Python's own code, which coverage.py sees to.
            return sys.monitoring.DISABLE
        if (code, line) not in self.seen:
            self.see(code.co_filename, line)
            self.seen.add((code, line))

    def see(self, filename, line):
        measuring = Coverage.current()
        if measuring is None or not os.path.isabs(filename) or not os.path.isfile(filename):
            return
        if filename not in self.pending:
            wanted = getattr(measuring, "_should_trace", None)
            is_wanted = wanted is None or wanted(filename, None).trace
            self.pending[filename] = set() if is_wanted else None
        if self.pending[filename] is not None:
            self.pending[filename].add(line)
        if measuring not in self.watched:
            self.watched.add(measuring)
            self.hand_over_with(measuring)

    def hand_over_with(self, measuring):
        """Adds what was seen to the data whenever that is asked for, as it is before it is written."""
        get_data = measuring.get_data

        def get_all_data():
            data = get_data()
            lines = {name: seen for name, seen in self.pending.items() if seen}
            if measuring.get_option("run:branch"):
                data.add_arcs({name: {(-1, line) for line in seen} for name, seen in lines.items()})
            else:
                data.add_lines(lines)
            cython = [name for name in lines if name.endswith(_SUFFIXES)]
            data.add_file_tracers({name: self.plugin._coverage_plugin_name for name in cython})
            return data

        measuring.get_data = get_all_data
