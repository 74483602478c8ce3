# Asked once per interpreter: who are you, and what do you find? Answers with one tagged JSON object on the last line.
# Python 2 and old Python 3 must still be able to read this far, to be refused with a reason.
import sys


def answer(result, **fields):
    import json
    fields["result"] = result
    sys.stdout.write("\n" + json.dumps(fields) + "\n")
    sys.stdout.flush()


def package(folders, name, version_files, witnesses):
    """Folder and version of a package found on the search path, without importing it. Notes what the answer rests on."""
    import os
    import re
    for folder in folders:
        inside = os.path.join(folder, name)
        init = os.path.join(inside, "__init__.py")
        witnesses.append(init)
        if not os.path.isfile(init):
            continue
        for candidate in version_files:
            path = os.path.join(inside, candidate)
            witnesses.append(path)
            try:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
            except OSError:
                continue
            found = re.search(r"^(?:__version__|version|short_version)\s*(?::[^=]+)?=\s*[\"']([^\"']+)[\"']", text, re.M)
            if found:
                return {"folder": inside, "version": found.group(1)}
    return None


def numpy_headers(numpy, witnesses):
    """The folder of NumPy's headers."""
    import os
    for inner in ("_core", "core"):
        path = os.path.join(numpy["folder"], inner, "include")
        header = os.path.join(path, "numpy", "arrayobject.h")
        witnesses.append(header)
        if os.path.isfile(header):
            return path
    return None


def path_files():
    """What decides the search path of an interpreter that starts by itself: its site folders and their .pth files."""
    import glob
    import os
    import site
    folders = site.getsitepackages() + [site.getusersitepackages()]
    return folders + [file for folder in folders for file in sorted(glob.glob(os.path.join(glob.escape(folder), "*.pth")))]


def customizations(folders):
    """The files that an interpreter imports when it starts by itself, or the places where they would be."""
    import os
    files = [os.path.join(folder, name + ".py") for folder in folders for name in ("sitecustomize", "usercustomize")]
    loaded = [getattr(sys.modules.get(name), "__file__", None) for name in ("sitecustomize", "usercustomize")]
    return files + [file for file in loaded if file and file not in files]


def shared_library(variables, witnesses):
    """The file that a program loads to have this interpreter inside it. Builds without one name an archive."""
    import os
    # An interpreter may have been moved after it was built, and then knows its folder by the old name.
    folders = [variables.get("LIBDIR"), os.path.join(sys.base_prefix, "lib"), variables.get("LIBPL")]
    if variables.get("LIBDIR") and variables.get("MULTIARCH"):
        folders.insert(1, os.path.join(variables["LIBDIR"], variables["MULTIARCH"]))
    names = [variables.get("INSTSONAME"), variables.get("LDLIBRARY")]
    # Where the interpreter itself is built without, the system may still have it in a package of its own.
    names.append("libpython%d.%d%s.so.1.0" % (sys.version_info[0], sys.version_info[1], sys.abiflags))
    for folder in folders:
        for name in names:
            if not folder or not name or ".so" not in name:
                continue
            path = os.path.join(folder, name)
            if path not in witnesses:
                witnesses.append(path)
            if os.path.isfile(path):
                return path
    return None


def main():
    if sys.implementation.name != "cpython":
        return answer("refused", reason="not_cpython", implementation=sys.implementation.name)
    import os
    import sysconfig
    given = sys.argv[1:]
    folders = []
    for folder in (given if given else sys.path):
        try:
            folder.encode()
        except UnicodeEncodeError:
            continue  # JSON has no other bytes.
        if os.path.isabs(folder) and folder not in folders:
            folders.append(folder)
    variables = sysconfig.get_config_vars()
    flags = []
    for name in ("CFLAGS", "OPT", "CCSHARED"):
        for flag in str(variables.get(name) or "").split():
            abi = flag in ("-fwrapv", "-DNDEBUG", "-fno-strict-aliasing", "-fno-strict-overflow", "-pthread", "-m32", "-m64")
            if abi and flag not in flags:
                flags.append(flag)
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        libc = ""
    include = []
    for name in ("include", "platinclude"):
        path = sysconfig.get_path(name)
        if path and path not in include:
            include.append(path)
    witnesses = [os.path.join(path, "Python.h") for path in include]
    witnesses += [os.path.join(path, "pyvenv.cfg") for path in (sys.prefix, os.path.dirname(sys.executable))]
    if not given:
        witnesses += path_files() + customizations(folders)
    cython = package(folders, "Cython", ["Shadow.py", "__init__.py"], witnesses)
    numpy = package(folders, "numpy", ["version.py"], witnesses)
    if numpy:
        numpy["include"] = numpy_headers(numpy, witnesses)
        if numpy["include"] is None:
            numpy = None
    library = shared_library(variables, witnesses)
    answer(
        "interpreter",
        executable=sys.executable,
        base_executable=getattr(sys, "_base_executable", None) or sys.executable,
        implementation=sys.implementation.name,
        version=list(sys.version_info[:2]),
        full_version=sys.version.split()[0],
        soabi=variables.get("SOABI") or "",
        extension_suffix=variables.get("EXT_SUFFIX") or "",
        debug=bool(variables.get("Py_DEBUG")),
        free_threaded=bool(variables.get("Py_GIL_DISABLED")),
        platform=sysconfig.get_platform(),
        libc=libc,
        abi_flags=flags,
        include=include,
        has_headers=any(os.path.isfile(os.path.join(path, "Python.h")) for path in include),
        libpython=library,
        prefix=sys.base_prefix,
        search_path=folders,
        cython=cython,
        numpy=numpy,
        witnesses=witnesses,
    )


if sys.version_info < (3, 10):
    answer("refused", reason="too_old", version=sys.version.split()[0])
else:
    main()
