"""References to data protection law as an application writes them, read whole: two in one part are none."""

import re
from functools import lru_cache

from openhaven.model.application import DataProtection
from openhaven.model.errors import BadInput

from .plainly import listed
from .reading import MANY
from .words import REFERENCES, Pair

_PARAGRAPH = re.compile(r"(?:part|pt\.?)\s*(\w+)[\s,]*(?:paragraph|para\.?)\s*(\w+)")
_PARTS = ("article_6", "article_9", "schedule_1")


def normal(pair: DataProtection | Pair) -> tuple[str, str, str]:
    """Article 6(1)(e) and 6 (1) (E) are one; so are Part 1 paragraph 2, Pt 1 para. 2 and Schedule 1 Part 1 para 2."""
    return read(pair.article_6, pair.article_9, pair.schedule_1)


@lru_cache(maxsize=MANY)
def read(*stated: str) -> tuple[str, str, str]:
    """The same of its three parts."""
    article_6, article_9 = (re.sub(r"article|uk gdpr|art\.?|[\s]", "", text.lower()) for text in stated[:2])
    schedule = re.sub(r"schedule 1|sch\.? ?1", "", stated[2].lower()).strip(" ,")
    part = _PARAGRAPH.fullmatch(schedule)
    return article_6, article_9, ".".join(part.groups()) if part else schedule


def check(pair: DataProtection, *, where: str) -> None:
    """Raises BadInput where a part is stated that is no reference, naming the part and what is accepted."""
    for name in _unknown(pair.article_6, pair.article_9, pair.schedule_1):
        ways = (f"{each.accepted[0]} to {each.accepted[-1]}" for each in REFERENCES if each.part == name)
        raise BadInput(
            f"{getattr(pair, name)!r} is no reference",
            where=f"{where}: data_protection.{name}",
            todo=f"Accepted is one of {listed(ways, last='or')}.",
        )


@lru_cache(maxsize=MANY)
def _unknown(*parts: str) -> tuple[str, ...]:
    """The parts that are stated and are no reference. Read once, however many applications state the same."""
    said = zip(_PARTS, normal(DataProtection(*parts)), strict=True)
    return tuple(
        name
        for place, (name, text) in enumerate(said)
        if text and text not in {normal(_alone(name, each))[place] for each in _known(name)}
    )


def _known(name: str) -> tuple[str, ...]:
    return tuple(text for each in REFERENCES if each.part == name for text in each.accepted)


def _alone(name: str, text: str) -> DataProtection:
    return DataProtection(**{part: text if part == name else "" for part in _PARTS})
