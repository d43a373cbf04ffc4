"""Minimum-cost maximum flow over a small graph, exact: successive shortest paths (Bellman–Ford finds each).

Costs may be any whole numbers as long as no cycle of the graph is negative. For tens of nodes, not for thousands.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

Node = Hashable


@dataclass(slots=True)
class Edge:
    tail: Node
    head: Node
    room: int
    cost: int


@dataclass(slots=True)
class Network:
    """Edges in pairs: number `n` goes forward, `n ^ 1` back; what flows forward is the room of the back edge."""

    edges: list[Edge] = field(default_factory=list)

    def join(self, tail: Node, head: Node, cost: int) -> int:
        """An edge with room for one unit; returns its number."""
        self.edges.append(Edge(tail, head, 1, cost))
        self.edges.append(Edge(head, tail, 0, -cost))
        return len(self.edges) - 2

    def used(self, number: int) -> bool:
        return self.edges[number].room == 0

    def fill(self, source: Node, sink: Node) -> int:
        """Sends as much as fits, at the least cost; returns how much."""
        sent = 0
        while path := self._cheapest_path(source, sink):
            for number in path:
                self.edges[number].room -= 1
                self.edges[number ^ 1].room += 1
            sent += 1
        return sent

    def _cheapest_path(self, source: Node, sink: Node) -> list[int]:
        """Edge numbers from the sink back to the source; empty when there is no way left."""
        came_by = self._relax(source)
        path: list[int] = []
        node = sink
        while node != source:
            if node not in came_by:
                return []
            path.append(came_by[node])
            node = self.edges[path[-1]].tail
        return path

    def _relax(self, source: Node) -> dict[Node, int]:
        """For each node that can be reached, the last edge of a cheapest way there."""
        distance: dict[Node, int] = {source: 0}
        came_by: dict[Node, int] = {}
        changed = True
        while changed:
            changed = False
            for number, edge in enumerate(self.edges):
                if not edge.room or edge.tail not in distance:
                    continue
                reached = distance[edge.tail] + edge.cost
                if edge.head not in distance or reached < distance[edge.head]:
                    distance[edge.head] = reached
                    came_by[edge.head] = number
                    changed = True
        return came_by
