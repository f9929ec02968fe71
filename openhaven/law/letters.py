"""The letter that every outcome writes: reasons, what would change it, how to ask for a review, dates."""

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from openhaven.model.application import Application
from openhaven.model.decision import Decision, Verdict
from openhaven.model.obligation import DestroyBy, Replace
from openhaven.model.record.organisations import Organisation

from .algebra import Question
from .explaining import (
    ASKS,
    HOW_KNOWN,
    WHO,
    cited,
    decisive,
    in_words,
    reason,
    sentence,
    to_be_confirmed,
    unsettled,
    unsure_in_the_way,
    what_next,
    what_would_change_it,
    who_decides,
)
from .numbers import number
from .plainly import day, months_after
from .reading import bare

WIDTH = 80
_PAGES = Environment(loader=PackageLoader("openhaven.law", "templates"), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the operator's name, and where a review is asked for (an address or a mailbox)."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as plain text and as a page of HTML that needs nothing else."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a letter: a heading, what it says, and a list. `cites` stand under the list."""

    heading: str
    says: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


def letter(
    decision: Decision,
    application: Application,
    *,
    sender: Sender,
    organisations: Sequence[Organisation] = (),
    dataset: str = "",
) -> Letter:
    """The letter to the applicant. `organisations` gives names for ids; `dataset` is the title of the one asked for.
    Raises ValueError for another's decision."""
    if decision.application != application.id:
        raise ValueError(f"the decision is about {decision.application}, the application is {application.id}")
    names = {each.id: each.name for each in organisations}
    recipient = names.get(application.recipient, application.recipient)
    head = {
        "sender": sender.name,
        "to": names.get(application.applicant, application.applicant),
        "date": day(decision.on),
        "subject": f"Your application {application.id}: {application.title}",
        "summary": _summary(decision, application, recipient=recipient, dataset=dataset or application.dataset),
        "ruleset": decision.ruleset,
    }
    parts = _parts(decision, sender)
    parts += [*_kept(_who_is_who(parts, names)), Part("How we know a provision", says=(HOW_KNOWN,))]
    html = _PAGES.get_template("letter.html").render(head=head, parts=parts)
    return Letter(text=_text(head, parts), html=html)


def _summary(decision: Decision, application: Application, *, recipient: str, dataset: str) -> str:
    asked = f"data of {dataset} ({application.level}) for {recipient}, for {application.purpose}"
    return {
        Verdict.PERMIT: f"You asked for {asked}. It can be released, provided that everything listed below is done.",
        Verdict.REFUSE: f"You asked for {asked}. We are sorry that we have to refuse it. Nothing has been released.",
        Verdict.REFER: f"You asked for {asked}. A person has to decide this. Nothing has been released.",
    }[decision.verdict]


def _parts(decision: Decision, sender: Sender) -> list[Part]:
    dates = Part("Dates", items=_dates(decision))
    review = Part("If you think this is wrong", says=(_review(decision, sender),))
    permitted = decision.verdict is Verdict.PERMIT
    relied = to_be_confirmed(decision) if permitted else unsure_in_the_way(decision)
    unsure = Part("Relied on and still to be confirmed", items=relied)
    if permitted:
        demands = Part("What has to be done", items=tuple(map(in_words, decision.obligations)))
        middle = [demands, Part("Why it can be released", items=_grounds(decision), cites=_relied_on(decision))]
        changes = Part("What would change it", says=(_ends(),))
        return [*middle, changes, dates, review, *_kept(unsure)]
    who = Part(WHO[decision.verdict], items=tuple(map(sentence, who_decides(decision))))
    changes = Part("What would change it", items=tuple(map(sentence, what_would_change_it(decision))))
    following = Part("What you can do next", items=what_next(decision))
    middle = [changes, *_kept(who)] if decision.verdict is Verdict.REFUSE else [*_kept(who), changes]
    return [*_reasons(decision), *middle, following, dates, review, *_kept(unsure)]


def _who_is_who(parts: Iterable[Part], names: Mapping[str, str]) -> Part:
    """The organisations that the letter calls by their ids, each with its name."""
    text = " ".join(each for part in parts for each in (*part.says, *part.items))
    named = {id: name for id, name in sorted(names.items()) if bare(id) != bare(name) and _stands_in(id, text)}
    return Part("Who is who", items=tuple(f"{id}: {name}" for id, name in named.items()))


def _stands_in(id: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(id)}(?![\w-])", text) is not None


def _ends() -> str:
    return (
        "It is checked once more on the day on which data leaves. A withdrawn authority, an agreement that has ended, "
        "a hold or a breach stops it."
    )


def _kept(part: Part) -> list[Part]:
    return [part] if part.items else []


def _grounds(decision: Decision) -> tuple[str, ...]:
    return tuple(sentence(reason(finding)) for settled in decision.questions for finding in decisive(settled))


def _relied_on(decision: Decision) -> tuple[str, ...]:
    ids = {id for settled in decision.questions for finding in decisive(settled) for id in finding.provisions}
    return tuple(map(cited, sorted(ids)))


def _reasons(decision: Decision) -> list[Part]:
    made = []
    for settled in unsettled(decision):
        found = decisive(settled)
        cites = dict.fromkeys(cited(id) for finding in found for id in finding.provisions)
        says = tuple(sentence(reason(each)) for each in found) or (
            "Nothing that was in force on that day answers this with a yes, and silence is a no.",
        )
        made.append(Part(f"{ASKS[Question(settled.question)]} {settled.answer.capitalize()}", says, (), tuple(cites)))
    return made


def _dates(decision: Decision) -> tuple[str, ...]:
    due = [each for each in decision.obligations if isinstance(each, DestroyBy | Replace)]
    return (f"{day(decision.on)}: the day for which this was decided.", *map(in_words, due))


def _review(decision: Decision, sender: Sender) -> str:
    months = number("review-request-months", on=decision.on)
    by = months_after(decision.on, months)
    return (
        f"Write to {sender.contact} by {day(by)} ({months} months, policy of this installation) and say what you think "
        "is wrong. Somebody who did not take part will look at it again and answer in writing."
    )


def _text(head: dict[str, str], parts: Iterable[Part]) -> str:
    blocks = [head["sender"], head["date"], f"To: {head['to']}", head["subject"], head["summary"]]
    for part in parts:
        blocks.append(part.heading.upper())
        blocks += part.says
        blocks += [_bulleted(part.items)] if part.items else []
        blocks += ["Provisions:\n" + _bulleted(part.cites)] if part.cites else []
    blocks.append(f"Decided under {head['ruleset']}.")
    return "\n\n".join("\n".join(map(_filled, block.splitlines())) for block in blocks) + "\n"


def _bulleted(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def _filled(line: str) -> str:
    hang = "  " if line.startswith("- ") else ""
    return textwrap.fill(line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
