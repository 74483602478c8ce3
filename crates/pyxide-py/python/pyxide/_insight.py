"""What is in a module, and what its lines cost."""

from types import ModuleType

from pyxide import _is_path, _pyxide
from pyxide._records import Annotation


def annotate(source, *, min_score=0, **options):
    """Say what each line of a source costs, with Cython's annotation page, and return an Annotation.

    source is the text of a .pyx file, or the path of one: a PathLike, or a str that ends
    with ".pyx" or ".py". Builds if needed and imports nothing. A line's score is 0 where it
    is plain C; lines with less than min_score are left out. str() of the result has the
    lines, and a notebook shows the page. Takes the options of compile_and_load_result.
    """
    for name in ("annotate", "view_annotate"):
        options.pop(name, None)
    found = _pyxide.annotate(source, _is_path(source), options)
    found["lines"] = [line for line in found["lines"] if line["score"] >= min_score]
    frame = found.pop("frame")
    annotation = Annotation(found)
    annotation.frame = frame
    return annotation


def stub(module, **options):
    """Return the text of a .pyi file for a module: the types of its functions, classes and constants.

    module is an imported module, the text of a .pyx file, or the path of one; the latter two
    are built and imported with the options of compile_and_load_result. What cannot be
    known is Any.
    """
    if not isinstance(module, ModuleType):
        module = _pyxide.compile_and_load_result(module, _is_path(module), options).module
    elif options:
        raise TypeError("a module that is imported already takes no options")
    return _pyxide.stub(module)
