"""Every write there is. Each is one transaction that keeps the record, enters it in the log and names the operator.

All take an `act` (who, when, by which means), return the place in the log once it lasts, and raise BadInput, with
nothing written, for what does not fit the records as they stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from openhaven.log import EntryType
from openhaven.log.checkpoint import signer_ids
from openhaven.log.person_proof import BODY
from openhaven.log.rotation import read_announcement
from openhaven.model.application import Application
from openhaven.model.decision import Decision
from openhaven.model.errors import BadInput
from openhaven.model.plain import to_plain
from openhaven.model.record.kinds import KINDS, Record
from openhaven.package.manifest import entry_body
from openhaven.records import kept, logstore, models, reads
from openhaven.records.act import Act, LogPosition
from openhaven.records.format import FORMAT
from openhaven.records.guard import KeptRows
from openhaven.records.logstore import PRIVATE, OpenLog, ToEnter, acting, begin_log, empty_journal, open_log
from openhaven.vault.arrival import Delivery

FACT_TYPES = {
    "organisation": EntryType.ORGANISATION_RECORDED,
    "accreditation": EntryType.ACCREDITATION_RECORDED,
    "support": EntryType.SUPPORT_RECORDED,
    "requirement": EntryType.REQUIREMENT_RECORDED,
    "consent": EntryType.CONSENT_RECORDED,
    "consultee": EntryType.CONSULTEE_RECORDED,
    "exemption": EntryType.EXEMPTION_RECORDED,
    "objection": EntryType.OBJECTION_RECORDED,
    "document": EntryType.DOCUMENT_RECORDED,
    "territory": EntryType.TERRITORY_RECORDED,
    "agreement": EntryType.AGREEMENT_RECORDED,
    "authority": EntryType.AUTHORITY_RECORDED,
    "classification": EntryType.CLASSIFICATION_RECORDED,
    "assessment": EntryType.ASSESSMENT_RECORDED,
    "opinion": EntryType.OPINION_RECORDED,
    "recommendation": EntryType.RECOMMENDATION_RECORDED,
    "partnership": EntryType.PARTNERSHIP_RECORDED,
    "notice": EntryType.NOTICE_RECORDED,
    "hold": EntryType.HOLD_RECORDED,
    "breach": EntryType.BREACH_RECORDED,
    "dataset": EntryType.DATASET_DESCRIBED,
}
"""The log's type for each kind of fact."""


def begin(*, origin: str, act: Act) -> None:
    """Begin the records of a new haven: two empty logs, that of this origin and the private one. Only once."""
    if models.Head.objects.exists():
        raise BadInput("the records have begun already", todo="Choose another folder for a new haven.")
    with begin_log(act=act, origin=origin):
        models.Format.objects.create(id=1, version=FORMAT)


def bring_up_to_date(*, origin: str, act: Act) -> None:
    """Give older records what new ones begin with, once their tables are there: it is `haven upgrade` that says so."""
    with begin_log(act=act, origin=origin):
        models.Format.objects.update(version=FORMAT)


def keep_cosigned(size: int, note: str) -> None:
    """Keep a checkpoint of this log as witnesses cosigned it. No entry of its own, and so no act: see the table."""
    logstore.keep_cosigned(size, note)


def record_look_up(*, look_up: kept.LookUp, act: Act) -> LogPosition:
    """Enter a look-up in the private log. The act's own time is that of the period: the instant is in the body."""
    return record_look_ups(look_ups=[look_up], act=act)


def record_look_ups(*, look_ups: Sequence[kept.LookUp], act: Act) -> LogPosition:
    """Enter the look-ups of one act together, each an entry of its own. Returns where the last stands."""
    with acting(act, on=PRIVATE) as log:
        return log.append_all([_looked_up(to_plain(each)) for each in look_ups])


