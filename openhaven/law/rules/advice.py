"""What those say whose say is needed: a research ethics committee, the HRA, the Caldicott Guardian, other advisers."""

from collections.abc import Mapping

from openhaven.model.decision import Finding
from openhaven.model.facts import SaidNo
from openhaven.model.obligation import Obligation
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.approvals import Approves, Opinion
from openhaven.model.words import Level, Purpose, Route

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..case import Case, Outline, Register, kept, of_register
from ..evidence import faults, faults_of_seen
from ..flow import NOT_REQUIRED, NOT_RESEARCH, REQUIRED, ROWS, confidential, given, in_hand, receiving
from ..owing import conditional, reviewed
from ..plainly import day, listed
from ..reading import bare
from ..speaking import mention, says
from ..studies import faults_of_study, says_no_study, state_it
from ..words import WORDS, is_one_of
from .purpose import TRADES

REVIEW = ("ETH-01", "LAW-14", "LAW-16", "DARS-04")
IN_WORDS = {
    Approves.FAVOURABLE_OPINION: "a favourable opinion of a research ethics committee",
    Approves.HRA_APPROVAL: "the approval of the Health Research Authority",
}


@outline_rule(Question.ETHICS, "DARS-04", from_="2013-04-01", when=NOT_RESEARCH)
def ethics_review_is_for_research(use: Outline) -> Finding | None:
    """Audit, public health, commissioning and planning are not research, and no committee is asked."""
    return permit(f"The purpose is {use.purpose}, which is not research.")


@outline_rule(Question.ETHICS, "ETH-01", from_="2013-04-01", when=Purpose.RESEARCH)
def research_on_what_names_nobody_needs_no_review(use: Outline) -> Finding | None:
    """Research on data collected before, with nothing confidential in what leaves, needs no committee's opinion."""
    if _reviewed(use):
        return None
    return permit("The research is on data collected before, and nothing that leaves is confidential.")


@rule(
    Question.ETHICS, "ETH-01", "LAW-14", "LAW-16", "DARS-04", from_="2013-04-01", to="2016-03-30", when=Purpose.RESEARCH
)
def research_on_people_had_a_favourable_opinion(case: Case) -> Finding | None:
    """Research on confidential information, or with consent or support, needs a favourable opinion."""
    return _approved(case, [Approves.FAVOURABLE_OPINION]) if _reviewed(case.outline) else None


@rule(Question.ETHICS, *REVIEW, "ETH-02", from_="2016-03-31", when=Purpose.RESEARCH)
def research_on_people_has_a_favourable_opinion_and_approval(case: Case) -> Finding | None:
    """Research on confidential information, or with consent or support, needs a favourable opinion and HRA approval."""
    if not _reviewed(case.outline):
        return None
    return _approved(case, [Approves.FAVOURABLE_OPINION, Approves.HRA_APPROVAL])


@rule(Question.ETHICS, "ETH-01", "CAG-06", from_="2013-04-01", when=Purpose.RESEARCH, needs=Opinion)
def an_opinion_says_for_which_study_it_is(case: Case) -> Finding | None:
    """A committee and the Authority look at one study. Where the application names its study, and what they gave does
    not say for which it is, a person reads it."""
    if not case.application.study_reference:
        return None
    silent = [each for same in approvals(case) if not any(each.study_references for each in same) for each in same]
    if not silent:
        return None
    return refer(
        f"{listed(each.id for each in silent)} does not say for which study it is, and {case.application.id} asks for "
        f"{case.application.study_reference}.",
        who="the Caldicott Guardian, with what the committee and the Authority gave",
        missing=[f"the study_references of {each.id}, as it has them" for each in silent],
        used=[each.id for each in silent],
    )


@rule(Question.GUARDIAN, "CAL-1", "CAG-03", from_="2013-04-01", when=(*ROWS, *NOT_REQUIRED))
def a_guardian_recommends_what_is_confidential(case: Case) -> Finding | None:
    """Where confidential patient information leaves, a Caldicott Guardian of an organisation that gives it recommends
    it. Nobody else's guardian can speak for it, and the recipient's least of all: one that gives data and gets that of
    others is not its own judge."""
    if not confidential(case):
        return None
    found = [each for each in _said(case, Advice.SUPPORTS) if not _faults_of_support(case, each)]
    if not found:
        return _no_recommendation(case)
    latest = max(found, key=lambda each: (each.review, each.id)) if found[1:] else found[0]
    return permit(
        lambda: (
            f"{latest.by}, {latest.role} of {latest.organisation}, recommends it (review due {day(latest.review)})."
            + (f" Conditions: {'; '.join(latest.conditions)}." if latest.conditions else "")
        ),
        used=[latest.id],
        obligations=reviewed(Recommendation, latest.id, latest.review, "CAL-1"),
    )


