"""An agreement in words that a lawyer can read and both sides sign: numbered clauses, each made of the terms, the
decision and the application, and of nothing else. The same terms give the same words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from openhaven.law.cohorts import in_words as clause_in_words
from openhaven.law.explaining import in_words
from openhaven.law.plainly import counted, day, listed
from openhaven.law.provisions import PROVISIONS
from openhaven.model.application import Application
from openhaven.model.obligation import Obligation
from openhaven.model.record.agreement import Agreement, FieldAgreed, Partnership
from openhaven.model.words import Access, Level, Precision

from .agreeing import LADDER, Chosen, destroy_by
from .questions import Answers, said

REPORT_WITHIN = 24
"""Hours within which the recipient tells the haven of an incident, so that controllers keep their 72: our choice."""
PARTNERS = ("FIVE-1", "FIVE-2", "FIVE-3", "FIVE-4", "FIVE-5")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its heading and its paragraphs. It is numbered by its place."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worded:
    """What the words are made of beside the terms. `names` are organisations by id, `dataset` its title; `ruleset` is
    that of the decision, `obligations` what it demands; `partnership` the five principles as weighed, where `partner`
    says that somebody is no public body; `keys` are fields that point to people or records."""

    application: Application
    answers: Answers
    chosen: Chosen
    operator: str
    names: Mapping[str, str]
    dataset: str
    ruleset: str
    obligations: tuple[Obligation, ...] = ()
    conditions: tuple[str, ...] = ()
    partnership: Partnership | None = None
    partner: bool = False
    keys: frozenset[str] = frozenset()


def clauses(agreement: Agreement, worded: Worded) -> tuple[Clause, ...]:
    """The whole agreement, clause by clause."""
    made = [
        ("The parties", _parties(agreement, worded)),
        ("What the data is for", _purpose(agreement, worded)),
        ("The data", _data(agreement, worded)),
        ("The law on which it rests", _law(worded)),
        ("The term", _term(agreement)),
        ("Where, and by whom, the data is kept and used", _places(agreement, worded)),
        ("What the recipient must not do", _never(agreement)),
        ("What the decision demands", [in_words(each) for each in worded.obligations]),
        ("Conditions set by people", worded.conditions),
        ("Security, audit and incidents", _security(worded)),
        ("Charges", _charges(worded)),
        ("Benefits, publication and openness", _openness(agreement, worded)),
        ("The five principles", _principles(worded)),
        ("Destruction at the end", _destruction(agreement)),
        ("What follows a breach", _ladder()),
        ("Suspension and end", _ending(agreement)),
        ("Changes", _changes()),
        ("Signatures", _signatures(agreement, worded)),
    ]
    written = [(heading, tuple(each)) for heading, each in made]
    return tuple(Clause(heading, each) for heading, each in written if each)


def _name(worded: Worded, id: str) -> str:
    name = worded.names.get(id, id)
    return name if name == id else f"{name} ({id})"


def _named(worded: Worded, ids: Iterable[str]) -> str:
    return listed(_name(worded, id) for id in ids)


def _parties(agreement: Agreement, worded: Worded) -> Iterator[str]:
    yield f"{worded.operator} (the haven) gives out the data, on behalf of those who answer for it."
    yield f"The controllers of the data are {_named(worded, agreement.controllers)}."
    yield f"{_name(worded, agreement.recipient)} (the recipient) receives it, and is a controller of what it receives."
    if worded.application.applicant != agreement.recipient:
        yield f"{_name(worded, worded.application.applicant)} applied for it."
    for each in worded.application.funders:
        yield f"{each.organisation} ({each.business}) pays for the work, and receives no data."


def _purpose(agreement: Agreement, worded: Worded) -> Iterator[str]:
    yield f"The purpose is {agreement.purpose}: {_stop(agreement.objective)}"
    if agreement.programmes:
        yield f"It is part of: {listed(agreement.programmes)}."
    if agreement.study_references:
        yield f"It is for the study {listed(agreement.study_references)}, and for no other."
    yield "The data is used for this purpose and for no other."
    gains = said(worded.answers, "commercial", "how")
    yield f"There is a commercial gain: {_stop(gains)}" if agreement.commercial else "Nobody gains commercially."


def _data(agreement: Agreement, worded: Worded) -> Iterator[str]:
    yield f"The data is of {worded.dataset} ({agreement.dataset}), and leaves as {agreement.level}."
    if agreement.level is not Level.AGGREGATE:
        yield "It stays personal data, also where it names nobody."
    for each in agreement.fields:
        precision = _precision(agreement, each, worded)
        reason = next((one.reason for one in worded.application.fields if one.name == each.name), "")
        yield f"Field {each.name}, {precision}. It is needed for this: {_stop(reason)}"
    if agreement.cohort:
        yield f"It holds rows where {listed(map(clause_in_words, agreement.cohort))}, and no others."
    elif agreement.everyone:
        yield f"It may be about everybody held, for this reason: {_stop(agreement.everyone)}"
    if agreement.why_days:
        yield f"The very days of events are given for this reason: {_stop(agreement.why_days)}"
    if agreement.k is not None:
        yield f"Every class holds at least {agreement.k} people."
    yield "No other field, row or precision leaves under this agreement."


def _precision(agreement: Agreement, field: FieldAgreed, worded: Worded) -> str:
    if field.name in worded.keys and agreement.level is not Level.IDENTIFIABLE:
        return "only as a pseudonym"
    return "in full" if field.precision is Precision.AS_HELD else f"as {field.precision}"


def _law(worded: Worded) -> Iterator[str]:
    ask = worded.application
    yield f"The way round the duty of confidence: {_stop(str(ask.route))}"
    if ask.basis:
        yield f"Papers relied on: {listed(ask.basis)}."
    yield f"The recipient's grounds of data protection: {ask.data_protection}."
    if ask.power is not None:
        yield f"The power to give it out: {ask.power}."
    yield f"The decision was made under the rules {worded.ruleset}, and is part of this agreement."
    yield "Where the law, or a fact on which the decision rests, changes, it is decided again before anything leaves."


def _term(agreement: Agreement) -> Iterator[str]:
    yield f"The term begins on {day(agreement.starts)}, or on the day of the last signature where that is later."
    yield f"Its last day is {day(agreement.ends)}. On the day after, nothing leaves, and the data is not used."
    yield "The term never lasts longer than what the decision rests on. Where that ends earlier, so does the use."


def _places(agreement: Agreement, worded: Worded) -> Iterator[str]:
    if agreement.storage:
        yield f"The data is kept by {_named(worded, agreement.storage)} and by nobody else."
    if agreement.processors:
        yield (
            f"It is processed for the recipient by {_named(worded, agreement.processors)}, under a contract as "
            "Article 28 of the UK GDPR asks."
        )
    else:
        yield "Nobody processes it for the recipient."
    if agreement.territory:
        yield f"It is kept and used within {listed(agreement.territory)}, and does not leave."
    if agreement.setting is Access.SECURE_ENVIRONMENT:
        yield "People work with it in a secure environment, and take nothing out but what was checked there."
    elif agreement.setting is Access.EXTRACT:
        yield f"It is sent to the recipient, for this reason: {_stop(agreement.why_extract)}"


def _never(agreement: Agreement) -> Iterator[str]:
    yield (
        "Find out, or try to find out, whom a record is about; where it happens by chance, use it for "
        "nothing and tell the haven."
    )
    yield "Link the data with other data about people, unless the purpose above says so."
    yield "Use it for insurance, for marketing, or for a decision about one person."
    passes = agreement.onward_sharing.strip()
    yield f"Pass it on, but for this: {_stop(passes)}" if passes else "Pass it on to anybody."
    yield "Publish a table from which a person could be found: small numbers are protected as in what was released."


def _security(worded: Worded) -> Iterator[str]:
    yield "The recipient and everybody who keeps the data for it hold security assurance that is in date all the while."
    yield "The haven may audit the recipient after a fair notice, and publishes what it finds."
    yield (
        f"The recipient tells the haven of an incident within {counted(REPORT_WITHIN, 'hour')} of knowing of "
        "it, and helps to contain it."
    )
    yield "People who see the data are bound to confidence by their contracts, and trained each year."


def _charges(worded: Worded) -> Iterator[str]:
    yield "The data has no price. The haven may recover what its work costs (DARS-15)."
    chosen = worded.chosen
    if chosen.charge:
        yield f"The recipient pays £{chosen.charge:,} for this work: {_stop(chosen.charge_for)}"
    else:
        yield "Nothing is charged for this agreement."


def _openness(agreement: Agreement, worded: Worded) -> Iterator[str]:
    for each in agreement.benefits:
        yield (
            f"What health and care gain: {_stop(each.what)} It is measured by {each.measure}, and expected by "
            f"{day(each.by)}."
        )
    plan = said(worded.answers, "publication", "plan")
    if plan:
        yield f"The recipient publishes what it finds: {_stop(plan)}"
    yield (
        "Each release, its purpose, the recipient and the legal basis stand in a public register. This "
        "agreement may be published, without the names of people."
    )


def _principles(worded: Worded) -> Iterator[str]:
    if not worded.partner and worded.partnership is None:
        return
    yield "A partner is no public body, so the five principles of 15 July 2019 bind both sides."
    weighed = {} if worded.partnership is None else {each.id: each for each in worded.partnership.principles}
    for id in PARTNERS:
        title, found = PROVISIONS[id], weighed.get(id)
        because = f" As it was weighed: {_stop(found.because)}" if found else ""
        yield f"{title.title}. {_stop(title.gist)}{because}"
    if worded.partnership is not None:
        board = worded.partnership.board
        yield f"The board's approval: {board.document}, {day(board.on)}."


def _destruction(agreement: Agreement) -> Iterator[str]:
    days = counted(agreement.destroy_within_days, "day")
    yield (
        f"Within {days} of the end of the term, by {day(destroy_by(agreement))} at the latest, the recipient "
        "destroys the data and every copy of it: backups, and what processors and others hold for it, too."
    )
    yield (
        "It then signs a certificate that says what was destroyed, how, on which day, and by whom among "
        "those who held it. It stays due until the haven has that certificate."
    )
    yield "The same holds on the day on which this agreement ends early."


def _ladder() -> Iterator[str]:
    yield ("A breach of this agreement has these consequences, in this order, or at once where it is grave (DARS-14):")
    yield from (f"{_stop(each[:1].upper() + each[1:])}" for each in LADDER)
    yield "While a breach is open, the recipient receives no data under any agreement."


def _ending(agreement: Agreement) -> Iterator[str]:
    yield "The haven may suspend this agreement at any time, with its reasons. From then on nothing leaves under it."
    yield "Either side may end it. Where the law no longer permits the use, it is suspended without anybody's act."


def _changes() -> Iterator[str]:
    yield "What is another is asked for, decided afresh and signed by both sides again; until then this version stands."
    yield "A longer term is signed by both sides too, and never outlives what the decision rests on."


def _signatures(agreement: Agreement, worded: Worded) -> Iterator[str]:
    yield f"For the recipient signs a person whom {_name(worded, agreement.recipient)} has named as its signatory."
    yield (
        "For the haven, and for the controllers whose authority is on record, signs the senior information "
        f"risk owner of {worded.operator}, who holds no post with the recipient."
    )
    yield "Nobody signs for both sides. It is in force once both have signed, and is entered in the haven's log then."


def _stop(text: str) -> str:
    """As a sentence."""
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."