def enter_private_head(*, act: Act, period: dt.datetime, filling: int) -> LogPosition:
    """Close a period of the private log: fill it up to a multiple of `filling`, then enter its head in the public
    log, in one transaction. `period` is the instant at which the period began: all of its entries state it, so that
    those which only fill cannot be told from the others. A period is never without entries.

    It says too how far the log's tiles were written by then: of that the haven has nothing else that is signed."""
    with acting(act) as public:
        private = open_log(replace(act, now=period), on=PRIVATE)
        full = private.head.size // filling + 1
        private.fill_up(_looked_up({}), to=full * filling)
        plain = {"size": private.head.size, "root": bytes(private.head.root).hex(), "tiles": logstore.size_written()}
        return public.append(ToEnter(EntryType.PRIVATE_HEAD, ids={}, plain={kept.PRIVATE_HEAD: plain}))


def _looked_up(plain: Mapping[str, Any]) -> ToEnter:
    return ToEnter(EntryType.LOOKED_UP, ids={}, plain={kept.LOOK_UP: plain})


def record_settings(*, now: Mapping[str, Any], changes: Sequence[kept.SettingChanged], act: Act) -> LogPosition:
    """Record which settings changed, from what to what, and all of them as they are now. A change of the law is told
    by the entry itself, which is public."""
    law = next((str(each.now).replace(" ", "/") for each in changes if each.setting == kept.LAW), "")
    with acting(act) as log:
        plain = {"settings": dict(now), "changed": [to_plain(each) for each in changes]}
        return log.append(ToEnter(EntryType.SETTINGS_CHANGED, ids={kept.LAW: law}, plain={kept.SETTINGS: plain}))


def record_fact(*, kind: str, record: Record, act: Act, file_sha256: str = "") -> LogPosition:
    """Record a fact, or a later version of it: the latest wins, and all are kept. `file_sha256` is of a file that the
    fact relies on and the vault holds; only a salted commitment to it is public."""
    if KINDS.get(kind) is not type(record):
        raise BadInput(f"{type(record).__name__} is not the noun of {kind!r}", todo=f"Kinds: {', '.join(KINDS)}.")
    with acting(act) as log:
        version = models.Fact.objects.filter(kind=kind, record=record.id).count() + 1
        plain: dict[str, Any] = {"record": {"kind": kind, "version": version, "record": to_plain(record)}}
        if file_sha256:
            plain[kept.FILE] = {"sha256": file_sha256}
        return _keep(log, models.Fact, ToEnter(FACT_TYPES[kind], ids={kind: record.id}, plain=plain))


def record_delivery(*, delivery: Delivery, act: Act) -> LogPosition:
    """Record a delivery that the vault holds whole; where it `replaces` another, that one is live no more."""
    with acting(act) as log:
        if delivery.replaces:
            _check_replaceable(delivery)
        _check_new(models.Delivery, delivery.id, what="delivery")
        type = EntryType.DELIVERY_REPLACED if delivery.replaces else EntryType.DELIVERY_ACCEPTED
        ids = {"delivery": delivery.id} | _ids(delivery, "dataset", "controller", "replaces")
        return _keep(log, models.Delivery, ToEnter(type, ids=ids, plain={"delivery": to_plain(delivery)}))


def record_optout_question(*, question: kept.OptOutQuestion, act: Act) -> LogPosition:
    """Record what was asked of an opt-out list: a count and a digest, never the numbers."""
    with acting(act) as log:
        _check_new(models.OptOutQuestion, question.id, what="question")
        ids = {"list": question.list, "question": question.id}
        asked = ToEnter(EntryType.OPTOUTS_ASKED, ids=ids, plain={"question": to_plain(question)})
        return _keep(log, models.OptOutQuestion, asked)


def record_optout_answer(*, answer: kept.OptOutAnswer, act: Act) -> LogPosition:
    """Record that a list was loaded, and which question it answers."""
    with acting(act) as log:
        _check_new(models.OptOutAnswer, answer.id, what="list")
        if answer.question:
            _check_open(answer)
        ids = {"list": answer.list, "answer": answer.id, "question": answer.question}
        loaded = ToEnter(EntryType.OPTOUTS_LOADED, ids=ids, plain={"answer": to_plain(answer)})
        return _keep(log, models.OptOutAnswer, loaded)


