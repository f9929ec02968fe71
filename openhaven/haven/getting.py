"""What it takes to get a dataset, for anyone to read before they apply: what is asked, by which rule, and what is on
record already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from openhaven.law.plainly import listed
from openhaven.model.dataset import Dataset
from openhaven.model.record.advice import Classification
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.words import Setting
from openhaven.records import reads


def what_it_takes(dataset: Dataset, controllers: Sequence[str], *, on: dt.date) -> list[dict[str, Any]]:
    """What a request for this dataset has to bring, each with the provision that asks for it."""
    return [{"what": what, "provision": provision} for what, provision in _asked(dataset, controllers, on)]


def _asked(dataset: Dataset, controllers: Sequence[str], on: dt.date) -> Iterator[tuple[str, str]]:
    yield "A purpose that serves health or care: never insurance or marketing.", "LAW-50"
    yield "A reason for each field, and no more people, years or detail than the purpose needs.", "LAW-04"
    yield from _confidentiality(dataset, on)
    yield f"The authority of each controller. {_authority(dataset, controllers, on)}", "LAW-31"
    yield "An Article 6 basis with an Article 9 condition, and a data protection impact assessment.", "GDPR-01"
    yield "Security assurance in date, of whoever receives or handles the data.", "SEC-14"
    yield "A signed agreement: for how long, for whom, where, and when the data is destroyed.", "DARS-10"
    if dataset.setting is Setting.GP:
        yield "Type 1 opt-outs were applied before the records reached us.", "T1-01"
    yield "People with a national data opt-out are left out, unless the law makes an exception.", "NDO-12"
    yield "A charge for the work may be asked. Data is not sold.", "DARS-15"


def _confidentiality(dataset: Dataset, on: dt.date) -> Iterator[tuple[str, str]]:
    if identifying := [each.title or each.name for each in dataset if each.role.value in ("person", "identifier")]:
        yield (
            f"For fields that say who people are ({listed(identifying)}): their consent, support under section 251, or "
            "a law or order that requires it.",
            "LAW-02",
        )
    found = [each for each in reads.records_of("classification") if isinstance(each, Classification)]
    looked = any(each.dataset == dataset.id and each.on <= on <= each.review for each in found)
    done = "One has for some uses." if looked else "Nobody has so far."
    yield f"Without those fields: a named person has to find that nobody can be recognised. {done}", "LAW-18"


def _authority(dataset: Dataset, controllers: Sequence[str], on: dt.date) -> str:
    """What controllers have said for every request to come."""
    found = [each for each in reads.records_of("authority") if isinstance(each, Authority)]
    standing = [each for each in found if each.dataset == dataset.id and not each.application]
    said = {each.controller: each.says for each in standing if each.starts <= on <= each.ends}
    yes = sum(said.get(each) is Say.YES for each in controllers)
    if controllers and yes == len(controllers):
        return "All of them have said for which purposes they give it."
    return f"So far {yes} of {len(controllers)} have said for which purposes they give it; the others are asked."
