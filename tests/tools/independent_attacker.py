"""An attacker who has the published file, the hierarchies and what they know of people, and nothing of the engine's
code: plain Python from the definitions, slow. Marks are given by the original."""

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import product
from math import exp
from pathlib import Path

Labels = tuple[str, ...]


def table(path: Path, columns: tuple[str, ...], *, separator: str = ",") -> list[Labels]:
    """The cells of these columns, row by row."""
    with path.open(newline="") as file:
        return [tuple(row[name] for name in columns) for row in csv.DictReader(file, delimiter=separator)]


def tree(path: Path) -> list[list[str]]:
    """One list a leaf, level 0 first, ending in `*`."""
    with path.open(newline="") as file:
        lines = [line for line in csv.reader(file, delimiter=";") if line]
    return [line if line[-1] == "*" else [*line, "*"] for line in lines]


@dataclass(frozen=True)
class Seen:
    """Each class's rows by its labels, and what values each label of a column may stand for."""

    classes: dict[Labels, list[int]]
    covers: tuple[dict[str, frozenset[str]], ...]
    children: tuple[dict[str, set[frozenset[str]]], ...]

    def box(self, labels: Labels) -> tuple[frozenset[str], ...]:
        return tuple(covers[label] for covers, label in zip(self.covers, labels, strict=True))


def seen(shown: list[Labels], trees: list[list[list[str]]]) -> Seen:
    classes: dict[Labels, list[int]] = defaultdict(list)
    for at, labels in enumerate(shown):
        classes[labels].append(at)
    covers, children = [], []
    for lines in trees:
        under: dict[str, set[str]] = defaultdict(set)
        for line in lines:
            for label in line:
                under[label].add(line[0])
        sets = {label: frozenset(leaves) for label, leaves in under.items()}
        covers.append(sets)
        every = set(sets.values())
        children.append(
            {
                label: {each for each in every if each < mine and not any(each < other < mine for other in every)}
                for label, mine in sets.items()
            }
        )
    return Seen(dict(classes), tuple(covers), tuple(children))


def fits(row: Labels, box: tuple[frozenset[str], ...]) -> bool:
    return all(value in part for value, part in zip(row, box, strict=True))


def linked(original: list[Labels], view: Seen) -> float:
    """How often a person whose every characteristic is known is linked with their own row, over all people: a class is
    picked by which fits with the fewest values open in all columns together, and one of its rows."""
    boxes = {labels: view.box(labels) for labels in view.classes}
    volume = {labels: _volume(box) for labels, box in boxes.items()}
    right = 0.0
    for at, row in enumerate(original):
        fitting = [labels for labels in boxes if fits(row, boxes[labels])]
        if fitting:
            best = min(fitting, key=lambda labels: (volume[labels], labels))
            right += (at in view.classes[best]) / len(view.classes[best])
    return right / len(original)


def _volume(box: tuple[frozenset[str], ...]) -> int:
    found = 1
    for part in box:
        found *= len(part)
    return found


def inferred(original: list[Labels], secrets: list[str], view: Seen, *, vote: bool) -> float:
    """How often the confidential value of a person is guessed: the commonest of the tightest class that fits, or with
    `vote` of all classes that fit, each row counting for less the more its labels leave open."""
    boxes = {labels: view.box(labels) for labels in view.classes}
    right = 0
    for row, truth in zip(original, secrets, strict=True):
        weights: Counter[str] = Counter()
        fitting = [labels for labels in boxes if fits(row, boxes[labels])]
        if not vote:
            fitting = [min(fitting, key=lambda labels: (_volume(boxes[labels]), labels))]
        for labels in fitting:
            for at in view.classes[labels]:
                weights[secrets[at]] += 1 / _volume(boxes[labels])  # type: ignore[assignment]
        right += max(sorted(weights), key=weights.__getitem__) == truth
    return right / len(original)


def singled_out(original: list[Labels], view: Seen, *, claims: int) -> tuple[int, int]:
    """Descriptions claimed to fit one person, and how many do. A class did not become finer in a column, so its rows do
    not all lie in one child of its label: of few rows it is likely that just one does, where no other class reaches."""
    boxes = {labels: view.box(labels) for labels in view.classes}
    tried: list[tuple[float, tuple[frozenset[str], ...]]] = []
    for labels, box in boxes.items():
        rows = len(view.classes[labels])
        for at, label in enumerate(labels):
            for child in view.children[at][label]:
                description = (*box[:at], child, *box[at + 1 :])
                share = len(child) / len(box[at])
                alone = rows * share * (1 - share) ** (rows - 1) / (1 - share**rows - (1 - share) ** rows)
                others = sum(
                    len(view.classes[other]) * _overlap(boxes[other], description) for other in boxes if other != labels
                )
                tried.append((alone * exp(-others), description))
    tried.sort(key=lambda each: (-each[0], [sorted(part) for part in each[1]]))
    found = [sum(fits(row, description) for row in original) == 1 for _, description in tried[:claims]]
    return len(found), sum(found)


def _overlap(box: tuple[frozenset[str], ...], description: tuple[frozenset[str], ...]) -> float:
    share = 1.0
    for part, wanted in zip(box, description, strict=True):
        share *= len(part & wanted) / len(part)
    return share


def ruled_out(original: list[Labels], view: Seen) -> tuple[int, int]:
    """Rows of which some combination of values is ruled out, since a class inside theirs would have taken them; and how
    many of these rows do not have such a combination, so that the attacker is right."""
    boxes = {labels: view.box(labels) for labels in view.classes}
    tried = right = 0
    for labels, rows in view.classes.items():
        inside = [
            boxes[other]
            for other in boxes
            if other != labels and all(mine <= theirs for mine, theirs in zip(boxes[other], boxes[labels], strict=True))
        ]
        if inside:
            tried += len(rows)
            right += sum(not any(fits(original[at], box) for box in inside) for at in rows)
    return tried, right


def left_open(view: Seen) -> tuple[int, int]:
    """Combinations of values that the classes' labels leave open, over all rows, and how many once those are ruled out
    that a class inside would have taken. Only for few values: every combination is looked at."""
    boxes = {labels: view.box(labels) for labels in view.classes}
    before = after = 0
    for labels, rows in view.classes.items():
        inside = [
            boxes[other]
            for other in boxes
            if other != labels and all(mine <= theirs for mine, theirs in zip(boxes[other], boxes[labels], strict=True))
        ]
        cells = list(product(*boxes[labels]))
        before += len(rows) * len(cells)
        after += len(rows) * sum(not any(fits(cell, box) for box in inside) for cell in cells)
    return before, after
