"""Do the Article 6 basis, the Article 9 condition and the Schedule 1 condition fit together and fit this use?"""

import re

from openhaven.model.application import DataProtection
from openhaven.model.decision import Finding
from openhaven.model.record import Organisation

from ..algebra import Question, forbid, permit, refer, rule
from ..case import Case
from ..plainly import listed
from ..words import PAIRS, WORDS, Pair, is_one_of

_IDS = ("GDPR-10", "GDPR-11", "GDPR-12", "GDPR-13", "GDPR-14", "GDPR-15", "GDPR-16")


@rule(Question.DATA_PROTECTION, "GDPR-01", "GDPR-17", *_IDS, from_="2018-05-25")
def the_pair_fits_the_use(case: Case) -> Finding | None:
    """The combination is one of those that stand, for this purpose, route and kind of recipient; else it is refused."""
    recipient = case.recipient
    if recipient is None:
        return None
    asked = case.application.data_protection
    fitting = [pair for pair in PAIRS if _fits(case, recipient, pair)]
    stated = [pair for pair in fitting if _normal(asked) == _normal(pair)]
    if not stated:
        return forbid(
            f"Article {asked.article_6 or 'none'} with Article {asked.article_9 or 'none'} and Schedule 1 "
            f"{asked.schedule_1 or 'none'} does not stand for {case.application.purpose} by {recipient.name}.",
            missing=[f"a combination that fits: {listed(map(str, fitting), last='or')}"] if fitting else [],
            used=[recipient.id],
            cites=["GDPR-01", "GDPR-17"],
        )
    pair, *_ = stated
    return _referred(pair, recipient) if pair.person else _permitted(pair, recipient)


def _permitted(pair: Pair, recipient: Organisation) -> Finding:
    return permit(f"{pair} fits this use by {recipient.name}.", used=[recipient.id], cites=["GDPR-01", pair.provision])


def _referred(pair: Pair, recipient: Organisation) -> Finding:
    return refer(f"{pair} can fit, and a person has to check what it rests on.", who=pair.person, used=[recipient.id])


def _fits(case: Case, recipient: Organisation, pair: Pair) -> bool:
    public = is_one_of(recipient.bodies, WORDS.public_bodies)
    kinds = {
        "public": public,
        "not public": not public,
        "any": True,
        "regulator": is_one_of(recipient.bodies, WORDS.regulators),
    }
    purpose = not pair.purposes or case.application.purpose in pair.purposes
    route = not pair.routes or case.application.route in pair.routes
    return purpose and route and kinds[pair.recipient]


def _normal(pair: DataProtection | Pair) -> tuple[str, str, str]:
    """Article 6(1)(e) and 6 (1) (E) are one; so are Part 1 paragraph 2, Pt 1 para. 2 and Schedule 1 Part 1 para 2."""
    article_6, article_9 = (
        re.sub(r"article|uk gdpr|art\.?|[\s]", "", text.lower()) for text in (pair.article_6, pair.article_9)
    )
    schedule = re.sub(r"schedule 1|sch\.? ?1", "", pair.schedule_1.lower())
    part = re.search(r"(?:part|pt\.?)\s*(\w+)[\s,]*(?:paragraph|para\.?)\s*(\w+)", schedule)
    return article_6, article_9, ".".join(part.groups()) if part else schedule.strip()
