"""Which Article 21 objections cover a use, and which of them stand open or upheld on a day."""

import datetime as dt

from openhaven.model.application import Application
from openhaven.model.facts import Facts
from openhaven.model.record.choices import Heard, Objection

from .reading import bare

TYPE_1, TYPE_2, ARTICLE_21 = "type 1", "type 2", "article 21"
"""The lists of objectors, as obligations name them."""


def covering(application: Application, facts: Facts, *, on: dt.date) -> tuple[Objection, ...]:
    """Objections received by that day about this dataset and purpose; no dataset or purpose named means all."""
    return tuple(
        each
        for each in facts.every(Objection)
        if each.received <= on
        and (not each.datasets or bare(application.dataset) in map(bare, each.datasets))
        and (not each.purposes or application.purpose in each.purposes)
    )


def is_open(objection: Objection, *, on: dt.date) -> bool:
    """Whether nobody had decided it by that day."""
    return objection.decided is None or objection.decided.on > on


def upheld(application: Application, facts: Facts, *, on: dt.date) -> tuple[Objection, ...]:
    """Those that cover this use and were upheld by that day: whoever they name is left out."""
    found = covering(application, facts, on=on)
    return tuple(each for each in found if each.state is Heard.UPHELD and not is_open(each, on=on))
