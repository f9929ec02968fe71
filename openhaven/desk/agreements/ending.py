"""An agreement is suspended, taken up again, ended, and what was released under it destroyed.

To stop is quick: the hold is a record at once, also while a release is made, which looks at the records once more
before anything leaves. To go on again is slow: it takes the risk owner, and begins on the next day at the earliest."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from openhaven.casework.agreeing import destroy_by
from openhaven.casework.roles import Role
from openhaven.casework.states import Action
from openhaven.desk.agreements.drawing import agreed, agreement_id
from openhaven.desk.cases import Stale, alone, as_person, check, step, words
from openhaven.desk.models import Case, Destruction, Minute, Person
from openhaven.desk.offers import name_of
from openhaven.haven import Haven
from openhaven.haven.destroyed import file_destroyed
from openhaven.haven.recording import record_noun
from openhaven.law.plainly import day, listed
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.controllers import Hold
from openhaven.records import kept, reads

SUSPENDED, ENDED = "suspension", "end"
"""The parts of a hold's id that say why it stands."""


def suspend(haven: Haven, case: Case, person: Person, text: str) -> None:
    """Stop everything under the agreement, at once. Raises BadInput where no reason is given."""
    role, text = check(haven, case, person, Action.SUSPEND), words(text)
    _hold(as_person(haven, person, role), case, role, SUSPENDED, "the agreement is suspended")
    with step(haven, case, person, Action.SUSPEND):
        _minuted(haven, case, person, Action.SUSPEND, text)


def lift(haven: Haven, case: Case, person: Person, text: str) -> None:
    """Take the agreement up again: the hold ends yesterday, or today where it began today. Whether a release is then
    permitted the engine says, as always."""
    role, text = check(haven, case, person, Action.LIFT), words(text)
    today, id = haven.today(), f"{agreement_id(case)}-{SUSPENDED}"
    found = next((each for each in reads.records_of("hold") if isinstance(each, Hold) and each.id == id), None)
    if found is not None:
        over = replace(found, ends=max(found.starts, today - dt.timedelta(days=1)))
        record_noun(as_person(haven, person, role), "hold", over)
    with step(haven, case, person, Action.LIFT):
        _minuted(haven, case, person, Action.LIFT, text)


def end(haven: Haven, case: Case, person: Person, text: str) -> None:
    """End the agreement: nothing leaves any more, and the days left for the destruction begin. Raises BadInput."""
    role, text = check(haven, case, person, Action.END), words(text)
    acting = as_person(haven, person, role)
    _hold(acting, case, role, ENDED, "the agreement has ended")
    if (now := agreed(case)) is not None and now.ends > haven.today():
        last = max(haven.today(), now.starts)
        record_noun(acting, "agreement", replace(now, ends=last), application=case.pk)
    with step(haven, case, person, Action.END):
        _minuted(haven, case, person, Action.END, text)


def _hold(acting: Haven, case: Case, role: Role, why: str, reason: str) -> None:
    """A hold on the agreement, entered without waiting for a release that is under way: that one reads it."""
    if not Case.objects.filter(pk=case.pk, version=case.version).exists():
        raise Stale("Somebody else changed this while you had it open")
    id = agreement_id(case)
    record_noun(acting, "hold", Hold(f"{id}-{why}", reason, str(role), acting.today(), agreement=id))


def _minuted(haven: Haven, case: Case, person: Person, action: Action, text: str) -> None:
    Minute.objects.create(case=case, person=person, says=action, text=text, at=haven.clock())


# --- the destruction --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Certified:
    """What the recipient certifies: the day, how, whether the backups too, which holders (ids), and what is left."""

    done: dt.date
    how: str
    backups: bool
    holders: tuple[str, ...]
    left: str = ""


def holders(agreement: Agreement) -> tuple[str, ...]:
    """Everybody who held the data: the recipient, those who keep it, and those who process it."""
    return tuple(dict.fromkeys((agreement.recipient, *agreement.storage, *agreement.processors)))


