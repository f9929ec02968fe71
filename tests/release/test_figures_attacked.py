"""An outsider with nothing but the table that left, the rule and the range of what is measured: of tables of few
people, as of plain files, no small count and no sum of few is told more closely than by the counts alone."""

from random import Random

import pytest
from costed import costs, figures, table  # noqa: F401 (the fixture)

from tests.tools.figures_attacker import Attacker, Cell
from tests.tools.test_figures_attacked import RULES, amounts_of, told


def few(seed):
    """Thirty people, most of one sex and one cause, some with nothing."""
    chance, rows = Random(seed), []
    for at, row in enumerate(costs(30)):
        sex, diagnosis = chance.choices("12", (3, 1))[0], chance.choices("ABC", (4, 1, 1))[0]
        rows.append({**row, "episode_id": f"F{at}", "sex": sex, "diagnosis": diagnosis, "cost": chance.randint(0, 6)})
    return rows


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("words", [("mean", "median")])
def test_what_left_tells_no_more_of_few_than_its_counts_do(table, rule, words):  # noqa: F811
    seen_any = 0
    for seed in range(2):
        rows = few(seed)
        lines, _, done = table(rows, figures(*(f"{word}:cost" for word in words)), rule=rule, name=f"D{seed}")
        small = done.table.protected.tables[0].small.ravel()
        printed = {
            (line["sex"], line["diagnosis"]): Cell(
                line["episodes"], bool(known), {word: line[f"{word} of cost"] for word in words}
            )
            for line, known in zip(lines, small, strict=True)
        }
        amounts = [row["cost"] for row in rows]
        seen = Attacker(printed, RULES[rule], tuple(range(min(amounts), max(amounts) + 1)))
        file = [(row["sex"], row["diagnosis"], row["cost"]) for row in rows]
        assert amounts_of(file, ("Total", "Total")) == sorted(amounts)
        assert told(file, seen) == [], printed
        seen_any += sum(text not in ("*", "") for cell in printed.values() for text in cell.figures.values())
    assert seen_any or rule == "HES-2018", "some figure prints, so that there is something to attack"