@rule(Question.GUARDIAN, "CAL-1", "DARS-12", from_="2013-04-01", needs=Recommendation)
def what_an_adviser_set_as_a_condition_is_owed(case: Case) -> Finding | None:
    """A condition of a guardian or of another adviser is owed with every yes, and does not lapse with its review."""
    found = [each for each in _said(case, Advice.SUPPORTS) if any(map(str.strip, each.conditions))]
    if not found:
        return None
    owed = [conditional(each.id, _adviser(each.role, each.organisation), each.conditions, "CAL-1") for each in found]
    return permit(
        lambda: f"Conditions were set by {listed(_adviser(each.role, each.organisation) for each in found)}.",
        used=[each.id for each in found],
        obligations=[one for each in owed for one in each],
    )


@rule(Question.GUARDIAN, "CAL-1", from_="2013-04-01")
def no_recommendation_is_needed_where_nothing_confidential_leaves(case: Case) -> Finding | None:
    """Rows that a named person has classified, and tables, carry no confidential patient information."""
    return None if confidential(case) else permit("No confidential patient information leaves.")


@outline_rule(Question.GUARDIAN, "LAW-12", "LAW-13", from_="2013-04-01", when=REQUIRED)
def what_a_law_requires_waits_for_no_recommendation(use: Outline) -> Finding | None:
    """A requirement of law or an order of a court is followed, with or without a recommendation."""
    return permit("A law or a court requires this disclosure.")


@rule(Question.GUARDIAN, "CAL-1", "DARS-12", from_="2013-04-01", needs=SaidNo)
def an_adverse_recommendation_never_permits(case: Case) -> Finding | None:
    """A guardian's no is a no until the guardian says otherwise, and so is one from a guardian's office. What another
    adviser says against it, or a guardian against what a law requires, is for a person. A no does not lapse."""
    found = [each for each in _said(case, Advice.OPPOSES) if not _decides(each)]
    if not found:
        return None
    because, used = f"It is not recommended by {_by_whom(found)}.", [each.id for each in found]
    missing = ["what stands against it changed, and then a recommendation under the same id"]
    if case.application.route not in REQUIRED and any(mention([each.role], WORDS.guardians) for each in found):
        return forbid(because, missing=missing, used=used)
    return refer(because, who="the operator's senior responsible person", missing=missing, used=used)


@rule(Question.GUARDIAN, "DARS-01", from_="2013-04-01", needs=SaidNo)
def what_the_risk_owner_does_not_approve_goes_no_further(case: Case) -> Finding | None:
    """The risk owner decides for the operator after all advice, and a no is a no, whatever the engine would permit.
    Against what a law requires it is for a person."""
    found = [each for each in _said(case, Advice.OPPOSES) if _decides(each)]
    if not found:
        return None
    because, used = f"It was decided against by {_by_whom(found)}.", [each.id for each in found]
    missing = ["another decision of the senior information risk owner, under the same id"]
    if case.application.route in REQUIRED:
        return refer(because, who="the operator's board, with legal advice", missing=missing, used=used)
    return forbid(because, missing=missing, used=used)


def _by_whom(found: list[Recommendation]) -> str:
    return listed(f"{each.by}, {each.role} ({each.id}, {day(each.on)})" for each in found)


def approvals(case: Case) -> list[list[Opinion]]:
    """The opinions and the approvals of research that stand on the day, where it is of the kind that is reviewed."""
    if case.application.purpose is not Purpose.RESEARCH or not _reviewed(case.outline):
        return []
    found = [each for each in _opinions(case) if not _faults_of_opinion(case, each)]
    return [[each for each in found if each.what is what] for what in Approves]


def _reviewed(use: Outline) -> bool:
    """Whether research is of the kind that a committee reviews."""
    return use.level is Level.IDENTIFIABLE or use.route is not Route.NOT_CONFIDENTIAL


def _approved(case: Case, needed: list[Approves]) -> Finding:
    found = [each for each in _opinions(case) if not _faults_of_opinion(case, each)]
    if case.application.study_reference:
        found.sort(key=lambda each: (says_no_study(case, each), each.id))
    by = {what: next((each for each in found if each.what is what), None) for what in needed}
    lacks = [IN_WORDS[what] for what, each in by.items() if each is None]
    if not lacks:
        used = [each for each in by.values() if each is not None]
        return permit(lambda: f"{listed(f'{each.body} ({each.reference})' for each in used)} approved the research.",
                      used=[each.id for each in used],
                      obligations=[one for each in used for one in _conditions(each)])  # fmt: skip
    wrong = "; ".join(
        f"{each.id} {listed(words)}" for each in _opinions(case) if (words := _faults_of_opinion(case, each))
    )
    return forbid(
        f"On record for {case.application.agreement or 'this'} there is not {listed(lacks, last='or')}"
        f"{f' ({wrong})' if wrong else ''}.",
        missing=[
            *(f"{what}, in force on {day(case.on)}, for {case.application.agreement or 'this'}" for what in lacks),
            *dict.fromkeys(map(state_it, [] if case.application.study_reference else _of_a_study(case))),
        ],
        used=[each.id for each in by.values() if each is not None],
    )


def _of_a_study(case: Case) -> list[Opinion]:
    return [each for each in _opinions(case) if each.study_references]


