"""Breadth-first search."""


def distances(graph, start):
    """Return how many edges lead to each node, and None where none do."""
    distance = [None] * graph.nodes
    distance[graph.checked(start)] = 0
    queue = [start]
    for node in queue:
        further = distance[node] + 1
        for target in graph.neighbours[node]:
            if distance[target] is None:
                distance[target] = further
                queue.append(target)
    return distance


def is_reachable(graph, start, end):
    """Say whether edges lead from one node to another."""
    return distances(graph, start)[graph.checked(end)] is not None
