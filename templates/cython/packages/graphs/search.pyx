"""Breadth-first search on the arrays of a graph."""

from libc.stdlib cimport free, malloc

from .graph cimport Graph


def distances(Graph graph not None, Py_ssize_t start):
    """Return how many edges lead to each node, and None where none do."""
    graph.checked(start)
    cdef Py_ssize_t* distance = <Py_ssize_t*>malloc(2 * graph.nodes * sizeof(Py_ssize_t))
    if distance is NULL:
        raise MemoryError
    try:
        search(graph, start, distance, distance + graph.nodes)
        return [None if distance[i] < 0 else distance[i] for i in range(graph.nodes)]
    finally:
        free(distance)


def is_reachable(Graph graph not None, Py_ssize_t start, Py_ssize_t end):
    """Say whether edges lead from one node to another."""
    return distances(graph, start)[graph.checked(end)] is not None


cdef void search(Graph graph, Py_ssize_t start, Py_ssize_t* distance, Py_ssize_t* queue) noexcept:
    cdef Py_ssize_t head = 0, tail = 1, node, target, i
    for i in range(graph.nodes):
        distance[i] = -1
    distance[start] = 0
    queue[0] = start
    while head < tail:
        node = queue[head]
        head += 1
        for i in range(graph.starts[node], graph.starts[node + 1]):
            target = graph.targets[i]
            if distance[target] < 0:
                distance[target] = distance[node] + 1
                queue[tail] = target
                tail += 1
