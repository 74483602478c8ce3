"""The templates that ship with the distribution: finding, reading and building them."""

import json
import os
from pathlib import Path

import pyxide
from pyxide import _pyxide

_PACKAGE = os.path.dirname(__file__)
_PACKAGES = "packages/"


def template_root():
    """Return the folder of the templates as a Path.

    It holds cython, python and template.schema.json, and belongs to the distribution: copy what
    you want to change. Raises FileNotFoundError where the templates are not there.
    """
    return _pyxide.template_root(_PACKAGE)


def list_templates(*, kind="cython"):
    """Return the templates' names, such as "basic/square", sorted.

    kind is "cython" or "python", else ValueError: those for Cython, or their twins in Python.
    Packages are left out: list_package_examples has them.
    """
    return [name for name, _, _, _, is_package in _pyxide.templates(_PACKAGE, kind) if not is_package]


def get_template_path(id, *, kind=None):
    """Return the path of a template's source.

    id is "category/name", with the end of the file or without it, or the name alone. Without a
    kind, "cython" comes before "python". Raises FileNotFoundError when there is no such template,
    and ValueError when several have that name, or when it leads out of the folder.
    """
    return _source(id, kind)[2]


def read_template(id, *, kind=None, encoding="utf-8"):
    """Return the source of a template. Takes what get_template_path takes."""
    return get_template_path(id, kind=kind).read_text(encoding=encoding)


def load_template_metadata(id, *, kind=None):
    """Return a dict of what is known of a template.

    id, kind, category, path and title; one for Cython has what its sidecar says, too: teaches,
    level, language, needs, options, setup, demo and bench, as template.schema.json describes it.
    """
    return _metadata(_source(id, kind))


def compile_template_result(id, **options):
    """Compile a template, import the module, and return a BuildResult.

    Takes the options of cython_import_result; what the template needs is set unless they say otherwise.
    """
    found = _source(id, "cython")
    return pyxide.cython_import_result(found[2], **{**_options(found), **options})


def compile_template(id, **options):
    """Compile a template and return the imported module. Takes the options of compile_template_result."""
    return compile_template_result(id, **options).module


def list_package_examples():
    """Return the names of the packages among the templates, sorted."""
    found = _pyxide.templates(_PACKAGE, "cython")
    return [name.removeprefix(_PACKAGES) for name, _, _, _, is_package in found if is_package]


def get_package_example_path(name):
    """Return the folder of a package among the templates.

    Raises FileNotFoundError when there is no such package, and ValueError when the name leads out of the folder.
    """
    return _package(name)[2]


def load_package_example_metadata(name):
    """Return a dict of what is known of a package: what load_template_metadata returns, and modules, their paths by name."""
    found = _package(name)
    return {**_metadata(found), "modules": _files(found[2])[0]}


def build_package_example_result(name, *, package_name=None, jobs=None, **options):
    """Compile the modules of a package among the templates, import them, and return a PackageBuildResult.

    package_name
        The name to import it by; its own without it.
    jobs
        How many modules to build at a time; as many as there are processors without it.

    All other options are those of build_package_from_paths_result.
    """
    found = _package(name)
    modules, support = _files(found[2])
    options = {"support_files": support, **_options(found), **options}
    name = package_name or found[2].name
    return pyxide.build_package_from_paths_result(modules, package_name=name, jobs=jobs, **options)


def build_package_example(name, **options):
    """Compile the modules of a package among the templates and return them by their names below the package.

    Takes the options of build_package_example_result.
    """
    return build_package_example_result(name, **options).modules


def _source(id, kind):
    found = _pyxide.find_template(_PACKAGE, os.fspath(id), kind)
    if found[4]:
        name = found[0].removeprefix(_PACKAGES)
        raise ValueError("`%s` is a package of several modules\nhint: use build_package_example(%r)" % (id, name))
    return found


def _package(name):
    name = os.fspath(name)
    found = _pyxide.find_template(_PACKAGE, name if name.startswith(_PACKAGES) else _PACKAGES + name, "cython")
    if not found[4]:
        raise FileNotFoundError("there is no package `%s` among the templates" % name)
    return found


def _metadata(found):
    id, kind, path, sidecar, _ = found
    category, _, name = id.partition("/")
    known = json.loads(Path(sidecar).read_text(encoding="utf-8")) if sidecar else {"title": name.replace("_", " ")}
    return {"id": id, "kind": kind, "category": category, "path": path, **known}


def _options(found):
    known = _metadata(found)
    return {"numpy_required": "numpy" in known["needs"], **known["options"]}


def _files(folder):
    """The modules of a package by name, and the texts beside them that no module of the same name brings along."""
    modules, support = {}, {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in (".pyx", ".py"):
            modules[".".join(inside.with_suffix("").parts)] = path
        elif path.suffix in (".pxi", ".h") or (path.suffix == ".pxd" and not path.with_suffix(".pyx").exists()):
            support[inside.as_posix()] = path.read_text(encoding="utf-8")
    return modules, support
