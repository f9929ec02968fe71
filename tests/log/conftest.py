"""A log held in memory for the tests: nodes stored exactly as a database would store them."""

from collections.abc import Callable, Iterable

import pytest

from openhaven.log.tree import ReadNode, append, leaf_hash


class NodesInMemory:
    """Grown entry by entry through append(); remembers how many nodes were read."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.reads = 0
        self.size = 0
        for entry in entries:
            self.add(leaf_hash(entry))

    def add(self, leaf: bytes) -> None:
        for node in append(self.size, leaf, self.read):
            assert (node.level, node.index) not in self.nodes, "a stored node would change"
            self.nodes[node.level, node.index] = node.hash
        self.size += 1

    def read(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]


@pytest.fixture(scope="session")
def grow() -> Callable[[Iterable[bytes]], NodesInMemory]:
    return NodesInMemory


@pytest.fixture(scope="session")
def nodes_of() -> Callable[[Iterable[bytes]], ReadNode]:
    return lambda entries: NodesInMemory(entries).read
