"""Who of those that share a tuple may be shown so, while others still climb."""

import numpy as np

from openhaven.disclosure.classes import Bools, Classes, Held, ValueCounts
from openhaven.disclosure.evening import NEAR, evened, most_within, table, within
from openhaven.disclosure.hierarchy import Ints
from openhaven.disclosure.models import Demands, EqualT, HierarchicalT, OrderedT


class Judge:
    """Which runs of the classes that still climb may be shown, or a part of them. Where each class holds one
    confidential value and nothing else counts, values are counted in one table."""

    def __init__(self, classes: Classes, demands: Demands) -> None:
        self.demands, self.held, self.rows = demands, classes.held, classes.rows.copy()
        self.fewest, self.plain = demands.fewest(classes.held), demands.only_rows(classes.held)
        self.value: Ints | None = None
        counted = classes.confidential
        if counted is not None and classes.people is None and classes.population is None:
            self.whole = counted.whole
            self.share = np.maximum(counted.whole, NEAR) / counted.whole.sum()
            self.value = counted.value if len(counted.value) == len(classes) else None
        # what is within t by equal distance is so by every other distance too, but not the other way round
        close = [model.t for model in demands.models if isinstance(model, EqualT | OrderedT | HierarchicalT)]
        self.t = min(close, default=1.0)
        self.equal = min((model.t for model in demands.models if isinstance(model, EqualT)), default=1.0)

    def only(self, kept: Ints) -> None:
        """Forget all other classes."""
        if self.value is None:
            group_of = np.full(len(self.rows), -1)
            group_of[kept] = np.arange(len(kept))
            self.held = self.held.grouped(group_of)
        else:
            self.value = self.value[kept]
        self.rows = self.rows[kept]

    def hopeful(self, run: Ints, members: Ints) -> tuple[Ints, Ints]:
        """The runs that may hold a part that passes: no others do, nor ever will. By other distances than the equal
        one that is not known before they are looked at."""
        rows = self.rows[members]
        hopeful = np.bincount(run, rows) >= self.fewest
        if self.value is not None and self.equal < 1:
            counts = table(run, self.value[members], rows, shape=(len(hopeful), len(self.whole)))
            hopeful &= within(counts, self.share, self.equal, self.fewest)
        kept = hopeful[run]
        return run[kept], members[kept]

    def passing(self, run: Ints, members: Ints) -> tuple[Ints, Ints]:
        """The runs that pass, and of those that fail by t the part that passes, if any."""
        run, members = self.hopeful(run, members)
        if self.plain or not len(run):
            return run, members
        number: Ints = np.cumsum(np.diff(run, prepend=run[0]) > 0, dtype=np.int64)
        if self.value is not None:
            kept = self._by_table(number, members)
        else:
            kept = self.demands.passes(self.held.picked(members).grouped(number), [])[number]
        return run[kept], members[kept]

    def _by_table(self, run: Ints, members: Ints) -> Bools:
        """The same where values are counted in a table: who is taken. Runs are numbered without gaps."""
        assert self.value is not None
        value, rows = self.value[members], self.rows[members]
        counts = table(run, value, rows, shape=(int(run[-1]) + 1, len(self.whole)))
        fits = self._pass(counts)
        taken, tried = fits[run], np.flatnonzero(~fits[run])
        part = self._evened_part((np.cumsum(~fits) - 1)[run[tried]], value[tried], rows[tried], counts[~fits])
        taken[tried] = part
        return taken

    def _evened_part(self, run: Ints, value: Ints, rows: Ints, counts: Ints) -> Bools:
        if not len(run) or self.t >= 1:
            return np.zeros(len(run), dtype=np.bool_)
        most = most_within(counts, self.share, self.t)
        part = evened(run, value, rows, held=counts, share=self.share, most=most)
        passes = self._pass(table(run[part], value[part], rows[part], shape=counts.shape))
        return part & passes[run]

    def _pass(self, counts: Ints) -> Bools:
        """Which lines of a table of runs and values may be shown; a line without rows may not."""
        rows = counts.sum(axis=1)
        some = np.flatnonzero(rows)
        owner, value = np.nonzero(counts[some])
        passes = np.zeros(len(rows), dtype=np.bool_)
        held = Held(rows[some], confidential=ValueCounts(owner, value, counts[some][owner, value], self.whole))
        passes[some] = self.demands.passes(held, [])
        return passes
