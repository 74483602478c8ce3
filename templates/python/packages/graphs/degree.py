"""How many edges nodes have."""


def degrees(graph):
    """Return how many edges begin at each node."""
    return [len(targets) for targets in graph.neighbours]


def sources(graph):
    """Return the nodes to which no edge leads."""
    with_edge = {target for targets in graph.neighbours for target in targets}
    return [node for node in range(graph.nodes) if node not in with_edge]
