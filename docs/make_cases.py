"""Draws the states of a case and all moves between them, from their one table: docs/pictures/cases.svg and the page of
reference beside it. `make_reference.py` runs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from openhaven.casework.clocks import clocks
from openhaven.casework.incidents import LINES, SETTLES, Stage, Tie
from openhaven.casework.roles import Role
from openhaven.casework.states import LAST, MOVES, Action, Move, State

PICTURE = Path(__file__).parent / "pictures" / "cases.svg"
WIDE, HIGH, ACROSS, DOWN = 176, 40, 324, 92
"""A box, and the way from one place to the next, in pixels."""
LEFT, TOP = 16, 16
S = State
LOOKS = (Action.READ, Action.READ_REVIEW, Action.READ_AGREEMENT)
PLACES = {
    S.DRAFT: (1, 0), S.SUBMITTED: (1, 1), S.CHECKED: (1, 2), S.ADVISERS: (1, 3), S.DISCUSSED: (1, 4),
    S.APPROVED: (1, 5), S.AGREEMENT: (1, 6), S.IN_FORCE: (1, 7), S.ENDED: (1, 8), S.DESTROYED: (1, 9),
    S.QUESTIONS: (0, 1), S.WITHDRAWN: (0, 4), S.REFUSED: (2, 4), S.ELSEWHERE: (2, 2), S.SUSPENDED: (2, 7),
    S.REPLACED: (0, 7),
}  # fmt: skip
"""Column and row of each state; the road down the middle is the usual one."""


def steps() -> Iterator[tuple[State, State, str]]:
    """Every arrow: from, to, and what is done."""
    found: dict[tuple[State, State], list[str]] = {}
    for move in MOVES:
        for start in move.starts if move.to else ():
            assert move.to is not None
            found.setdefault((start, move.to), []).append(move.action.value)
    yield from ((start, end, " or ".join(dict.fromkeys(names))) for (start, end), names in found.items())


def picture() -> str:
    """The picture as SVG, with a title and a description for those who hear it."""
    across, down = LEFT * 2 + ACROSS * 2 + WIDE, TOP * 2 + DOWN * 9 + HIGH
    described = "; ".join(f"from {start} to {end}: {name}" for start, end, name in steps())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" role="img" '
        'aria-labelledby="cases-title cases-desc" font-family="sans-serif" font-size="15">',
        '<title id="cases-title">The states of a case</title>',
        f'<desc id="cases-desc">{escape(described)}.</desc>',
        f'<rect width="{across}" height="{down}" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 1 9 5 0 9z" fill="#4c6272"/></marker></defs>',
        *map(_arrow, steps()),
        *map(_box, State),
        *map(_label, steps()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _corner(state: State) -> tuple[int, int]:
    column, row = PLACES[state]
    return LEFT + column * ACROSS, TOP + row * DOWN


def _box(state: State) -> str:
    x, y = _corner(state)
    fill = "#d8dde0" if state in LAST else "#e8edee"
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" fill="{fill}" stroke="#005eb8"/>'
        f'<text x="{x + WIDE // 2}" y="{y + 26}" text-anchor="middle" fill="#212b32" font-weight="bold">{state}</text>'
    )


def _ends(start: State, end: State) -> tuple[int, int, int, int]:
    """Where an arrow leaves a box and where it arrives; two that run both ways lie beside each other."""
    (x, y), (to_x, to_y) = _corner(start), _corner(end)
    both = (end, start) in {(one, other) for one, other, _ in steps()}
    aside = (-9 if (x, y) < (to_x, to_y) else 9) if both else 0
    if x == to_x:
        middle = x + WIDE // 2 + aside
        return (middle, y + HIGH, middle, to_y) if y < to_y else (middle, y, middle, to_y + HIGH)
    leaves, arrives = (x + WIDE, to_x) if x < to_x else (x, to_x + WIDE)
    lower = (PLACES[start][1] - PLACES[end][1]) * 5
    return leaves, y + HIGH // 2 + aside, arrives, to_y + HIGH // 2 + aside + max(-14, min(14, lower))


def _passes_by(start: State, end: State) -> bool:
    """Whether an arrow goes down the middle past a box, so that it has to go round it."""
    return PLACES[start][0] == PLACES[end][0] == 1 and PLACES[end][1] - PLACES[start][1] > 1


def _arrow(step: tuple[State, State, str]) -> str:
    x, y, to_x, to_y = _ends(step[0], step[1])
    if _passes_by(step[0], step[1]):
        edge = x + WIDE // 2
        return (
            f'<path d="M{edge} {y - 6}C{edge + 44} {y + 20} {edge + 44} {to_y - 20} {edge} {to_y + 8}" '
            'stroke="#4c6272" stroke-width="1.5" fill="none" marker-end="url(#tip)"/>'
        )
    return f'<path d="M{x} {y}L{to_x} {to_y}" stroke="#4c6272" stroke-width="1.5" fill="none" marker-end="url(#tip)"/>'


def _label(step: tuple[State, State, str]) -> str:
    """The words of an arrow down the middle stand beside it; the others are told by the table below the picture."""
    start, end, name = step
    if PLACES[start][0] != 1 or PLACES[end][0] != 1:
        return ""
    x, y, _, to_y = _ends(start, end)
    lines = name.split(" or ")
    first = (y + to_y) // 2 + 5 - 8 * (len(lines) - 1)
    beside = x + WIDE // 2 + 36 if _passes_by(start, end) else x + 10
    return "".join(
        f'<text x="{beside}" y="{first + 17 * place}" font-size="13" fill="#4c6272" '
        f'stroke="#ffffff" stroke-width="4" paint-order="stroke">{escape(line)}</text>'
        for place, line in enumerate(lines)
    )


def page(table: object) -> str:
    """The page of reference. `table` makes a table of a head and rows."""
    assert callable(table)
    moves = [_row(each) for each in MOVES if each.action not in LOOKS]
    reads = [_row(each) for each in MOVES if each.action in LOOKS]
    due = [(each.state, each.what, _time(each.days, each.months), each.citation or "our own choice")
           for each in clocks(dt.date(2026, 11, 22))]  # fmt: skip
    head = ("what is done", "in which state", "then it is", "by whom", "who is", "what it needs")
    return f"""# The states of a case

