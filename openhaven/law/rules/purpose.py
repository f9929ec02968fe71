"""Is the purpose one for health and care? Insurance and marketing never are, and money from them is looked through."""

from functools import lru_cache

from openhaven.model.application import Application
from openhaven.model.decision import Finding
from openhaven.model.record.advice import Recommendation
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Purpose

from ..algebra import Question, forbid, outline_rule, permit, refer, rule
from ..bodies import spelt
from ..case import Case, Outline, kept
from ..flow import NOT_RESEARCH, ROWS, commercial, hands
from ..glancing import may_speak_of
from ..nearby import NEAR_EACH_OTHER, OF_BUSINESS
from ..owing import reviewed
from ..owning import behind, with_owners
from ..paying import acting_for
from ..plainly import day, listed
from ..reading import MANY, in_another_language, legible, readable
from ..settling import TWO, LeftOpen, answers, left_open, settled
from ..speaking import INNOCENT, INNOCENT_OF_PUBLIC_BODIES, Sought, mention, speaks_of
from ..words import WORDS

NEVER = (Purpose.INSURANCE, Purpose.MARKETING, Purpose.COMMERCIAL)
TRADES = Sought((*WORDS.insurance, *WORDS.marketing))
SPOKEN_OF = Sought((*TRADES, *WORDS.doubtful, *WORDS.other_ends, *WORDS.companies, *NEAR_EACH_OTHER))
BY_WHO_GAINS = Sought((*SPOKEN_OF, *OF_BUSINESS))
FOR_OTHERS = Sought(WORDS.acts_for_others.words)
DOUBTED = Sought((*TRADES, *WORDS.doubtful, *FOR_OTHERS, *WORDS.companies))
OWN_USE, RESEARCH = Sought(WORDS.own_use), Sought(WORDS.research)
READ = {
    (gains, other): Sought((*words, *(RESEARCH if other else ())))
    for gains, words in ((False, SPOKEN_OF), (True, BY_WHO_GAINS))
    for other in (False, True)
}
"""What is looked for, by whether somebody may gain, and whether it may be research that is coded otherwise."""
NAMED_AFTER = Sought((*(each for each in DOUBTED if each not in ("loan", "sell")), "loans."))
"""What a name may tell of a business: as any text, but for how places begin, such as Loanhead and Sellafield."""
OTHER_ENDS = "insurance, marketing, selling or another end than health or care"
FOR, TOGETHER = "what it is for", "its title and what it is for"
WHO = "independent advice first, then the operator's senior responsible person and the Caldicott Guardian"


@outline_rule(Question.PURPOSE, "LAW-50", "LAW-51", from_="2013-04-01")
def insurance_and_marketing_are_never_purposes(use: Outline) -> Finding | None:
    """Data is never given for insurance, marketing or other solely commercial ends, with or without consent."""
    purpose = use.purpose
    if purpose not in NEVER:
        return None
    return forbid(f"The purpose is {purpose}. Data is never given for it, and consent does not change that.")


@rule(Question.PURPOSE, "LAW-50", "LAW-51", from_="2013-04-01")
def insurers_and_marketers_receive_nothing(case: Case) -> Finding | None:
    """Nobody whose business of record is insurance or marketing gets data into its hands: not as applicant,
    recipient or processor, nor as the place where it is kept; nor anybody whom such a one owns."""
    in_trade = [
        party
        for party in hands(case)
        if _is_in_trade(party.business, party.bodies) or (party.owners and _in_trade(case, party) is not None)
    ]
    if not in_trade:
        return None
    found = [(party, _in_trade(case, party) or party) for party in in_trade]
    names = listed(
        f"{party.name}{'' if trader is party else f', which {trader.name} owns'} "
        f"({', '.join((*trader.business, *trader.bodies))})"
        for party, trader in found
    )
    used = dict.fromkeys(each.id for pair in found for each in pair)
    return forbid(f"The business of record is insurance or marketing: {names}.", used=used)


