"""Both sides sign: the recipient's signatory, then the risk owner for the haven. Then, and only then, the agreement is
a record, and the engine decides with it.

Whoever signs signs terms and words as they were shown, by their SHA-256. Nobody signs for both sides."""

from __future__ import annotations

from dataclasses import dataclass

from openhaven.casework.agreeing import signed
from openhaven.casework.states import Action, State
from openhaven.desk.agreements.drawing import agreement_id, supposed, waiting
from openhaven.desk.cases import NotAllowed, Stale, alone, as_person, check, step
from openhaven.desk.models import AgreementVersion, Case, Person, Side, Signature
from openhaven.desk.offers import offered_to
from openhaven.desk.provisional import application, decided
from openhaven.haven import Haven
from openhaven.haven.deciding import record as record_decision
from openhaven.haven.recording import record_noun
from openhaven.law.explaining import reason, unsettled, what_would_change_it
from openhaven.law.plainly import listed
from openhaven.model.decision import Decision, Verdict
from openhaven.model.errors import BadInput
from openhaven.records import reads


@dataclass(frozen=True, slots=True)
class Shown:
    """The version that a person saw when they signed, by its digest."""

    sha256: str


def sign(haven: Haven, case: Case, person: Person, shown: Shown) -> Signature:
    """Sign for the recipient. Raises BadInput where nothing waits, Stale where another version was seen."""
    role = check(haven, case, person, Action.SIGN)
    version = _to_be_signed(case, shown)
    if version.signature(Side.RECIPIENT) is not None:
        raise BadInput("This version is signed for the recipient already")
    with step(haven, case, person, Action.SIGN, what=f"version {version.number}"):
        return _signed(haven, version, person, Side.RECIPIENT, role)


def countersign(haven: Haven, case: Case, person: Person, shown: Shown) -> Signature:
    """Sign for the haven: the agreement is entered, and the engine's decision with it. Raises BadInput where the
    recipient has not signed yet, or the engine does not permit the use with what would be signed."""
    role = check(haven, case, person, Action.COUNTERSIGN)
    version = _to_be_signed(case, shown)
    theirs = version.signature(Side.RECIPIENT)
    if theirs is None:
        raise BadInput("The recipient has not signed this version yet")
    if theirs.person_id == person.pk:
        raise NotAllowed("You have signed this for the recipient, and nobody signs for both sides")
    agreement = signed(version.agreement, version=version.number, digest=version.sha256, by=str(role),
                       on=haven.today())  # fmt: skip
    check_permitted(supposed(haven, case, agreement).decision)
    acting = as_person(haven, person, role)
    with alone(acting):
        if not Case.objects.filter(pk=case.pk, version=case.version).exists():
            raise Stale("Somebody else changed this while you had it open")
        record_noun(acting, "agreement", agreement, application=case.pk)
    named = {**case.answers, "agreement": {"agreement": agreement.id}}
    with step(haven, case, person, Action.COUNTERSIGN, what=f"version {version.number}", answers=named):
        made = _signed(haven, version, person, Side.HAVEN, role)
    _replace_amended(haven, case, person)
    enter_decision(acting, case)
    return made


def check_permitted(decision: Decision) -> None:
    """Raises BadInput, with what is missing, where the engine does not permit it."""
    if decision.verdict is Verdict.PERMIT:
        return
    missing = what_would_change_it(decision)
    because = [reason(found) for each in unsettled(decision) for found in each.findings][:3]
    said = f"What is missing: {listed(missing)}" if missing else " ".join(because)
    raise BadInput(f"The engine does not permit this use with what would be signed, so it cannot be in force. {said}")


def enter_decision(haven: Haven, case: Case) -> bool:
    """Enter the engine's decision under the agreement in force. Whether it was: where the term has not begun it waits,
    and the day's work enters it."""
    asked = application(case, offered_to(haven, case.organisation))
    found = decided(haven, asked)
    if found.decision.verdict is not Verdict.PERMIT:
        return False
    with alone(haven):
        record_decision(haven, found)
    return True


def enter_due_decisions(haven: Haven) -> int:
    """Enter the decisions of agreements whose term has begun since they were signed; how many."""
    found = Case.objects.filter(state=State.IN_FORCE)
    return sum(enter_decision(haven, each) for each in found if not _is_entered(each))


def _is_entered(case: Case) -> bool:
    """Whether a decision under the case's agreement is on record."""
    latest = next(reversed(reads.decisions(case.pk)), None)
    return bool(latest and latest.application and latest.application.get("agreement") == agreement_id(case))


def _to_be_signed(case: Case, shown: Shown) -> AgreementVersion:
    version = waiting(case)
    if version is None:
        raise BadInput("No version waits for a signature")
    if version.sha256 != shown.sha256:
        raise Stale("Another version was drawn up while you had this one open: read it first")
    return version


def _signed(haven: Haven, version: AgreementVersion, person: Person, side: Side, role: str) -> Signature:
    return Signature.objects.create(version=version, side=side, person=person, role=role, sha256=version.sha256,
                                    at=haven.clock())  # fmt: skip


def _replace_amended(haven: Haven, case: Case, person: Person) -> None:
    """The case that this one amends ends with it: its agreement is the new one by now."""
    former = case.amends
    if former is not None and former.stands in (State.IN_FORCE, State.SUSPENDED):
        with step(haven, former, person, Action.REPLACE, what=case.pk):
            pass
