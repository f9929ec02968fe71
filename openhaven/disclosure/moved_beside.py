"""Tables whose counts move, beside what was released before: nothing is hidden, so one that would tell of few does not
leave.

Cell keys: the number of a record, which is the same in every table, decides its key, so that the same people print
alike in every table; the keys are made outside, of a secret that is never seen here.
"""

from collections.abc import Callable

import numpy as np

from openhaven.disclosure.beside import Before, Beside, Tables, told_beside
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.ledger import Counted
from openhaven.disclosure.moved import CELL_KEY, Keyed, MovedRule, keyed, rounded
from openhaven.disclosure.protection import Protected
from openhaven.model.errors import Unmet

Keys = Callable[[Ints], Ints]  # the key, from 0 to 255, of each record or person by its number


def moved_beside(made: Tables, rule: MovedRule, before: Before, keys: Keys | None = None) -> Beside:
    """Round the tables, or move their counts by the keys of who stands in them; audited beside what left before.

    Raises Unmet where a count is exposed, alone or beside an earlier release, which it names."""
    _check_one_rule(made, rule, before)
    protected = _moved(made, rule, keys)
    told = told_beside(made, protected, before)
    for each in (one for of_one in told for one in of_one):
        raise Unmet(
            f"beside release {', '.join(each.earlier)} this table would tell that a group of few people counts between "
            f"{each.low} and {each.high}, and the rule {rule.name} hides nothing",
            todo="Count by coarser categories, or the same people as before, or agree a rule that hides.",
        )
    return Beside(protected, max(map(len, before.ledgers), default=0), told, 0, len(before.files))


def _check_one_rule(made: Tables, rule: MovedRule, before: Before) -> None:
    """The same keys decide the moves under two rules: both together leave fewer counts possible than either says."""
    for who, ledger in zip(made.counted, before.ledgers, strict=True) if rule.kind == CELL_KEY else ():
        shared = (ledger.shared_with(who.units) > 0) & (ledger.facts.small != rule.small)
        for at in np.flatnonzero(shared).tolist():
            earlier = ledger.tables[at]
            other = earlier.published.rule
            if isinstance(other, MovedRule) and other.kind == CELL_KEY:
                raise Unmet(
                    f"release {earlier.id} moved counts of the same records under the rule {other.name}, and beside it "
                    f"{rule.name} would tell how far",
                    todo=f"Agree the rule {other.name}, or one that hides.",
                )


def _moved(made: Tables, rule: MovedRule, keys: Keys | None) -> Protected:
    if rule.kind != CELL_KEY:
        return rounded(made.tables, rule, people_of=made.people_of)
    if keys is None:
        raise Unmet(f"the rule {rule.name} needs keys of records, and there are none", todo="Nothing is written.")
    sizes = [len(labels) for labels in made.tables[0].labels]
    return keyed(made.tables, rule, _keyed(made.counted[0], keys, sizes), people_of=made.people_of)


def _keyed(rows: Counted, keys: Keys, sizes: list[int]) -> Keyed:
    codes = np.stack(np.unravel_index(rows.leaves, sizes), axis=1)
    if rows.person is None:
        return Keyed(codes, keys(rows.units))
    people, person = np.unique(rows.person, return_inverse=True)
    of_people = np.where(people == 0, 0, keys(people))  # rows of nobody known move no count of people
    return Keyed(codes, keys(rows.units), person.astype(np.int64), of_people)
