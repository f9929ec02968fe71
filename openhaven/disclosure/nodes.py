"""Which nodes of a lattice are walked: all, or of a large one the cheapest and an even spread of the others."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from math import prod

import numpy as np

from openhaven.disclosure.hierarchy import Floats, Ints

MOST_NODES = 20_000  # of larger lattices a part is walked


def nodes_of(shape: Sequence[int], mean_loss: Sequence[Floats]) -> Ints:
    """Every node, or of a large lattice the cheapest and an even spread of the others: nodes x columns."""
    if prod(shape) <= MOST_NODES:
        return np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1).reshape(-1, len(shape))
    spread = np.arange(MOST_NODES // 2)[:, None]
    golden = 0.6180339887498949 * np.arange(1, len(shape) + 1) ** 1.5
    raised = (spread + 1) / len(spread) > (spread * golden) % 1.0  # ever more columns raised, each time others
    height = np.floor(1 + ((spread + 7) * golden[::-1]) % 1.0 * (np.array(shape) - 1)).astype(np.int64)
    others = np.where(raised, np.minimum(height, np.array(shape) - 1), 0)
    cheapest = list(_cheapest(shape, mean_loss, MOST_NODES // 2))
    chain = chain_of(shape, mean_loss)
    return np.unique(np.concatenate((np.array(cheapest), others, chain)), axis=0)


def _cheapest(shape: Sequence[int], mean_loss: Sequence[Floats], most: int) -> Iterator[tuple[int, ...]]:
    """Nodes in ascending order of mean loss."""
    begin = (0,) * len(shape)
    heap, seen = [(0.0, begin)], {begin}
    for _ in range(most):
        loss, node = heappop(heap)
        yield node
        for axis, level in enumerate(node):
            above = (*node[:axis], level + 1, *node[axis + 1 :])
            if level + 1 < shape[axis] and above not in seen:
                seen.add(above)
                heappush(heap, (loss + float(mean_loss[axis][level + 1] - mean_loss[axis][level]), above))


def chain_of(shape: Sequence[int], mean_loss: Sequence[Floats]) -> Ints:
    """From all lowest to all highest levels, each time the cheapest step."""
    node, made = [0] * len(shape), [[0] * len(shape)]
    while steps := [axis for axis, level in enumerate(node) if level + 1 < shape[axis]]:
        axis = min(steps, key=lambda at: float(mean_loss[at][node[at] + 1]))
        node[axis] += 1
        made.append(list(node))
    return np.array(made)