def record_decision(*, decision: Decision, application: Application, act: Act) -> LogPosition:
    """Record a decision, whatever its verdict, with the application as it was decided.

    Its id is `<application>.<n>`, n counting the decisions on that application from 1.
    """
    if decision.application != application.id:
        raise BadInput(f"the decision is on {decision.application}, not on {application.id}")
    with acting(act) as log:
        version = models.DecisionRecord.objects.filter(application=application.id).count() + 1
        ids = {"application": application.id, "decision": f"{application.id}.{version}"}
        bodies = {
            "decision": {"version": version, "decision": decision.as_plain()},
            "application": to_plain(application),
        }
        decided = ToEnter(EntryType.DECIDED, ids=ids | _ids(application, "agreement", "dataset"), plain=bodies)
        return _keep(log, models.DecisionRecord, decided)


def enter_release(
    *,
    release: kept.Release,
    certificate: Mapping[str, Any],
    act: Act,
    people: Mapping[str, Any] | None = None,
    memory: Mapping[str, Any] | None = None,
) -> LogPosition:
    """Enter a release in the log, before its key is given. `certificate` is the full one, as plain data; `people` says
    size and root of the tree of people's tags; `memory` what later releases are compared with.

    The position's `bodies["manifest"].salt` is what the package needs to show that the entry is its own.
    """
    with acting(act) as log:
        _check_new(models.Release, release.id, what="release")
        if release.replaces:
            _check_former(release)
        ids = {"release": release.id}
        ids |= _ids(release, "application", "agreement", "dataset", "recipient", "decision", "replaces")
        bodies = {"release": to_plain(release), "certificate": dict(certificate)}
        bodies |= {} if people is None else {BODY: dict(people)}
        bodies |= {} if memory is None else {kept.MEMORY: dict(memory)}
        given = {"manifest": entry_body(release.manifest_sha256)}
        return _keep(log, models.Release, ToEnter(EntryType.RELEASED, ids=ids, plain=bodies, given=given))


def finish_release(*, release: str, act: Act) -> LogPosition:
    """Record that the package of an entered release was handed over, with its key."""
    return _end(release, state=kept.ReleaseState.FINISHED, reason="", act=act)


def abandon_release(*, release: str, reason: str, act: Act) -> LogPosition:
    """Record that an entered release was given up before its key was given, and why."""
    return _end(release, state=kept.ReleaseState.ABANDONED, reason=reason, act=act)


def record_identifiers_destroyed(*, release: str, destroyed: Mapping[str, Any], act: Act) -> LogPosition:
    """Record that the identifiers sent for matching were destroyed; `destroyed` says what and how, without them."""
    with acting(act) as log:
        bodies = {"destruction": {"release": release, "destroyed": dict(destroyed)}}
        said = ToEnter(EntryType.IDENTIFIERS_DESTROYED, ids={"release": release}, plain=bodies)
        return _keep(log, models.IdentifiersDestroyed, said)


def record_scope_destroyed(*, scope: str, certificate: Mapping[str, Any], act: Act) -> LogPosition:
    """Record that the secret of a pseudonym scope is destroyed; `certificate` says why, how, and what it leaves."""
    with acting(act) as log:
        if scope in reads.scopes_destroyed():
            raise BadInput(f"scope {scope} is destroyed already")
        ids, plain = {"scope": scope}, {kept.SCOPE_DESTRUCTION: dict(certificate)}
        return log.append(ToEnter(EntryType.SCOPE_DESTROYED, ids=ids, plain=plain))


def record_file_destroyed(*, release: str, said: Mapping[str, Any], act: Act) -> LogPosition:
    """Record that the recipient certified the file of a release as destroyed; `said` is by whom, and of what paper."""
    with acting(act) as log:
        ids, plain = {"release": release}, {"file_destruction": dict(said)}
        return log.append(ToEnter(EntryType.FILE_DESTROYED, ids=ids, plain=plain))


def record_correction(*, correction: kept.Correction, act: Act) -> LogPosition:
    """Enter what an earlier entry should have said. That entry and its bodies stay as they are."""
    with acting(act) as log:
        if not models.Entry.objects.filter(index=correction.entry).exists():
            raise BadInput(f"the log has no entry {correction.entry}")
        ids = {"entry": str(correction.entry), "body": correction.body}
        return log.append(ToEnter(EntryType.CORRECTION, ids=ids, plain={kept.CORRECTION: to_plain(correction)}))