@rule(Question.PURPOSE, "LAW-50", "DARS-07", "DARS-12", from_="2013-04-01")
def money_from_insurers_and_marketers_is_for_a_person(case: Case) -> Finding | None:
    """A funder in insurance or marketing, one that acts for others (a consultancy, an actuary, a lobbyist, a broker of
    data), or one whose business is not known, is for a person to judge."""
    found = [
        funder.organisation
        for funder in case.application.funders
        if _doubtful(case, funder.organisation, funder.business)
    ]
    if not found:
        return None
    return refer(
        f"Money comes from insurance, marketing, somebody who may act for others, or a business not stated: "
        f"{listed(sorted(set(found)))}. A purpose for health may still be served, but a rule cannot say whose.",
        who=WHO,
        missing=["for whom the funders act, what they gain, and who sees the data and the results"],
        used=sorted({each.id for name in found for each in spelt(case, name)}),
    )


@rule(Question.PURPOSE, "LAW-50", "DARS-07", "DARS-12", from_="2013-04-01")
def those_who_act_for_others_are_for_a_person(case: Case) -> Finding | None:
    """A consultancy, a body whose name or address alone speaks of insurance or marketing, or one whose business stands
    in letters that a rule does not read, is for a person to judge."""
    doubted = _doubted_parties(case)
    found = [party for party in doubted if not settled(case, party.name)]
    if not found:
        return answered(case) if doubted else None
    return refer(
        f"{listed(with_owners(case, party) for party in found)} may act for others: for whom, a rule cannot see.",
        who=WHO,
        missing=[f"the clients for whom the work is done, and then {an_answer(listed(each.name for each in found))}"],
        used=[party.id for party in found],
    )


@rule(Question.PURPOSE, "LAW-50", "LAW-04", from_="2013-04-01")
def words_of_insurance_or_marketing_are_for_a_person(case: Case) -> Finding | None:
    """What the application or its agreement says the data is for can give the coded purpose the lie. Where it is
    written in letters or a language that a rule does not read, a person reads it."""
    ask = case.application
    speak, strange = _doubted_texts(case)
    if not speak and not strange:
        return None
    found, unread = (
        [where for where, *texts in those if not all(settled(case, text) for text in texts if text)]
        for those in (speak, strange)
    )
    if not found and not unread:
        return answered(case)
    because = [f"{OTHER_ENDS} is spoken of in {listed(found)}"] if found else []
    because += [f"letters or a language that a rule does not read stand in {listed(unread)}"] if unread else []
    return refer(
        f"The coded purpose is {ask.purpose}, and {listed(because)}.",
        who=WHO,
        missing=[f"what {OTHER_ENDS} has to do with the use, and then {an_answer('these very words')}"],
    )


@rule(Question.PURPOSE, "DARS-04", "ETH-01", from_="2013-04-01", when=(*NOT_RESEARCH, *ROWS))
def what_speaks_of_research_is_for_a_person(case: Case) -> Finding | None:
    """Research that is coded as another purpose would pass by the committees: a person says whether it is research."""
    speak = _of_research(case)
    found = [where for where, text in speak if not settled(case, text)]
    if not found:
        return answered(case) if speak else None
    return refer(
        f"The coded purpose is {case.application.purpose}, and what speaks of research stands in {listed(found)}.",
        who=WHO,
        missing=[
            "an application for research, with the approvals that research has; or why this is none, and then "
            f"{an_answer('these very words')}"
        ],
    )


@rule(Question.PURPOSE, "DARS-04", "DARS-07", "LAW-50", from_="2013-04-01", when=ROWS)
def who_processes_and_may_want_the_data_is_for_a_person(case: Case) -> Finding | None:
    """Who processes or keeps data for somebody else, and has a use of its own for it, may be who gets it: a person says
    for whom it works."""
    doubted = _may_want_it(case)
    found = [each for each in doubted if not settled(case, each.name)]
    if not found:
        return answered(case) if doubted else None
    names = listed(each.name for each in found)
    return refer(
        f"{listed(f'{each.name} ({listed(each.business)})' for each in found)} would process or keep the data for "
        "somebody else, and may have a use of its own for it.",
        who=WHO,
        missing=[f"that the data is processed for {case.application.recipient} alone, and then {an_answer(names)}"],
        used=[each.id for each in found],
    )


