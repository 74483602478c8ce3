# The inside of a graph, for the algorithms of this package.

cdef class Graph:
    cdef readonly Py_ssize_t nodes
    cdef readonly Py_ssize_t edges
    # The neighbours of node i are targets[starts[i]] up to targets[starts[i + 1]].
    cdef Py_ssize_t* starts
    cdef Py_ssize_t* targets

    cdef Py_ssize_t checked(self, Py_ssize_t node) except -1