def record_key_rotated(*, announcement: str, key: str, because: str, act: Act) -> LogPosition:
    """Enter that a key took the place of another. From this entry on the act's key signs both logs' heads."""
    rotation = read_announcement(announcement)
    with acting(act) as log:
        if key == kept.LOG_KEY:
            if signer_ids(log.head.note) != {rotation.old.key_id}:
                raise BadInput("this is not the rotation of the key that signed the log so far")
            private = open_log(act, on=PRIVATE)
            log.rotating = private.rotating = True
            private.sign_again()
        ids = {"key": key, "old": rotation.old.key_id.hex(), "new": rotation.new.key_id.hex()}
        plain = {kept.KEY_ROTATION: {"note": announcement, "because": because}}
        return log.append(ToEnter(EntryType.KEY_ROTATED, ids=ids, plain=plain))


def reissue_certificate(*, reissued: kept.Reissued, certificate: Mapping[str, Any], act: Act) -> LogPosition:
    """Enter a certificate that is issued again. It commits to the manifest under which it goes out."""
    with acting(act) as log:
        bodies = {"reissued": to_plain(reissued), "certificate": dict(certificate)}
        given = {"manifest": entry_body(reissued.manifest_sha256)}
        ids = {"release": reissued.release}
        return log.append(ToEnter(EntryType.CERTIFICATE_REISSUED, ids=ids, plain=bodies, given=given))


def erase_body(*, index: int, name: str, reason: str, act: Act) -> LogPosition:
    """Erase a body that the haven works from no more, and its salt with it; the entry that committed to it stays.

    In SQLite nothing of it is left in the file. PostgreSQL keeps dead rows until VACUUM, and archives as it is told."""
    with acting(act) as log:
        body = _check_erasable(index, name)
        ids = {"entry": str(index), "body": name}
        position = log.append(ToEnter(EntryType.BODY_ERASED, ids=ids, plain={"erasure": {"reason": reason}}))
        body.update(data=b"", salt=b"", erased_by=position.index)
    empty_journal()
    return position


def erase_look_up(*, index: int, name: str, reason: str, act: Act) -> LogPosition:
    """Erase a body of the private log, as `erase_body` does one of the public log. Who erased it
    and why are bodies of the erasure's own entry, and stay."""
    with acting(act, on=PRIVATE) as log:
        body = models.PrivateBody.objects.filter(entry_id=index, name=name)
        _check_erased_by_nothing(body, name, where=f"entry {index} of the private log")
        if models.PrivateEntry.objects.filter(index=index, type=str(EntryType.BODY_ERASED)).exists():
            raise BadInput("who erased something, and why, stays", where=f"entry {index} of the private log")
        ids = {"entry": str(index), "body": name}
        position = log.append(ToEnter(EntryType.BODY_ERASED, ids=ids, plain={"erasure": {"reason": reason}}))
        body.update(data=b"", salt=b"", erased_by=position.index)
    empty_journal()
    return position


def _keep(log: OpenLog, model: type[models.Indexed], what: ToEnter) -> LogPosition:
    position = log.append(what)
    model.objects.create(entry_id=position.index, **model.columns(what.plain[model.BODY]))
    return position


def _ids(noun: object, *names: str) -> dict[str, str]:
    return {name: getattr(noun, name) for name in names}


def _end(release: str, *, state: kept.ReleaseState, reason: str, act: Act) -> LogPosition:
    with acting(act) as log:
        if not models.Release.objects.filter(id=release).exists():
            raise BadInput(f"there is no release {release}")
        if former := models.ReleaseEnd.objects.filter(release=release).first():
            raise BadInput(f"release {release} is {former.state} already")
        type = EntryType.RELEASE_FINISHED if state is kept.ReleaseState.FINISHED else EntryType.RELEASE_ABANDONED
        plain = {"release": release, "state": state.value, "reason": reason}
        ended = ToEnter(type, ids={"release": release, "step": state.value}, plain={"ending": plain})
        return _keep(log, models.ReleaseEnd, ended)


