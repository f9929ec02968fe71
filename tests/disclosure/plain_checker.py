"""What the models mean, row by row and in plain Python: slow, from the definitions, sharing no code with the engine."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from math import log

Row = Sequence[str]
NEAR = 1e-7


def classes(shown: Iterable[Hashable], secrets: Iterable[str]) -> dict[Hashable, list[str]]:
    """The confidential values of the rows of each class."""
    found: dict[Hashable, list[str]] = defaultdict(list)
    for key, secret in zip(shown, secrets, strict=True):
        found[key].append(secret)
    return found


def is_k(rows: list[str], k: int) -> bool:
    return len(rows) >= k


def is_distinct(rows: list[str], l: int) -> bool:  # noqa: E741
    return len(set(rows)) >= l


def is_entropy(rows: list[str], l: float) -> bool:  # noqa: E741
    shares = [count / len(rows) for count in Counter(rows).values()]
    return -sum(share * log(share) for share in shares) >= log(l) - NEAR


def is_recursive(rows: list[str], c: float, l: int) -> bool:  # noqa: E741
    counts = sorted(Counter(rows).values(), reverse=True)
    return counts[0] < c * sum(counts[l - 1 :])


def equal_distance(rows: list[str], whole: list[str]) -> float:
    return sum(abs(_share(rows, value) - _share(whole, value)) for value in set(whole)) / 2


def ordered_distance(rows: list[str], whole: list[str], order: list[str]) -> float:
    so_far, total = 0.0, 0.0
    for value in order:
        so_far += _share(rows, value) - _share(whole, value)
        total += abs(so_far)
    return total / (len(order) - 1) if len(order) > 1 else 0.0


def hierarchical_distance(rows: list[str], whole: list[str], levels: Sequence[Sequence[str]]) -> float:
    """`levels[h][i]` is the ancestor of leaf i at height h. Mass that cannot stay under a node moves through it."""
    height, total = len(levels) - 1, 0.0
    for above in range(1, height + 1):
        for parent in set(levels[above]):
            under = {levels[above - 1][at] for at, label in enumerate(levels[above]) if label == parent}
            extras = []
            for child in under:
                leaves = [levels[0][at] for at, label in enumerate(levels[above - 1]) if label == child]
                extras.append(sum(_share(rows, leaf) - _share(whole, leaf) for leaf in leaves))
            more, less = sum(x for x in extras if x > 0), -sum(x for x in extras if x < 0)
            total += above / height * min(more, less)
    return total


def _share(rows: list[str], value: str) -> float:
    return rows.count(value) / len(rows)


def every_subset(shown: list[Row], k: int, m: int) -> bool:
    """Whether each value that any m columns show together is shown k times."""
    for chosen in combinations(range(len(shown[0])), min(m, len(shown[0]))):
        if min(Counter(tuple(row[at] for at in chosen) for row in shown).values()) < k:
            return False
    return True


def all_classes(found: dict[Hashable, list[str]], holds: Callable[[list[str]], bool]) -> bool:
    return all(holds(rows) for rows in found.values())


def loss(shown: Sequence[Row], levels: Sequence[Sequence[Sequence[str]]]) -> float:
    """Mean of (leaves covered - 1) / (leaves - 1) over all cells; `levels[column][height][leaf]`. A row that is `*`
    throughout loses all."""
    total = 0.0
    for row in shown:
        for cell, table in zip(row, levels, strict=True):
            leaves = len(table[0])
            if all(each == "*" for each in row):
                total += 1
            elif cell in table[0]:
                total += 0
            else:
                covered = next(labels.count(cell) for labels in map(list, table[1:]) if cell in labels)
                total += (covered - 1) / (leaves - 1) if leaves > 1 else 1
    return total / (len(shown) * len(levels))


def every_subset_of_people(shown: list[Row], people: Sequence[Hashable], k: int, m: int) -> bool:
    """Whether each value that any m columns show together is shown by k different people."""
    for chosen in combinations(range(len(shown[0])), min(m, len(shown[0]))):
        seen: dict[Row, set[Hashable]] = defaultdict(set)
        for row, person in zip(shown, people, strict=True):
            seen[tuple(row[at] for at in chosen)].add(person)
        if min(map(len, seen.values())) < k:
            return False
    return True


def fits(cells: Row, person: Row, levels: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Whether labels, whatever their levels, may stand for this person of the population."""
    columns = zip(cells, person, levels, strict=True)
    return all(cell in {labels[table[0].index(value)] for labels in table} for cell, value, table in columns)


def beliefs(shown: list[Row], population: list[Row], levels: Sequence[Sequence[Sequence[str]]]) -> list[float]:
    """For each of the population the expected number of rows of theirs, each row being anybody's whom it fits."""
    found = [0.0] * len(population)
    for cells in shown:
        who = [at for at, person in enumerate(population) if fits(cells, person, levels)]
        for at in who:
            found[at] += 1 / len(who)
    return found
