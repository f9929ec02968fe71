"""Who gives, who receives, who else has it in hand, and who is no public body. Worked out once for a case."""

from dataclasses import dataclass
from functools import lru_cache

from openhaven.model.facts import SaidNo
from openhaven.model.quick import quickly_made
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Authority, Say
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Purpose, Route

from .case import Case, Register, Standing, kept, of_register, of_standing
from .evidence import classification, was_seen
from .owning import behind, with_owners
from .reading import MANY, bare
from .words import WORDS, is_one_of

ROWS = (Level.IDENTIFIABLE, Level.DE_IDENTIFIED)
TABLES = Level.AGGREGATE
REQUIRED = (Route.STATUTORY_DUTY, Route.COURT_ORDER)
NOT_REQUIRED = tuple(route for route in Route if route not in REQUIRED)
NOT_RESEARCH = tuple(purpose for purpose in Purpose if purpose is not Purpose.RESEARCH)


@quickly_made
@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The controllers of live data: who gives, who declined, who has not answered, whom the agreement leaves out.

    `said` holds, for each in `yes`, the authorities that say so. `asked` are all that answer for live data under the
    agreement, whatever they said: what is asked of them does not fall away because one of them declines, since a no
    never makes a use easier."""

    yes: tuple[str, ...]
    declined: tuple[str, ...]
    silent: tuple[str, ...]
    unnamed: tuple[str, ...]
    used: tuple[str, ...]
    said: tuple[tuple[Authority, ...], ...]
    asked: tuple[str, ...]


@kept
def given(case: Case) -> Given:
    """What the controllers said. One that the agreement does not name gives nothing under it, and is not asked."""
    agreement, id = case.agreement, case.application.id
    named = case.facts.having(Authority, "application", id)
    own = id if named or (SaidNo in case.facts.kinds and bare(id) in _declined(case, Say.DECLINES)) else ""
    return _given(case, (own, None if agreement is None else agreement.controllers))


@of_standing
def _given(case: Standing, asked: tuple[str, tuple[str, ...] | None]) -> Given:
    """What they said of an application (of none, where all they said is standing) under an agreement with these."""
    application, parties = asked
    yes, declined, silent, unnamed = list[str](), list[str](), list[str](), list[str]()
    used, said = list[str](), list[tuple[Authority, ...]]()
    misnamed = _misnamed(case, case.outline.dataset.id) if SaidNo in case.facts.kinds else []
    for name in sorted(set(case.facts.controllers)):
        if parties is not None and name not in parties:
            unnamed.append(name)
            continue
        every = case.facts.having(Authority, "controller", name)
        if misnamed:
            every = (*every, *(each for each in misnamed if bare(each.controller) in _spellings(case, name)))
        carrying = tuple([each for each in every if _is_about(each, application) and _carries(case, each)])
        used += [each.id for each in carrying]
        if not carrying:
            silent.append(name)
        elif Say.DECLINES in [each.says for each in carrying]:  # a no outweighs a yes
            declined.append(name)
        else:
            yes.append(name)
            said.append(carrying)
    each_asked = tuple(sorted((*yes, *declined, *silent)))
    return Given(
        tuple(yes), tuple(declined), tuple(silent), tuple(unnamed), tuple(sorted(used)), tuple(said), each_asked
    )


@of_register
def _declined(case: Register, what: Say) -> frozenset[str]:
    """The applications, by their letters and digits, of which a controller says no and not of others."""
    return frozenset([bare(each.application) for each in case.facts.every(Authority) if each.says is what]) - {""}


def _is_about(authority: Authority, application: str) -> bool:
    """Whether it is standing or about this application; a no also about one whose id differs in capitals or signs."""
    if authority.application in ("", application):
        return True
    return authority.says is Say.DECLINES and bare(authority.application) == bare(application) != ""


@of_register
def _misnamed(case: Register, dataset: str) -> list[Authority]:
    """Noes about a dataset that call a controller otherwise than by its id: a no is not missed for how its giver is
    called."""
    ids, about = set(case.facts.controllers), bare(dataset)
    return [
        each
        for each in case.facts.every(Authority)
        if each.says is Say.DECLINES and each.controller not in ids and bare(each.dataset) == about
    ]


def _spellings(case: Standing, name: str) -> set[str]:
    said = [text for each in case.facts.called(Organisation, name) for text in (each.name, each.ods)]
    return set(filter(None, map(bare, (name, *said))))


def _carries(case: Standing, authority: Authority) -> bool:
    use = case.outline
    if not case.in_force(authority.starts, authority.ends):
        return False
    if authority.says is Say.DECLINES:  # a no needs no paper
        return _declines(authority, use.dataset.id) and (use.purpose in authority.purposes or not authority.purposes)
    return authority.dataset == use.dataset.id and use.purpose in authority.purposes and was_seen(case, authority.seen)


def _declines(authority: Authority, dataset: str) -> bool:
    """Whether a no is about that dataset, however it is spelt: it is not missed for a capital letter."""
    return authority.dataset == dataset or bare(authority.dataset) == bare(dataset)


@kept
def receiving(case: Case) -> tuple[str, ...]:
    """The ids of applicant and recipient, each once."""
    applicant, recipient = case.application.applicant, case.application.recipient
    if applicant == recipient:
        return (applicant,)
    return (applicant, recipient) if applicant < recipient else (recipient, applicant)


@kept
def in_hand(case: Case) -> tuple[str, ...]:
    """The ids of all in whose hands the data will be: applicant, recipient, processors and places of storage."""
    receive, more = receiving(case), _who_processes_or_stores(case)
    return tuple(sorted((*receive, *more))) if more else receive


@kept
def _who_processes_or_stores(case: Case) -> tuple[str, ...]:
    """The ids of processors and places of storage, as far as they are not applicant or recipient."""
    receive, found = receiving(case), list[str]()
    for each in case.facts.called(Agreement, case.application.agreement):
        found += [id for id in (*each.processors, *each.storage) if id not in receive]
    return tuple(sorted({*found})) if found[1:] else tuple(found)


@kept
def hands(case: Case) -> tuple[Organisation, ...]:
    """All in whose hands the data will be, as far as they are on record: the parties, then the others by id."""
    found = [body for id in _who_processes_or_stores(case) for body in case.facts.called(Organisation, id)]
    return (*case.parties, *found) if found else case.parties


def sites(case: Case) -> tuple[str, ...]:
    """The ids of everybody who holds the data: those that answer for it and those in whose hands it will be."""
    asked = given(case).asked
    return tuple(sorted((*asked, *[id for id in in_hand(case) if id not in asked])))


@kept
def outsiders(case: Case) -> tuple[str, ...]:
    """Who is no public body of record among applicant, recipient and those who pay. A charity of record that carries on
    no business may pay. What an applicant says of them does not count, so one that is not on record is an outsider."""
    parties = [with_owners(case, each) for each in case.parties if not _public(case, each)]
    if not parties and not case.application.funders:
        return ()
    return tuple(sorted({*parties, *_who_pays_and_may_gain(case)}))


def commercial(case: Case) -> bool:
    """Whether anybody may gain commercially (DARS-07): the agreement says so, a party is neither a public body nor a
    charity that carries on no business, or somebody pays who is not known to gain nothing."""
    agreement = case.agreement
    if agreement is not None and agreement.commercial:
        return True
    for each in case.parties:
        if not _public(case, each) and not _charity(case, each):
            return True
    return bool(case.application.funders and _who_pays_and_may_gain(case))


def _who_pays_and_may_gain(case: Case) -> list[str]:
    return [each.organisation for each in case.application.funders if not _gains_nothing(case, each.organisation)]


def _gains_nothing(case: Case, name: str) -> bool:
    """Whether organisations of that id or name are on record, each a public body or a charity without a business."""
    known = {*case.facts.called(Organisation, name), *case.facts.having(Organisation, "name", name)}
    return bool(known) and all(
        (_public(case, each) or _charity(case, each)) and _gain_nothing(case, each.acts_for) for each in known
    )


def _public(case: Case, organisation: Organisation) -> bool:
    """Whether it is a public body, and nobody else owns it."""
    return _are_public(organisation.bodies) and (not organisation.owners or _gain_nothing(case, organisation.owners))


def _gain_nothing(case: Case, named: tuple[str, ...]) -> bool:
    """Whether those, who own somebody or for whom somebody acts, are public bodies or charities without a business."""
    found, unknown = behind(case, named)
    return not unknown and all(_are_public(each.bodies) or _charitable(each) for each in found)


@lru_cache(maxsize=MANY)
def _are_public(bodies: tuple[str, ...]) -> bool:
    return is_one_of(bodies, WORDS.public_bodies)


def _charity(case: Case, organisation: Organisation) -> bool:
    return _charitable(organisation) and (not organisation.owners or _gain_nothing(case, organisation.owners))


def _charitable(organisation: Organisation) -> bool:
    return not organisation.business and is_one_of(organisation.bodies, WORDS.charities)


def confidential(case: Case) -> bool:
    """Whether confidential patient information leaves: rows, unless a named person found otherwise for this kind."""
    level = case.application.level
    return level is Level.IDENTIFIABLE or (level is not TABLES and classification(case) is None)