def certify(haven: Haven, case: Case, person: Person, certified: Certified) -> None:
    """The recipient's certificate. A later one takes the place of an earlier; all are kept. Raises BadInput."""
    check(haven, case, person, Action.DESTROY)
    how, left = words(certified.how), words(certified.left, needed=False)
    now = agreed(case)
    if certified.done > haven.today():
        raise BadInput("The day cannot lie ahead: certify what has been destroyed")
    if now is None or not set(certified.holders) <= set(holders(now)):
        raise BadInput("Choose from those who held the data")
    with step(haven, case, person, Action.DESTROY):
        Destruction.objects.create(
            case=case,
            person=person,
            at=haven.clock(),
            done=certified.done,
            how=how,
            backups=certified.backups,
            holders=list(certified.holders),
            left=left,
        )


def chase(haven: Haven, case: Case, person: Person, text: str) -> None:
    """Ask once more for what the recipient still has to certify: `text` says how, such as which letter went to whom. It
    stands with the agreement, and those who sign for the recipient are told by mail. Raises BadInput."""
    check(haven, case, person, Action.CHASE)
    text = words(text)
    if not still_there(case):
        raise BadInput("The certificate covers everything: look at it and record it")
    with step(haven, case, person, Action.CHASE):
        _minuted(haven, case, person, Action.CHASE, text)


def still_there(case: Case) -> tuple[str, ...]:
    """What no certificate of the recipient says to be destroyed, in words; nothing where all of it is."""
    now, last = agreed(case), case.destructions.last()
    if now is None or last is None:
        return ("what the recipient holds",)
    lacks = [f"what {id} holds" for id in holders(now) if id not in last.holders]
    return (*lacks, *([] if last.backups else ["the backups"]), *([last.left] if last.left else []))


def record_destruction(haven: Haven, case: Case, person: Person) -> Sequence[str]:
    """Accept the certificate: each file released under the agreement is recorded as destroyed. Returns the releases.

    Raises BadInput where something is still there."""
    role = check(haven, case, person, Action.CERTIFY)
    if left := still_there(case):
        raise BadInput(f"The certificate does not cover everything: {listed(left)}")
    acting, releases = as_person(haven, person, role), undestroyed(case)
    with tempfile.TemporaryDirectory() as folder, alone(acting):
        paper = Path(folder) / "certificate.txt"
        paper.write_text(certificate_text(haven, case), encoding="utf-8")
        for each in releases:
            file_destroyed(
                acting, each, certificate=paper, said_by=f"signatory of {case.destructions.last().holders[0]}"
            )
    with step(haven, case, person, Action.CERTIFY):
        pass
    return releases


def undestroyed(case: Case) -> list[str]:
    """The releases under a case's agreement whose files are not recorded as destroyed."""
    gone, id = reads.files_destroyed(), agreement_id(case)
    return [
        each.release.id
        for each in reads.releases()
        if each.release.agreement == id and each.state is kept.ReleaseState.FINISHED and each.release.id not in gone
    ]


def certificate_text(haven: Haven, case: Case) -> str:
    """The recipient's latest certificate as a document. Raises BadInput where there is none."""
    last, now = case.destructions.select_related("person").last(), agreed(case)
    if last is None or now is None:
        raise BadInput("There is no certificate yet")
    lines = [
        f"Certificate of destruction under {now.id}",
        "",
        f"Destroyed on: {day(last.done)}. Due by: {day(destroy_by(now))}.",
        f"Releases: {listed(undestroyed(case) or ['none that is not recorded as destroyed already'])}.",
        f"Destroyed by: {listed(name_of(haven, each) for each in last.holders)}.",
        f"Backups: {'destroyed too' if last.backups else 'not destroyed yet'}.",
        f"How: {last.how}",
        *([f"Still there: {last.left}"] if last.left else []),
        "",
        f"Certified by {last.person.name} for {name_of(haven, now.recipient)}.",
    ]
    return "\n".join(lines) + "\n"