def _conditions(each: Opinion) -> tuple[Obligation, ...]:
    return conditional(each.id, each.body, each.conditions, "ETH-01")


def _opinions(case: Case) -> list[Opinion]:
    return sorted(case.facts.having(Opinion, "agreements", case.application.agreement), key=lambda each: each.id)


def _faults_of_opinion(case: Case, each: Opinion) -> list[str]:
    found = faults(
        (case.on < each.starts, lambda: f"starts only on {day(each.starts)}"),
        (case.on > each.ends, lambda: f"ended on {day(each.ends)}"),
        (not each.reference.strip(), lambda: "has no reference"),
        (mention([each.body], TRADES), lambda: f"is of {each.body}, whose name speaks of insurance or marketing"),
        (not _gives(each), lambda: f"does not say what {each.body} gave that {each.body} can give"),
    )
    if each.study_references:
        found += faults_of_study(case, each)
    return found + faults_of_seen(case, each.seen)


def _gives(each: Opinion) -> bool:
    """Whether it says what it is, and its body is one that gives such a thing."""
    if each.what is Approves.HRA_APPROVAL:
        return is_one_of([each.body], WORDS.research_authority)
    return each.what is Approves.FAVOURABLE_OPINION and says([each.body], WORDS.ethics_committees)


def _said(case: Case, what: Advice) -> list[Recommendation]:
    """What was said on this application or its agreement up to the day, by id."""
    return [each for each in _every(case) if each.says is what]


@kept
def _every(case: Case) -> list[Recommendation]:
    ask = case.application
    if Recommendation not in case.facts.kinds:
        return []
    about = [*case.facts.having(Recommendation, "application", ask.id)]
    if ask.agreement:
        about += [
            each
            for each in case.facts.having(Recommendation, "agreement", ask.agreement)
            if each.application != ask.id  # else it is there already
        ]
    if SaidNo in case.facts.kinds:
        noes = _noes(case, Advice.OPPOSES)
        about += [each for name in {bare(ask.id), bare(ask.agreement)} for each in noes.get(name, ())]
    found = [each for each in about if each.on <= case.on and _reaches(case, each)]
    return sorted(set(found), key=lambda each: each.id) if found[1:] else found


@of_register
def _noes(case: Register, what: Advice) -> Mapping[str, list[Recommendation]]:
    """Those that say no, by the letters and digits of what they name: a no is not missed for a capital letter, nor
    escaped by an application that is sent again under an id that differs in one."""
    named: dict[str, list[Recommendation]] = {}
    for each in case.facts.every(Recommendation):
        if each.says is what:
            for name in {bare(each.application), bare(each.agreement)} - {""}:
                named.setdefault(name, []).append(each)
    return named


def _reaches(case: Case, each: Recommendation) -> bool:
    """Where it names both an application and an agreement, both have to be those of the case; a no reaches what it
    names by either, so that it is not missed for a slip in the other."""
    if each.says is Advice.OPPOSES:
        return True
    return each.application in ("", case.application.id) and each.agreement in ("", case.application.agreement)


def _adviser(role: str, organisation: str) -> str:
    return f"the {role} of {organisation}" if organisation.strip() else f"the {role}"


def _decides(each: Recommendation) -> bool:
    return mention([each.role], WORDS.risk_owners)


def _guardian(each: Recommendation) -> bool:
    return is_one_of([each.role], WORDS.guardians)


def _faults_of_support(case: Case, each: Recommendation) -> list[str]:
    givers, found = given(case).yes, list[str]()
    gives = each.organisation in givers and (len(givers) == 1 or each.organisation not in receiving(case))
    if not _guardian(each):
        found.append(f"is by somebody whose role is {each.role}, and only a Caldicott Guardian counts")
    if case.on > each.review:
        found.append(f"was due for review on {day(each.review)}")
    if not each.organisation.strip():
        found.append("does not say of which organisation")
    elif not gives and each.organisation in in_hand(case):
        found.append(f"is of {each.organisation}, which is to receive the data")
    elif not gives:
        found.append(f"is of {each.organisation}, whose data this is not")
    return found


def _no_recommendation(case: Case) -> Finding:
    wrong = "; ".join(f"{each.id} {listed(_faults_of_support(case, each))}" for each in _said(case, Advice.SUPPORTS))
    would = (
        "Confidential patient information would leave"
        if case.application.level is Level.IDENTIFIABLE
        else "Nobody has classified what would leave, so it counts as confidential"
    )
    return forbid(
        f"{would}, and no Caldicott Guardian's recommendation is on record{f': {wrong}' if wrong else ''}.",
        missing=[
            "the recommendation of a Caldicott Guardian of an organisation whose data this is, on record and in date "
            f"on {day(case.on)}{_or_none(case)}"
        ],
    )


def _or_none(case: Case) -> str:
    """What makes a recommendation needless: rows without names are confidential only until somebody classifies them."""
    if case.application.level is Level.IDENTIFIABLE:
        return ""
    return "; none is needed once a named person has classified what would leave as carrying nothing confidential"
