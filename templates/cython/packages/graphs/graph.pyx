"""A graph as two arrays: compressed rows.

The algorithms are modules of their own and read the arrays directly, since
graph.pxd tells them where they are. Only this module allocates and frees.
"""

from libc.stdlib cimport calloc, free, malloc


cdef class Graph:
    """A directed graph of a fixed number of nodes."""

    def __cinit__(self, Py_ssize_t nodes, edges):
        if nodes < 0:
            raise ValueError("a number of nodes is not negative")
        cdef list pairs = list(edges)
        cdef Py_ssize_t source, target
        self.nodes = nodes
        self.edges = len(pairs)
        self.starts = <Py_ssize_t*>calloc(nodes + 2, sizeof(Py_ssize_t))
        self.targets = <Py_ssize_t*>malloc((self.edges + 1) * sizeof(Py_ssize_t))
        if self.starts is NULL or self.targets is NULL:
            raise MemoryError
        # Counted two places further on, so that filling in moves each start to where it belongs.
        for source, target in pairs:
            self.checked(target)
            self.starts[self.checked(source) + 2] += 1
        for source in range(nodes):
            self.starts[source + 2] += self.starts[source + 1]
        for source, target in pairs:
            self.targets[self.starts[source + 1]] = target
            self.starts[source + 1] += 1

    def __dealloc__(self):
        free(self.starts)
        free(self.targets)

    cdef Py_ssize_t checked(self, Py_ssize_t node) except -1:
        if not 0 <= node < self.nodes:
            raise IndexError(f"there is no node {node} among {self.nodes}")
        return node
