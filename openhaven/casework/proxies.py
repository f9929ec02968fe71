"""Who may act for another, on which evidence, and until which day: a pure table and a pure sum of days.

A child's parents are looked at again when the child is 13, and when they are 16 (NDO-09); what acts for a living person
ends with that life, and what acts for a dead one begins there (SAR-07)."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from openhaven.casework.asking import DEAD, PROXIES, TABLE, Deed, Tie, Who
from openhaven.law.numbers import NONE_CHOSEN, number
from openhaven.law.plainly import years_after
from openhaven.model.errors import BadInput

EVIDENCE: Mapping[Who, str] = {
    Who.PARENT: "birth certificate, or an order that gives parental responsibility",
    Who.ATTORNEY: "lasting power of attorney for health and welfare, registered",
    Who.DEPUTY: "order of the Court of Protection",
    Who.CHOSEN: "the person's own words, signed, and seen by us",
    Who.REPRESENTATIVE: "grant of probate, or letters of administration; and the death certificate",
    Who.CLAIMANT: "what shows the claim that arises from the death; and the death certificate",
}
"""What has to be seen."""

REVIEW_AGES = ("proxy-review-age-first", "proxy-review-age-second")
GROWN_UP = "parents-no-longer-age"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who acts for another, as it is on record. `until` is the last day of the evidence, `born` the day of
    birth of a child, `reviewed` the day on which a person last looked at it again, `died` the day of the death, for who
    acts for somebody who has died. `deeds` are what they were given; no deeds are all that the table allows."""

    who: Who
    since: dt.date
    until: dt.date
    born: dt.date | None = None
    reviewed: dt.date | None = None
    died: dt.date | None = None
    ended: dt.date | None = None
    deeds: frozenset[Deed] = frozenset()

    def __post_init__(self) -> None:
        if self.who not in PROXIES:
            raise BadInput(f"{self.who} does not act for another")
        if self.until < self.since:
            raise BadInput("the evidence ends before it begins")
        if (self.who is Who.PARENT) != (self.born is not None):
            raise BadInput("the child's day of birth is needed for a parent, and only for one")
        if (self.who in DEAD) != (self.died is not None):
            raise BadInput("the day of the death is needed for who acts for the dead, and only for them")
        if beyond := self.deeds - deeds_of(self.who):
            raise BadInput(f"a {self.who} cannot be given to {', '.join(sorted(beyond))}")
        if self.who is Who.CHOSEN and not self.deeds:
            raise BadInput("say what the person lets them do")

    @property
    def may(self) -> frozenset[Deed]:
        """What they may do while it is in force."""
        return self.deeds or deeds_of(self.who)


def deeds_of(who: Who) -> frozenset[Deed]:
    """All that a kind of proxy may be given to do."""
    return frozenset(each.deed for each in TABLE if who in each.who and Tie.ACTS in each.ties)


def reviews(proxy: Proxy, *, chosen: Mapping[str, int] = NONE_CHOSEN) -> tuple[dt.date, ...]:
    """The days on which it has to be looked at again: the birthdays that the law's numbers name (NDO-09)."""
    if proxy.born is None:
        return ()
    ages = (number(each, on=proxy.since, chosen=chosen) for each in REVIEW_AGES)
    return tuple(years_after(proxy.born, age) for age in ages)


def review_due(proxy: Proxy, *, on: dt.date, chosen: Mapping[str, int] = NONE_CHOSEN) -> dt.date | None:
    """The day of a review that was reached and not yet done; None where there is none."""
    looked = proxy.reviewed or proxy.since
    return next((day for day in reversed(reviews(proxy, chosen=chosen)) if looked < day <= on), None)


def last_day(proxy: Proxy, *, chosen: Mapping[str, int] = NONE_CHOSEN) -> dt.date:
    """The last day on which they may act, if no review stops it before: that of the evidence; for a parent never
    beyond the day before the child is grown up."""
    if proxy.born is None:
        return proxy.until
    grown = years_after(proxy.born, number(GROWN_UP, on=proxy.since, chosen=chosen))
    return min(proxy.until, grown - dt.timedelta(days=1))


def tie_of(
    proxy: Proxy, *, on: dt.date, deaths: Collection[dt.date] = (), chosen: Mapping[str, int] = NONE_CHOSEN
) -> Tie:
    """Whether they may act on that day. `deaths` are the days on which the person is known to have died."""
    began = proxy.since <= on and (proxy.died is None or proxy.died <= on)
    over = on > last_day(proxy, chosen=chosen) or (proxy.ended is not None and proxy.ended <= on)
    dead = proxy.who not in DEAD and any(day <= on for day in deaths)
    waits = review_due(proxy, on=on, chosen=chosen) is not None
    return Tie.LAPSED if over or dead or waits or not began else Tie.ACTS
