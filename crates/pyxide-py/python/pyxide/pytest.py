"""Markers for tests that need build tools, for who asks for them: `pytest -p pyxide.pytest`.

    @pytest.mark.requires_compiler           a C compiler and Python's headers
    @pytest.mark.requires_compiler("c++")    a C++ compiler and Python's headers
    @pytest.mark.requires_cython             Cython
    @pytest.mark.requires_numpy              NumPy

Where something is missing, the test is skipped with what is missing and how to get it as the reason.
"""

import pytest

_MARKERS = {
    "requires_compiler": "requires_compiler(language='c'): skip where a compiler or Python's headers are missing",
    "requires_cython": "requires_cython: skip where Cython is missing",
    "requires_numpy": "requires_numpy: skip where NumPy is missing",
}
_COMPILERS = {"c": "compiler", "c++": "cxx_compiler"}
_FOUND = pytest.StashKey()


def pytest_configure(config):
    for line in _MARKERS.values():
        config.addinivalue_line("markers", line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    needed = []
    for marker in item.iter_markers():
        if marker.name in _MARKERS:
            needed += [part for part in _needed(item, marker) if part not in needed]
    if not needed:
        return
    found = item.config.stash.get(_FOUND, None)
    if found is None:
        import pyxide

        # Once for all tests, and only where one asks: compilers are started for it.
        found = item.config.stash[_FOUND] = pyxide.check_build_prereqs(numpy=True, cxx=True)
    lacking = []
    for part in needed:
        answer = found.get(part) or {"ok": False, "detail": "not looked for without an interpreter", "remedy": None}
        if not answer["ok"]:
            remedy = "; " + answer["remedy"] if answer["remedy"] else ""
            lacking.append("%s: %s%s" % (part, answer["detail"], remedy))
    if lacking:
        pytest.skip("\n".join(lacking))


def _needed(item, marker):
    if marker.name != "requires_compiler":
        if marker.args or marker.kwargs:
            raise pytest.UsageError("%s: %s takes no arguments" % (item.nodeid, marker.name))
        return [marker.name.partition("_")[2]]
    given = [*marker.args, *marker.kwargs.values()] or ["c"]
    if len(given) > 1 or set(marker.kwargs) - {"language"} or given[0] not in _COMPILERS:
        raise pytest.UsageError("%s: requires_compiler takes a language, 'c' or 'c++'" % item.nodeid)
    return [_COMPILERS[given[0]], "python_headers"]
