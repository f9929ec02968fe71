"""Which further cells to hide so that what is asked stays possible: at least cost where the table is small.

A covering program chooses cells; an attacker's program says which demands fail, and its prices give rows that every
safe choice keeps. A large table is covered by the same rows, chosen one cell after another and then place by place.
"""

from openhaven.disclosure.around import Around
from openhaven.disclosure.attack import told
from openhaven.disclosure.cover import Cover
from openhaven.disclosure.greedy import Greedy
from openhaven.disclosure.problem import Problem, Suppressed, Unprotectable

MOST_ROUNDS = 200
ROUNDS_OF_LARGE = 8  # of attacks on shares of cells, which raise the bound of a large table
SMALL_TABLE = 1_500  # cells; up to here the least cost is sought


def suppress(problem: Problem, *, small_table: int = SMALL_TABLE) -> Suppressed:
    """The cells to hide. Raises Unprotectable, and Contradiction where the values break the relations."""
    if failing := told(problem.known(~problem.frozen), problem.demands):
        raise Unprotectable([each.demand for each in failing], [each.demand for each in failing if each.given_up])
    if not told(problem.known(problem.forced), problem.demands):
        return Suppressed(problem.forced.copy(), 0.0, 0.0)
    cover = Cover(problem)
    if problem.relations.cells > small_table:
        hidden = Greedy(cover).chosen()
        cover.ask_for_company()
        bound = cover.relax(ROUNDS_OF_LARGE, enough=cover.cost(hidden))
        hidden = Around(cover).better(hidden, bound=bound)
    else:
        cover.ask_for_company()
        bound, hidden = cover.relax(MOST_ROUNDS), cover.whole()
    return Suppressed(hidden, cover.cost(hidden), max(bound, cover.proven))