An application is a case from its first word to the destruction of what was released. Its states and all moves stand in
one table, `openhaven/casework/states.py`, from which this page and the picture are made; who may do what is asked there
and nowhere else. Nobody reviews, advises on or decides a case of their own or of their own organisation, and nobody
signs in two roles.

![The states of a case, from draft to destroyed, and the ways between them](../pictures/cases.svg)

## Moves

{table(head, moves)}

## Who may look

{table(head, reads)}

## What is due, and by when

{table(("state", "what is due", "within", "by which provision"), due)}"""


def incidents(table: object) -> str:
    """The page of reference on incidents. `table` makes a table of a head and rows."""
    assert callable(table)
    lines = [
        (
            each.deed.value,
            _several(each.stages, len(Stage)),
            each.to.value if each.to else "as it was",
            _several(each.roles, len(Role)),
            _several(sorted(each.ties), len(Tie)),
        )
        for each in LINES
    ]
    settled = [(need.value, _several(deeds)) for need, deeds in SETTLES.items()]
    return f"""# Incidents

Who may do what with one, as one table: `openhaven/casework/incidents.py`. Nobody of the organisation that it is about
deals with it. [How to deal with one](../how-to/incidents.md).

## Who does what

{table(("what is done", "in which stage", "then it is", "by whom", "who is"), lines)}

## Before it is closed

It is contained, and each of these is done:

{table(("what has to be so", "by"), settled)}"""


def _row(move: Move) -> tuple[str, ...]:
    return (
        f"**{move.action}**" if move.signs else move.action.value,
        _several(move.starts, len(State)),
        move.to.value if move.to else "as it was",
        _several(move.roles),
        _several(sorted(move.relations)),
        _several(move.needs) if move.needs else "",
    )


def _several(values: Iterable[str], all_of_them: int = 0) -> str:
    found = [str(each) for each in values]
    return "any" if len(found) == all_of_them else "; ".join(found)


def _time(days: int, months: int) -> str:
    return f"{months} months" if months else f"{days} days"


def main() -> None:
    """Draw the picture, where it differs."""
    if not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != picture():
        PICTURE.write_text(picture(), encoding="utf-8")


if __name__ == "__main__":
    main()
