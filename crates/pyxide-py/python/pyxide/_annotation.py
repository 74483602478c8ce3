"""Shows the page that Cython writes about a module."""

import os
import sys

from pyxide import _pyxide


def build_and_show(source, is_path, options, view):
    """Build and import a module and show its annotation page: by the function `view`, or in a browser."""
    annotate = options.get("annotate")
    if annotate is False or not (annotate or options.get("profile") == "annotate"):
        raise ValueError("view_annotate needs a page to show: give annotate=True, too, or profile='annotate'")
    result = _pyxide.compile_and_load_result(source, is_path, options)
    if callable(view):
        view(result.annotation_path)
    elif _somebody_looks():
        import webbrowser

        webbrowser.open(result.annotation_path.as_uri())
    return result


def _somebody_looks():
    if os.environ.get("CI") or not (sys.stdout and sys.stdout.isatty()):
        return False
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