@outline_rule(Question.PURPOSE, "CAL-7", "LAW-10", from_="2013-04-01", when=Purpose.INDIVIDUAL_CARE)
def individual_care_has_its_own_way(use: Outline) -> Finding | None:
    """A person's own care is served from the care record, by those who give it; a refusal here says where to go."""
    return forbid(
        "This service gives out data for purposes beyond individual care. A person's own care is served from their "
        "care record, and sharing for it can matter as much as protecting.",
        missing=["a request to the organisation that gives the care"],
    )


@outline_rule(Question.PURPOSE, "LAW-04", "DEF-05", "CAL-1", from_="2013-04-01")
def the_purpose_is_for_health_or_care(use: Outline) -> Finding | None:
    """The coded purpose is one for health or care, beyond a person's own care."""
    purpose = use.purpose
    if purpose in NEVER or purpose is Purpose.INDIVIDUAL_CARE:
        return None
    return permit(f"The purpose is {purpose}, which is one for health or care.")


def left_to_two(case: Case) -> tuple[LeftOpen, ...]:
    """Every text and every name that the rules of this question leave to two people, and that is not answered."""
    texts = [each for those in _doubted_texts(case) for where, *parts in those for each in _apart(where, parts)]
    texts += _of_research(case)
    doubted = (*_doubted_parties(case), *_may_want_it(case))
    names = [("the name of who has the data in hand", party.name) for party in doubted]
    names += [("the name of those for whom somebody with the data acts", each.name) for each in acting_for(case)]
    return left_open(case, (*texts, *names))


def _apart(where: str, parts: list[str]) -> list[tuple[str, str]]:
    """Texts that are read as one, each with where it stands."""
    wheres = (
        ("its title, which is read together with what it is for", FOR) if where == TOGETHER else [where] * len(parts)
    )
    return list(zip(wheres, parts, strict=True))


def _doubted_parties(case: Case) -> list[Organisation]:
    return [
        party
        for party in hands(case)
        if _may_act_for_others(party.name, party.address, (*party.business, *party.bodies))
        or (party.owners and _owners_may_act_for_others(case, party))
    ]


def _owners_may_act_for_others(case: Case, party: Organisation) -> bool:
    """As of itself; an owner that is not on record may be anybody."""
    owners, unknown = behind(case, party.owners)
    return bool(unknown) or any(
        _may_act_for_others(each.name, each.address, (*each.business, *each.bodies)) for each in owners
    )


def _may_want_it(case: Case) -> list[Organisation]:
    """Who is to process or keep rows for others, in a line of business that has a use of its own for them."""
    every, parties = hands(case), case.parties
    if len(every) == len(parties) or case.application.level not in ROWS:
        return []
    return [
        each
        for each in every[len(parties) :]
        if _has_a_use_for_data(each.business)
        or (each.owners and any(_has_a_use_for_data(owner.business) for owner in behind(case, each.owners).owners))
    ]


def _of_research(case: Case) -> list[tuple[str, str]]:
    """Where something that is not coded as research speaks of it, and the text."""
    ask, agreement = case.application, case.agreement
    if not _may_be_other(case) or not _is_doubted(case):
        return []
    said = [(f"the application {ask.id}", ask.title), (FOR, ask.purpose_text)]
    said += [] if agreement is None else [(f"the agreement {agreement.id}", agreement.title),
                                          ("its objective", agreement.objective)]  # fmt: skip
    return [each for each in said if speaks_of(each[1], RESEARCH)]


def _may_be_other(case: Case) -> bool:
    """Whether it is coded as something for which research would have to ask otherwise."""
    return case.application.purpose is not Purpose.RESEARCH and case.application.level in ROWS


@kept
def _is_doubted(case: Case) -> bool:
    """Whether the texts of the application and its agreement are worth reading for any of the words: looked at once for
    all rules."""
    words = READ[commercial(case), _may_be_other(case)]
    agreed = case.facts.called(Agreement, case.application.agreement)
    said = [case.application.purpose_text, *[each.objective for each in agreed]]
    return may_speak_of(_texts(case.application, agreed), words) or any(map(in_another_language, said))


