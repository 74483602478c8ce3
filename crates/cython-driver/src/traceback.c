
/* Where the sources lie that tracebacks name. The importer knows it, and says so in `spec.loader_state`:
 * `{"pyxide_sources": {b"square.pyx": b"/project/square.pyx", b"project-root": b"/project"}}`, by whole names and by
 * first folders. What it does not say stays as it was compiled. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
/* The names as they were compiled, of those that were replaced. */
static const char *pyxide_compiled[sizeof(__pyx_f) / sizeof(__pyx_f[0])];
/* The place of the first `length` bytes of a name, with `rest` behind it. It is never freed: tracebacks refer to it. */
CYTHON_UNUSED static char *pyxide_place(PyObject *places, const char *name, size_t length, const char *rest) {
    PyObject *key = PyBytes_FromStringAndSize(name, (Py_ssize_t)length);
    PyObject *value = key ? PyObject_GetItem(places, key) : NULL;
    char *path = NULL, *start = NULL;
    Py_ssize_t size = 0;
    if (value && PyBytes_Check(value) && PyBytes_AsStringAndSize(value, &start, &size) == 0) {
        path = (char *)malloc((size_t)size + strlen(rest) + 1);
        if (path) {
            memcpy(path, start, (size_t)size);
            strcpy(path + size, rest);
        }
    }
    Py_XDECREF(value);
    Py_XDECREF(key);
    PyErr_Clear();
    return path;
}
CYTHON_UNUSED static void pyxide_name_sources(PyObject *spec) {
    PyObject *state = PyObject_GetAttrString(spec, "loader_state");
    PyObject *places = state && PyDict_Check(state) ? PyMapping_GetItemString(state, "pyxide_sources") : NULL;
    size_t index;
    PyErr_Clear();
    for (index = 0; places && index < sizeof(__pyx_f) / sizeof(__pyx_f[0]); index++) {
        const char *name = __pyx_f[index];
        const char *rest = name ? strchr(name, '/') : NULL;
        char *path = name ? pyxide_place(places, name, strlen(name), "") : NULL;
        if (!path && rest) path = pyxide_place(places, name, (size_t)(rest - name), rest);
        if (path) {
            pyxide_compiled[index] = name;
            __pyx_f[index] = path;
        }
    }
    Py_XDECREF(places);
    Py_XDECREF(state);
}
/* The same for the code objects of functions. `known` keeps what was made while there are any to be made. */
CYTHON_UNUSED static PyObject *pyxide_source(PyObject *name, PyObject *known) {
    PyObject *path = PyDict_GetItemWithError(known, name);
    PyObject *text = path ? NULL : PyUnicode_AsUTF8String(name);
    const char *wanted = text ? PyBytes_AsString(text) : NULL;
    size_t index;
    for (index = 0; wanted && index < sizeof(__pyx_f) / sizeof(__pyx_f[0]); index++) {
        if (!pyxide_compiled[index] || strcmp(pyxide_compiled[index], wanted) != 0) continue;
        path = PyUnicode_DecodeFSDefault(__pyx_f[index]);
        if (path && PyDict_SetItem(known, name, path) != 0) Py_CLEAR(path);
        /* The dictionary has it. */
        Py_XDECREF(path);
        break;
    }
    Py_XDECREF(text);
    if (!path) PyErr_Clear();
    return path ? path : name;
}
/* What a traceback's code object is remembered by: the line alone would mistake one file's for another's. 0 is not
 * remembered. */
CYTHON_UNUSED static int pyxide_code_key(int c_line, int line, const char *name) {
    const int count = (int)(sizeof(__pyx_f) / sizeof(__pyx_f[0]));
    int index = 0;
    if (c_line) return -c_line;
    while (index < count && __pyx_f[index] != name) index++;
    return index < count && line < INT_MAX / count ? index * (INT_MAX / count) + line : 0;
}