def _check_new(model: type[models.Indexed], id: str, *, what: str) -> None:
    if model.objects.filter(id=id).exists():
        raise BadInput(f"{what} {id} is recorded already")


def _check_open(answer: kept.OptOutAnswer) -> None:
    """A question is answered once, and no more once a later one was asked: an old reply is not the answer to it."""
    where = f"list {answer.list}"
    asked = models.OptOutQuestion.objects.filter(list=answer.list).order_by("entry_id")
    question = asked.filter(id=answer.question).first()
    if question is None:
        raise BadInput(f"no question {answer.question} was asked of this list", where=where)
    if later := asked.filter(entry_id__gt=question.entry_id).last():
        raise BadInput(f"{later.id} was asked after {answer.question}", where=where)
    if models.OptOutAnswer.objects.filter(list=answer.list, entry_id__gt=question.entry_id).exists():
        raise BadInput(f"{answer.question} was answered already", where=where, todo="Ask again.")


def _check_replaceable(delivery: Delivery) -> None:
    former = models.Delivery.objects.filter(id=delivery.replaces).first()
    where = f"delivery {delivery.id}"
    if former is None:
        raise BadInput(f"there is no delivery {delivery.replaces} to replace", where=where)
    if (former.dataset, former.controller) != (delivery.dataset, delivery.controller):
        raise BadInput(
            f"{delivery.replaces} is of dataset {former.dataset} and controller {former.controller}", where=where
        )
    if later := models.Delivery.objects.filter(replaces=delivery.replaces).first():
        raise BadInput(f"{delivery.replaces} was replaced already, by {later.id}", where=where)


def _check_former(release: kept.Release) -> None:
    where = f"release {release.id}"
    former = models.Release.objects.filter(id=release.replaces, agreement=release.agreement).first()
    if former is None or not models.ReleaseEnd.objects.filter(release=former.id, state="finished").exists():
        raise BadInput(f"no finished release {release.replaces} under this agreement to replace", where=where)
    for later in models.Release.objects.filter(replaces=release.replaces):
        if not models.ReleaseEnd.objects.filter(release=later.id, state="abandoned").exists():
            raise BadInput(f"{release.replaces} is replaced already, by {later.id}", where=where)


def _check_erasable(index: int, name: str) -> KeptRows:
    """A body that decisions and releases are still made from stays: a hold that is forgotten would be a hold lifted."""
    body = models.Body.objects.filter(entry_id=index, name=name)
    where = f"entry {index}"
    _check_erased_by_nothing(body, name, where=where)
    if models.Entry.objects.filter(index=index, type=str(EntryType.BODY_ERASED)).exists():
        raise BadInput("who erased something, and why, stays", where=where)
    fact = models.Fact.objects.filter(entry_id=index).first() if name in (models.Fact.BODY, kept.FILE) else None
    if fact and not models.Fact.objects.filter(kind=fact.kind, record=fact.record, version__gt=fact.version).exists():
        raise BadInput(f"{fact.kind} {fact.record} is in use", where=where, todo="Record a later version first.")
    if name == kept.SETTINGS and not _entered_later(index, EntryType.SETTINGS_CHANGED):
        raise BadInput("these settings are in force", where=where)
    if name in _WORKED_FROM:
        raise BadInput(f"the haven works from its {name!r}", where=where)
    return body


def _check_erased_by_nothing(body: KeptRows, name: str, *, where: str) -> None:
    if not body.exists():
        raise BadInput(f"it has no body named {name!r}", where=where)
    if not body.filter(erased_by=None).exists():
        raise BadInput(f"its body {name!r} is erased already", where=where)


def _entered_later(index: int, type: EntryType) -> bool:
    return models.Entry.objects.filter(index__gt=index, type=str(type)).exists()


_WORKED_FROM = {each for each in models.INDEXED if each not in (models.Fact.BODY, models.DecisionRecord.BODY)} | {
    BODY,
    kept.MEMORY,
    kept.KEY_ROTATION,
    kept.PRIVATE_HEAD,
}
