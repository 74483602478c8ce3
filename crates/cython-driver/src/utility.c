
/* Gives the modules that this object is linked with Cython's code for memoryviews: a module of its own, which their code
 * imports by its name. The first one in a process makes it, and the others find it. */
static PyObject *pyxide_create(PyObject *self, PyObject *spec) {
    PyObject *definition = PyInit_PYXIDE_UTILITY();
    (void)self;
    return definition ? PyModule_FromDefAndSpec((PyModuleDef *)definition, spec) : NULL;
}
static PyObject *pyxide_execute(PyObject *self, PyObject *module) {
    PyModuleDef *definition = PyModule_GetDef(module);
    (void)self;
    if (!definition || PyModule_ExecDef(module, definition) != 0) return NULL;
    Py_INCREF(Py_None);
    return Py_None;
}
static PyMethodDef pyxide_loader[] = {
    {"create_module", pyxide_create, METH_O, NULL},
    {"exec_module", pyxide_execute, METH_O, NULL},
};
/* NULL with an exception when it cannot be made. Python's own machinery loads it, so that a second thread waits until it
 * is ready. The modules declare this as they do the functions that start them, which C++ calls by their plain names, too. */
PyObject *pyxide_utility(void) {
    static const char name[] = "PYXIDE_UTILITY";
    PyObject *machinery = NULL, *create = NULL, *execute = NULL, *loader = NULL, *spec = NULL, *module = NULL;
    if (PyMapping_HasKeyString(PyImport_GetModuleDict(), name)) return Py_None;
    /* Anything that has attributes can be a loader. */
    if ((machinery = PyImport_ImportModule("_frozen_importlib"))
        && (create = PyCFunction_New(&pyxide_loader[0], NULL))
        && (execute = PyCFunction_New(&pyxide_loader[1], NULL))
        && (loader = PyObject_CallMethod(machinery, "ModuleSpec", "sO", name, Py_None))
        && PyObject_SetAttrString(loader, "create_module", create) == 0
        && PyObject_SetAttrString(loader, "exec_module", execute) == 0
        && (spec = PyObject_CallMethod(machinery, "ModuleSpec", "sO", name, loader)))
        module = PyObject_CallMethod(machinery, "_load", "O", spec);
    Py_XDECREF(spec);
    Py_XDECREF(loader);
    Py_XDECREF(execute);
    Py_XDECREF(create);
    Py_XDECREF(machinery);
    Py_XDECREF(module);
    return module ? Py_None : NULL;
}
