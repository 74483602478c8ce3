"""How many edges nodes have: a second module that reads the same arrays."""

from .graph cimport Graph


def degrees(Graph graph not None):
    """Return how many edges begin at each node."""
    return [graph.starts[i + 1] - graph.starts[i] for i in range(graph.nodes)]


def sources(Graph graph not None):
    """Return the nodes to which no edge leads."""
    cdef bytearray has_edge = bytearray(graph.nodes)
    cdef Py_ssize_t i
    for i in range(graph.edges):
        has_edge[graph.targets[i]] = 1
    return [i for i in range(graph.nodes) if not has_edge[i]]
