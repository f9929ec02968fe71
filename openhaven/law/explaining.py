"""A decision in plain words, for a reader at a terminal: question by question, then what it demands."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from openhaven.model import obligation as o
from openhaven.model.decision import Answer, Decision, Effect, Finding, Settled, Verdict
from openhaven.model.obligation import Obligation
from openhaven.model.protection import Spread
from openhaven.model.words import Precision

from .algebra import Question
from .cohorts import in_words as clause_in_words
from .plainly import day, listed, many
from .provisions import PROVISIONS
from .turning import Turning

WIDTH = 100
FORMAT = 1
"""The version of what a machine gets."""

ASKS = {
    Question.PURPOSE: "Is the purpose one for health or care?",
    Question.POWER: "Has whoever gives the data out the power to?",
    Question.CONFIDENTIALITY: "Is there a way round the duty of confidence?",
    Question.DATA_PROTECTION: "Do the grounds of data protection fit this use?",
    Question.OPT_OUT: "Is it settled whether the national data opt-out applies?",
    Question.OBJECTIONS: "Are people's other objections respected?",
    Question.RESTRICTED: "Are restricted and sensitive codes dealt with?",
    Question.TERRITORY: "Do those where the care was given allow it?",
    Question.MINIMUM: "Is it the minimum necessary?",
    Question.AUTHORITY: "Have those who answer for the data given authority?",
    Question.AGREEMENT: "Is a signed agreement in force?",
    Question.RECIPIENT: "Can the recipient be given data?",
    Question.SECURITY: "Is the security of everybody who holds the data assured?",
    Question.ASSESSMENT: "Was the impact on people assessed?",
    Question.ETHICS: "Was research approved by those who have to approve it?",
    Question.GUARDIAN: "Does a Caldicott Guardian recommend it, where one has to?",
    Question.PARTNERSHIP: "Are the five principles met, where a partner is no public body?",
    Question.SETTING: "Is it settled where people work with the data?",
    Question.HOLD: "Is nothing on hold?",
    Question.TRANSPARENCY: "Will the public be able to see it?",
}

OUTCOMES = {
    Verdict.PERMIT: "Permitted, provided that everything listed below is done.",
    Verdict.REFUSE: "Refused.",
    Verdict.REFER: "Referred: a person must decide before anything can be released.",
}

_EFFECTS = {
    Effect.PERMIT: "Yes",
    Effect.REFER: "For a person",
    Effect.FORBID: "No",
    Effect.FAILED: "Could not be settled, so no",
}


def _field(name: str, precision: Precision) -> str:
    return name if precision is Precision.AS_HELD else f"{name} ({precision})"


def _sites(sites: tuple[tuple[str, str], ...]) -> str:
    return listed(f"{id} (ODS code {ods})" if ods else id for id, ods in sites)


_IN_WORDS: dict[type[Obligation], Callable[[Any], str]] = {
    o.OnlyFields: lambda each: f"Only these fields leave: {listed(_field(*field) for field in each.fields)}.",
    o.OnlyCohort: lambda each: f"Only rows leave where {listed(map(clause_in_words, each.conditions))}.",
    o.OnlyConsenting: lambda each: (
        f"Only people whose own consent under {each.consent} covers this leave ({listed(each.wordings, last='or')})."
    ),
    o.DestroyIdentifiers: lambda _: "The identifiers sent for matching are destroyed once the release is made.",
    o.OnlyControllers: lambda each: (
        f"Only data of {listed(each.controllers)} leaves"
        + (
            f"; {listed(each.declined)} declined and {many(each.declined, 'is', 'are')} left out"
            if each.declined
            else ""
        )
        + (
            f"; {listed(each.unnamed)} {many(each.unnamed, 'is', 'are')} no party to the agreement and left out"
            if each.unnamed
            else ""
        )
        + "."
    ),
    o.NationalOptOut: lambda each: (
        f"The national data opt-out is applied, by an answer no more than {each.max_age_days} days old."
        if each.applies
        else "The national data opt-out is not applied, and the certificate says why."
    ),
    o.Objections: lambda each: f"People who objected are left out, whole records ({listed(each.lists)}).",
    o.AuditViews: lambda _: "Only people of open cases are seen, and each view is recorded.",
    o.AtLevel: lambda each: f"What leaves is measured to be {each.level}.",
    o.PseudonymScope: lambda each: (
        f"Keys to people and records leave only as pseudonyms of {each.recipient} under {each.agreement}, epoch "
        f"{each.epoch}."
    ),
    o.KAnonymity: lambda each: (
        f"Every class of {listed(each.quasi)} holds at least {each.k} people; at most "
        f"{each.suppression * 100:g}% of rows is left out for it."
    ),
    o.LDiversity: lambda each: f"In every such class {each.field}{_counted_at(each.at)} has {_diverse(each)}.",
    o.TCloseness: lambda each: (
        f"In every such class {each.field} is spread as in the whole file, but for t = {each.t:g} "
        f"({each.distance} distance)."
    ),
    o.KOverKeys: lambda each: f"Any {each.keys} of {listed(each.quasi)} are shared by at least {each.k} people.",
    o.KOverEvents: lambda each: f"Any {each.events} known events of a person are shared by at least {each.k} people.",
    o.NoPersonLink: lambda _: "No key leaves that tells which rows are of one person.",
    o.LocalRecoding: lambda each: (
        f"{listed(each.quasi)} are coarsened class by class, and a column tells the level of each cell."
    ),
    o.SmallNumbers: lambda each: f"Small numbers are protected by the rule {each.rule}.",
    o.Figures: lambda each: (
        f"Beside the counts stand {listed(each.figures)}, made of protected counts or attacked together with them."
    ),
    o.RestrictedCodes: lambda each: f"Records with restricted codes ({listed(each.lists)}) are left out.",
    o.EncryptTo: lambda each: f"The package opens only with the key of {each.recipient}.",
    o.UsedIn: lambda each: f"The data is used in this setting: {each.access}.",
    o.KeptAt: lambda each: (
        f"The data is kept by {_sites(each.storage)} and nobody else"
        + (f", and processed by {_sites(each.processors)}" if each.processors else "")
        + "."
    ),
    o.Within: lambda each: f"The data is kept and used within {listed(each.territories)} only.",
    o.Conditions: lambda each: f"Conditions of {each.set_by} ({each.record}) are kept: {'; '.join(each.conditions)}.",
    o.Review: lambda each: f"The {each.what} {each.record} is reviewed by {day(each.by)}.",
    o.UseUntil: lambda each: f"The recipient keeps and uses the data until {day(each.until)} and no longer.",
    o.DestroyBy: lambda each: f"The recipient destroys the data by {day(each.by)}.",
    o.Replace: lambda each: (
        f"This replaces {each.release}; the recipient destroys the former file by {day(each.destroy_former_by)}."
    ),
    o.Register: lambda _: "The use is entered in the public register no later than the release.",
}


def _counted_at(at: Precision) -> str:
    return "" if at is Precision.AS_HELD else f" (by its {at})"


def _diverse(each: o.LDiversity) -> str:
    """How many values, in words."""
    if each.spread is Spread.ENTROPY:
        return f"the entropy of at least {each.l:g} values"
    if each.spread is Spread.RECURSIVE:
        return f"recursive ({each.c:g}, {each.l:g})-diversity"
    return f"at least {each.l:g} different values"


def in_words(obligation: Obligation) -> str:
    """What an obligation demands, in one sentence."""
    return _IN_WORDS[type(obligation)](obligation)


def cited(id: str) -> str:
    """A provision with its title and how sure we are of it."""
    known = PROVISIONS.get(id)
    return id if known is None else f"{id} {known.title} ({known.confidence})"


HOW_KNOWN = (
    "In brackets after each provision is how we know it. Read: we have read it at its source. Secondary: we know it "
    "from what others write about it. To be confirmed: all of it, or a part, has still to be checked."
)
"""What the words after a provision mean: one for each `Confidence`."""


A_PERSONS_NO = frozenset(
    {
        "a_controllers_no_to_the_same_asked_before_stands",
        "advice_against_the_same_asked_before_stands",
        "an_adverse_recommendation_never_permits",
        "what_the_risk_owner_does_not_approve_goes_no_further",
    }
)
"""The rules that pass on what a person said."""


def reason(finding: Finding) -> str:
    """Why, in words a person can act on; a rule that failed says so without its inner message."""
    return finding.because if finding.effect is not Effect.FAILED else f"The rule {finding.rule} could not be applied."


def decisive(settled: Settled) -> tuple[Finding, ...]:
    """The findings that gave the answer: the gravest ones."""
    wanted = {
        Answer.NOT_MET: (Effect.FAILED, Effect.FORBID),
        Answer.REFERRED: (Effect.REFER,),
        Answer.MET: (Effect.PERMIT,),
    }[settled.answer]
    return tuple(finding for finding in settled.findings if finding.effect in wanted)


def unsettled(decision: Decision) -> tuple[Settled, ...]:
    """The questions that stand in the way: not met first, then referred."""
    order = (Answer.NOT_MET, Answer.REFERRED)
    standing = [settled for settled in decision.questions if settled.answer in order]
    return tuple(sorted(standing, key=lambda settled: order.index(settled.answer)))


def what_would_change_it(decision: Decision) -> tuple[str, ...]:
    """What would help, each once: what is missing, or that nothing would. Where data is never given for the purpose,
    no other paper is asked for. Beside a no also what a person would ask for after it."""
    never = [each for each in _standing_at(decision, Question.PURPOSE) if _is_final(each)]
    if never:
        return tuple(dict.fromkeys(_helps(each)[0] for each in never))
    said: dict[str, None] = {}
    for settled in unsettled(decision):
        for finding in settled.findings:
            if finding.effect is not Effect.PERMIT:
                said |= dict.fromkeys(_helps(finding))
        if not decisive(settled):
            said[f"something on record that answers the question: {ASKS[Question(settled.question)]}"] = None
    return tuple(said)


def _helps(finding: Finding) -> tuple[str, ...]:
    nothing = f"nothing would change this: {reason(finding)}" if _is_final(finding) else f"the answer of {finding.who}"
    return finding.missing or (nothing,)


def _is_final(finding: Finding) -> bool:
    """Whether it is a no that no paper turns."""
    return finding.effect in (Effect.FORBID, Effect.FAILED) and not finding.missing


def _standing_at(decision: Decision, question: Question) -> tuple[Finding, ...]:
    """What stands in the way in one question, and nothing where it is met."""
    return tuple(
        finding for settled in unsettled(decision) if settled.question == question for finding in decisive(settled)
    )


def who_decides(decision: Decision) -> tuple[str, ...]:
    """The people who must decide what is referred, each once; of a refusal those who would have to once what is missing
    is there, and nobody where nothing helps."""
    if any(_is_final(each) for each in _standing_at(decision, Question.PURPOSE)):
        return ()
    found = (finding.who for settled in unsettled(decision) for finding in settled.findings)
    return tuple(dict.fromkeys(who for who in found if who))


WHO = {
    Verdict.PERMIT: "Who must decide",
    Verdict.REFER: "Who must decide",
    Verdict.REFUSE: "Who would then have to decide",
}
"""The heading above those people."""


def to_be_confirmed(decision: Decision) -> tuple[str, ...]:
    """Provisions and numbers relied on that are still to be confirmed, each once."""
    return _unsure(finding for settled in decision.questions for finding in settled.findings)


def unsure_in_the_way(decision: Decision) -> tuple[str, ...]:
    """Those of them on which a no, or the need of a person, rests."""
    return _unsure(finding for settled in unsettled(decision) for finding in decisive(settled))


def _unsure(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted({text for finding in findings for text in finding.to_be_confirmed}))


def sentence(text: str) -> str:
    """A phrase as a sentence of its own. What ends as a question stays one, and an id begins as it is written."""
    first = text if "-" in text.partition(" ")[0] else text[:1].upper() + text[1:]
    return first if first.endswith("?") else first.rstrip(".") + "."


def what_next(decision: Decision) -> tuple[str, ...]:
    """What whoever applied can do now. There is always something, unless it is permitted."""
    if decision.verdict is Verdict.PERMIT:
        return ()
    standing = [finding for settled in unsettled(decision) for finding in decisive(settled)]
    hopeless = [each for each in standing if _is_final(each)]
    steps = []
    if decision.verdict is Verdict.REFER:
        steps.append(f"Send what is listed above to those who decide: {listed(who_decides(decision))}.")
    elif hopeless:
        steps += [
            "No paper helps here. Figures that are published may answer your question without anybody's record.",
            "A person who wants to use their own record may ask for a copy of it themselves.",
        ]
    else:
        steps.append(
            "Once everything that is listed above is there, apply again: nobody holds this refusal against you."
        )
    if not hopeless and any(each.rule in A_PERSONS_NO for each in standing):
        steps.append("A no that a person gave stands until that person says yes: ask them what would change it.")
    if any(each.effect is Effect.FAILED for each in standing):
        steps.append("What could not be settled is for us to put right: write to us, and say which application it is.")
    return (*steps, "If you think this is wrong, ask for a review, and say why.")


def as_data(decision: Decision, turning: Turning) -> dict[str, Any]:
    """The decision for a machine: all that `explain` says to a person. docs/reference/decisions.md describes it."""
    found = [each for settled in decision.questions for each in decisive(settled)]
    plain = decision.as_plain()
    for each in plain["questions"]:
        each["asks"] = ASKS[Question(each["question"])]
    more = {
        "format": FORMAT,
        "provisions": _provisions(decision),
        "what_has_to_be_done": list(map(in_words, decision.obligations)),
        "who_decides": list(who_decides(decision)),
        "to_be_confirmed": list(to_be_confirmed(decision)),
        "relied_on": sorted({id for each in found for id in each.provisions}),
        "facts_used": sorted({id for each in found for id in each.used}),
        "facts_missing": list(what_would_change_it(decision)),
        "would_change": turning.as_plain(),
        "what_next": list(what_next(decision)),
    }
    return plain | more


def _provisions(decision: Decision) -> list[dict[str, str]]:
    """Each provision that is cited, with its title and how it is known."""
    cites = {id for settled in decision.questions for each in settled.findings for id in each.provisions}
    known = [PROVISIONS[id] for id in sorted(cites) if id in PROVISIONS]
    return [{"id": each.id, "title": each.title, "confidence": str(each.confidence)} for each in known]


def explain(decision: Decision, turning: Turning | None = None) -> str:
    """The whole decision as plain lines no wider than 100 characters, ending in a newline.

    With `turning` also the single changes of facts that would turn it, and the records on which it hangs."""
    lines = [
        OUTCOMES[decision.verdict],
        *_in_the_way(decision),
        *_wrapped(f"Application {decision.application}, decided as at {day(decision.on)} under {decision.ruleset}."),
    ]
    for place, settled in enumerate(decision.questions, start=1):
        lines += ["", *_wrapped(f"{place}. {ASKS[Question(settled.question)]} {settled.answer.capitalize()}.")]
        lines += [line for finding in settled.findings for line in _found(finding)] or _silent()
    lines += _section("What has to be done", map(in_words, decision.obligations))
    changes = _section("What would change this", map(sentence, what_would_change_it(decision)))
    changes += _turned(turning) if turning is not None else []
    who = _section(WHO[decision.verdict], map(sentence, who_decides(decision)))
    lines += changes + who if decision.verdict is Verdict.REFUSE else who + changes
    lines += _section("What you can do next", what_next(decision))
    lines += _section("Relied on and still to be confirmed", to_be_confirmed(decision))
    lines += ["", *_wrapped(HOW_KNOWN)]
    return "\n".join(lines) + "\n"


def _in_the_way(decision: Decision) -> list[str]:
    """The numbers of the questions that stand in the way, for who does not read them all."""
    numbers: dict[Answer, list[str]] = {Answer.NOT_MET: [], Answer.REFERRED: []}
    for place, settled in enumerate(decision.questions, start=1):
        numbers.get(settled.answer, []).append(str(place))
    return [f"{answer.capitalize()}: {listed(found)}." for answer, found in numbers.items() if found]


CAUTION = (
    "These are the facts on which the answer hangs. "
    "A fact is changed because it is so, never for the sake of the answer."
)
"""What stands under the changes that would turn a verdict: they are no advice."""


def _turned(turning: Turning) -> list[str]:
    two = any(len(each.steps) > 1 for each in turning.better)
    title = "Each of these pairs of changes would turn it" if two else "Any one of these alone would turn it"
    lines = _section(title, [each.words for each in turning.better])
    for verdict in Verdict:
        names = [each.steps[0].name_of_record for each in turning.worse if each.verdict is verdict]
        then = "it would be refused" if verdict is Verdict.REFUSE else "a person would decide"
        lines += _section(f"Without any one of these {then}", [listed(names)] if names else [])
    return [*lines, "", *_wrapped(CAUTION)] if lines else []


def _found(finding: Finding) -> list[str]:
    parts = [f"{_EFFECTS[finding.effect]}: {finding.because}", *map(cited, finding.provisions)]
    parts += [f"Records used: {listed(finding.used)}."] if finding.used else []
    parts += [f"Missing: {text}." for text in finding.missing]
    parts += [f"Who must decide: {finding.who}."] if finding.who else []
    first, *rest = parts
    return [*_wrapped(first, indent=3), *(line for part in rest for line in _wrapped(part, indent=6))]


def _silent() -> list[str]:
    return _wrapped("No: nothing that was in force on that day answers this with a yes, and silence is a no.", indent=3)


def _section(title: str, items: Iterable[str]) -> list[str]:
    lines = [line for item in items for line in _wrapped(f"- {item}", indent=2)]
    return ["", title, *lines] if lines else []


def _wrapped(text: str, indent: int = 0) -> list[str]:
    first, rest = " " * indent, " " * (indent + 2)
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
