//! The table of functions, and every library that is not the right one.

use super::{super::tests::interpreter, *};

/// What is used of the lists of the stable ABI (`Misc/stable_abi.txt` of 3.10), with the version it was added in.
const STABLE: &[(&str, u32)] = &[
    ("PyBool_FromLong", 2),
    ("PyBytes_AsStringAndSize", 2),
    ("PyDict_Items", 2),
    ("PyDict_New", 2),
    ("PyErr_Clear", 2),
    ("PyErr_Fetch", 2),
    ("PyErr_GivenExceptionMatches", 2),
    ("PyErr_NormalizeException", 2),
    ("PyEval_SaveThread", 2),
    ("PyExc_AttributeError", 2),
    ("PyException_SetTraceback", 2),
    ("PyFloat_AsDouble", 2),
    ("PyFloat_FromDouble", 2),
    ("PyFloat_Type", 2),
    ("PyGILState_Ensure", 2),
    ("PyGILState_Release", 2),
    ("PyImport_ImportModule", 2),
    ("PyList_Append", 2),
    ("PyList_AsTuple", 2),
    ("PyList_New", 2),
    ("PyLong_AsLongLongAndOverflow", 2),
    ("PyLong_AsUnsignedLongLong", 2),
    ("PyLong_FromLongLong", 2),
    ("PyLong_FromUnsignedLongLong", 2),
    ("PyObject_Call", 2),
    ("PyObject_DelItem", 2),
    ("PyObject_GetAttr", 2),
    ("PyObject_GetItem", 2),
    ("PyObject_SetAttr", 2),
    ("PyObject_SetItem", 2),
    ("PyObject_Str", 2),
    ("PyObject_Type", 2),
    ("PySequence_Contains", 2),
    ("PySys_GetObject", 2),
    ("PyTuple_GetItem", 2),
    ("PyTuple_New", 2),
    ("PyTuple_SetItem", 2),
    ("PyTuple_Size", 2),
    ("PyType_GetFlags", 2),
    ("PyType_IsSubtype", 2),
    ("PyUnicode_AsEncodedString", 2),
    ("PyUnicode_AsUTF8AndSize", 10),
    ("PyUnicode_DecodeFSDefaultAndSize", 2),
    ("PyUnicode_FromStringAndSize", 2),
    ("Py_DecRef", 2),
    ("Py_DecodeLocale", 7),
    ("Py_GetVersion", 2),
    ("Py_IncRef", 2),
    ("Py_InitializeEx", 2),
    ("Py_IsFalse", 10),
    ("Py_IsInitialized", 2),
    ("Py_IsNone", 10),
    ("Py_IsTrue", 10),
    ("Py_SetProgramName", 2),
    ("Py_UTF8Mode", 8),
    ("_Py_NoneStruct", 2),
];

#[test]
fn only_the_stable_abi_of_3_10_is_used() {
    for name in NAMES {
        let added = STABLE.iter().find(|(stable, _)| stable == name).map(|(_, added)| *added);
        assert!(added.is_some_and(|added| added <= 10), "`{name}` is not in the stable ABI of 3.10");
    }
    assert_eq!(STABLE.len(), NAMES.len(), "the list holds what is used, and nothing else");
}

/// What a library that says it is of this version and does not run has.
fn pretend(version: &str, is_running: bool) -> String {
    let others = NAMES.iter().filter(|name| !["Py_GetVersion", "Py_IsInitialized"].contains(name));
    let others: Vec<_> = others.map(|name| format!("int {name}(void) {{ return 0; }}")).collect();
    format!(
        "{}\nconst char *Py_GetVersion(void) {{ return \"{version} (main)\"; }}\n\
         int Py_IsInitialized(void) {{ return {}; }}\n",
        others.join("\n"),
        i32::from(is_running)
    )
}

#[test]
fn what_is_not_the_interpreters_library_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let compile = |name: &str, code: &str| {
        let (source, library) = (folder.path().join("l.c"), folder.path().join(name));
        fs_err::write(&source, code).unwrap();
        let mut gcc = std::process::Command::new("gcc");
        gcc.args(["-w", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
        assert!(gcc.status().expect("these tests need gcc").success());
        library
    };
    let start = |libpython: Option<&Path>| {
        let error = super::super::Host::start(&interpreter(libpython)).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
        error.to_string().replace(&folder.path().display().to_string(), "")
    };
    assert_eq!(start(None), "`/opt/bin/python` has no shared library that a program could load");

    let text = folder.path().join("libpython3.11.so");
    fs_err::write(&text, "text").unwrap();
    assert_eq!(start(Some(&text)), "cannot load the Python library `/libpython3.11.so`");
    let empty = compile("libpython3.so", "int nothing;");
    assert_eq!(start(Some(&empty)), "the Python library `/libpython3.so` has no `Py_DecodeLocale`");
    // From here on this one is the first in the process.
    let older = compile("libpython3.10.so", &pretend("3.10.1", false));
    assert_eq!(start(Some(&older)), "the Python library `/libpython3.10.so` is 3.10.1, and the interpreter is 3.11.7");
    let second = compile("libpython3.11.so.1", &pretend("3.11.7", false));
    let other = "this process already has a Python in it that was not started here";
    assert_eq!(start(Some(&second)), other, "modules would take the functions of the first");
    assert!(!is_running());
    let plugin = compile("libpython3.12.so.1", &pretend("3.12.1", true));
    let plugin = load_for_a_plugin(&plugin);
    assert!(is_running(), "although it was loaded for nobody else");
    assert_eq!(start(Some(&older)), other);
    drop(plugin);
    assert!(!is_running());
}