def _doubted_texts(case: Case) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """What speaks of insurance or marketing, and what is written in letters or a language that a rule does not read:
    where it stands, and its texts. Who may gain is read more strictly."""
    ask = case.application
    if not _is_doubted(case):
        return [], []
    agreed = case.facts.called(Agreement, ask.agreement)
    gains = commercial(case)
    words, innocent = (BY_WHO_GAINS, INNOCENT) if gains else (SPOKEN_OF, INNOCENT_OF_PUBLIC_BODIES)
    said = _said(ask, agreed)
    speak = [each for each in said if speaks_of("\n".join(each[1:]), words, innocent=innocent)]
    strange = [each for each in said if not readable(" ".join(each[1:])) or any(map(in_another_language, each[1:]))]
    return speak, strange


def _texts(ask: Application, agreed: tuple[Agreement, ...]) -> list[str]:
    """Everything that says in free text what the data is for; title and purpose together, since a word can be begun in
    the one and ended in the other."""
    texts = [f"{ask.title}\n{ask.purpose_text}", ask.everyone, ask.programme, *[each.reason for each in ask.fields]]
    for each in agreed:
        texts += (each.title, each.objective, each.why_extract, each.everyone, each.why_days, each.onward_sharing)
        texts += [text for benefit in each.benefits for text in (benefit.what, benefit.measure)]
    return texts


def _said(ask: Application, agreed: tuple[Agreement, ...]) -> list[tuple[str, ...]]:
    """The same after where it stands: what is read as one text, part by part."""
    said: list[tuple[str, ...]] = [(f"the application {ask.id}", ask.title), (FOR, ask.purpose_text)]
    said += [(TOGETHER, ask.title, ask.purpose_text)]
    said += [("why everybody is asked for", ask.everyone), ("its programme", ask.programme)]
    said += [(f"why {each.name} is needed", each.reason) for each in ask.fields]
    for each in agreed:
        said += [(f"the agreement {each.id}", each.title), ("its objective", each.objective)]
        said += [("why it is for an extract", each.why_extract), ("why it is about everybody", each.everyone)]
        said += [("why it states days", each.why_days), ("what may be passed on", each.onward_sharing)]
        said += [("its benefits", benefit.what, benefit.measure) for benefit in each.benefits]
    return said


def answered(case: Case) -> Finding:
    """What a rule left to a person was answered: who read it is named, and when they look again is owed."""
    by = answers(case)
    return permit(
        lambda: f"{listed(f'{each.by}, {each.role} ({day(each.on)})' for each in by)} looked at it, and recommend it.",
        used=[each.id for each in by],
        obligations=[one for each in by for one in reviewed(Recommendation, each.id, each.review, "DARS-07")],
    )


def an_answer(what: str) -> str:
    """What settles a text or a name."""
    return f"recommendations of this application, by {TWO}, that settle {what}"


def _in_trade(case: Case, party: Organisation) -> Organisation | None:
    """Itself where it is in insurance or marketing, else an owner that is."""
    every = (party, *behind(case, party.owners).owners)
    return next((each for each in every if _is_in_trade(each.business, each.bodies)), None)


@lru_cache(maxsize=MANY)
def _is_in_trade(business: tuple[str, ...], bodies: tuple[str, ...]) -> bool:
    return mention((*business, *bodies), TRADES)


@lru_cache(maxsize=MANY)
def _has_a_use_for_data(business: tuple[str, ...]) -> bool:
    return mention(business, OWN_USE)


@lru_cache(maxsize=MANY)
def _may_act_for_others(name: str, address: str, does: tuple[str, ...]) -> bool:
    if not all(legible(text) for text in (name, address, *does)):
        return True
    return mention(does, FOR_OTHERS) or mention((name,), NAMED_AFTER) or mention((address,), TRADES)


def _doubtful(case: Case, name: str, business: str) -> bool:
    known = spelt(case, name)
    trades = [business, *(trade for each in known for trade in (*each.business, *each.bodies))]
    for owners, unknown in [behind(case, named) for each in known if (named := (*each.owners, *each.acts_for))]:
        if unknown:
            return True
        trades += [text for owner in owners for text in (owner.name, *owner.business, *owner.bodies)]
    if not business.strip() or not all(legible(text) for text in (name, *trades)):
        return True
    return mention(trades, DOUBTED) or mention([name], NAMED_AFTER)
