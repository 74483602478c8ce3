"""A graph as a list of neighbours."""


class Graph:
    """A directed graph of a fixed number of nodes."""

    def __init__(self, nodes, edges):
        if nodes < 0:
            raise ValueError("a number of nodes is not negative")
        self.nodes = nodes
        self.neighbours = [[] for _ in range(nodes)]
        for source, target in edges:
            self.checked(target)
            self.neighbours[self.checked(source)].append(target)
        self.edges = sum(map(len, self.neighbours))

    def checked(self, node):
        """Return the node, if there is such a one."""
        if not 0 <= node < self.nodes:
            raise IndexError(f"there is no node {node} among {self.nodes}")
        return node
