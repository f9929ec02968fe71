"""Do the Article 6 basis, the Article 9 condition and the Schedule 1 condition fit together and fit this use?"""

import re
from functools import lru_cache

from openhaven.model.decision import Finding
from openhaven.model.record import Organisation
from openhaven.model.words import Purpose, Route

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case
from ..plainly import listed
from ..words import MANY, PAIRS, WORDS, Pair, is_one_of

_IDS = ("GDPR-10", "GDPR-11", "GDPR-12", "GDPR-13", "GDPR-14", "GDPR-15", "GDPR-16")


@rule(Question.DATA_PROTECTION, "GDPR-01", "GDPR-17", *_IDS, from_="2018-05-25")
def the_pair_fits_the_use(case: Case) -> Finding | None:
    """The combination is one of those that stand, for this purpose, route and kind of recipient; else it is refused."""
    recipient = case.recipient
    if recipient is None:
        return None
    ask, asked = case.application, case.application.data_protection
    fitting = _fitting(ask.purpose, ask.route, recipient.bodies)
    normal = _normal(asked.article_6, asked.article_9, asked.schedule_1)
    stated = [pair for pair in fitting if normal == _normal(pair.article_6, pair.article_9, pair.schedule_1)]
    if not stated:
        return forbid(
            lambda: (
                f"Article {asked.article_6 or 'none'} with Article {asked.article_9 or 'none'} and Schedule 1 "
                f"{asked.schedule_1 or 'none'} does not stand for {ask.purpose} by {recipient.name}."
            ),
            missing=[lambda: f"a combination that fits: {listed(map(str, fitting), last='or')}"] if fitting else [],
            used=[recipient.id],
            cites=["GDPR-01", "GDPR-17"],
        )
    pair, *_ = stated
    return _referred(pair, recipient) if pair.person else _permitted(pair, recipient)


def _permitted(pair: Pair, recipient: Organisation) -> Finding:
    return permit(
        lambda: f"{pair} fits this use by {recipient.name}.",
        used=[recipient.id],
        cites=["GDPR-01", pair.provision],
    )


def _referred(pair: Pair, recipient: Organisation) -> Finding:
    return refer(f"{pair} can fit, and a person has to check what it rests on.", who=pair.person, used=[recipient.id])


@lru_cache(maxsize=MANY)
def _fitting(purpose: Purpose, route: Route, bodies: tuple[str, ...]) -> tuple[Pair, ...]:
    """The combinations that fit a use by a body of these kinds, in their order."""
    public = is_one_of(bodies, WORDS.public_bodies)
    kinds = {
        "public": public,
        "not public": not public,
        "any": True,
        "regulator": is_one_of(bodies, WORDS.regulators),
    }
    return tuple(
        pair
        for pair in PAIRS
        if (not pair.purposes or purpose in pair.purposes)
        and (not pair.routes or route in pair.routes)
        and kinds[pair.recipient]
    )


@lru_cache(maxsize=MANY)
def _normal(article_6: str, article_9: str, schedule_1: str) -> tuple[str, str, str]:
    """Article 6(1)(e) and 6 (1) (E) are one; so are Part 1 paragraph 2, Pt 1 para. 2 and Schedule 1 Part 1 para 2."""
    article_6, article_9 = (re.sub(r"article|uk gdpr|art\.?|[\s]", "", text.lower()) for text in (article_6, article_9))
    schedule = re.sub(r"schedule 1|sch\.? ?1", "", schedule_1.lower())
    part = re.search(r"(?:part|pt\.?)\s*(\w+)[\s,]*(?:paragraph|para\.?)\s*(\w+)", schedule)
    return article_6, article_9, ".".join(part.groups()) if part else schedule.strip()
