"""A release from a permitted application to a package handed over: travel, certify, package, enter, then the key.

Staging lies in the haven's work folder until the log holds the entry. A break before that leaves nothing; a break
after it is finished by `haven release --resume`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from openhaven.disclosure.figures_before import MeasuredTable
from openhaven.disclosure.moved import any_rule_named
from openhaven.engines import Engine
from openhaven.haven.accepting import Accepted, stated
from openhaven.haven.consents import consents_of
from openhaven.haven.deciding import (
    Decided,
    decide_on,
    deliveries_held,
    leave_outcome,
    organisation,
    record,
    write_outcome,
)
from openhaven.haven.handing_over import (
    Tell,
    after_break,
    hand_over,
    read_state,
    write_state,
)
from openhaven.haven.ledgers import keep, ledgers_of
from openhaven.haven.looking import look_up
from openhaven.haven.people import CohortFile, listed_people
from openhaven.haven.place import Haven, staging
from openhaven.haven.remembering import Asked, files_held, measured_before, remember
from openhaven.haven.scopes import key_of_scope, scope_of
from openhaven.haven.standing import check_held, check_unchanged, check_whole, made_under
from openhaven.haven.supplies import may_flow, objectors, places, restricted_lists
from openhaven.haven.tags import keep_tree, tree_of_people
from openhaven.haven.witnesses import check_witnesses, policy_words
from openhaven.identity.cell_keys import keys_of_records
from openhaven.law.provisions import PROVISIONS
from openhaven.model.application import Application
from openhaven.model.certificate import Certificate
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput, Unmet
from openhaven.model.obligation import (
    DestroyIdentifiers,
    EncryptTo,
    Figures,
    NationalOptOut,
    OnlyConsenting,
    PseudonymScope,
    Replace,
    SmallNumbers,
)
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Precision
from openhaven.package.build import PackageInput, build
from openhaven.package.certificate import as_json, full
from openhaven.package.page import Naming, as_html
from openhaven.records import kept, reads, writes
from openhaven.release import certificate as certificates
from openhaven.release.cohort import report
from openhaven.release.figures import measured_field
from openhaven.release.ledger_file import KeptLedgers
from openhaven.release.made import Made
from openhaven.release.measure import certify, check_measurable
from openhaven.release.plan import one
from openhaven.release.road import Supplies, output, travel


@dataclass(frozen=True, slots=True)
class Released:
    """What a release left: the package's folder and its place in the log; `out` alone where nothing was permitted."""

    decided: Decided
    out: Path
    release: str = ""
    index: int = -1
    certificate: Certificate | None = None
    destroyed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToRelease:
    """What shall be released: an application, `source` its file, `out` a folder that must not exist; `accepted` what a
    named person accepts of what it would tell beside an earlier release."""

    application: Application
    source: Path
    out: Path
    accepted: Accepted | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    """A release under way: its id, the decision it is made under, its staging folder, and the file of people sent."""

    haven: Haven
    asked: ToRelease
    decided: Decided
    id: str
    stage: Path
    people: CohortFile | None
    tell: Tell


def release(haven: Haven, asked: ToRelease, *, tell: Tell) -> Released:
    """Decide, then the whole road.

    Raises Referred when a person has to decide, Unmet when an obligation cannot be met: then nothing leaves and nothing
    is entered but the decision."""
    application, out = asked.application, asked.out
    _check_place(haven, out)
    _check_none_unfinished(application)
    tell("decide")
    check_whole(haven)
    check_witnesses(haven.settings, log=haven.log_key)
    decided = record(haven, decide_on(haven, application, haven.today()))
    if decided.decision.verdict is not Verdict.PERMIT:
        leave_outcome(decided, out)
        return Released(decided, out)
    check_measurable(decided.decision.obligations)
    id = f"{application.id}.R{sum(each.release.application == application.id for each in reads.releases()) + 1}"
    stage = haven.work / staging(id)
    try:
        stage.mkdir(mode=0o700)
        people = CohortFile.of(haven, application, asked.source)
        begun = _Begun(haven, asked, decided, id, stage, people, tell)
        certificate = _make(begun)
        _check_once_more(haven, decided, stage)
        position = _enter(begun, certificate)
        destroyed = hand_over(haven, id, tell)
    except BaseException as error:
        after_break(id, stage, error)
        raise
    return Released(decided, out, id, position, certificate, destroyed)


def _check_place(haven: Haven, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder for the package.")
    if out.resolve().is_relative_to(haven.folder.resolve()):
        raise BadInput("lies inside the haven, among its own files", where=str(out), todo="Name another folder.")


def _check_none_unfinished(application: Application) -> None:
    """One package for one release: a second is not begun while the first waits to be handed over."""
    for each in reads.unfinished_releases():
        if each.release.application == application.id:
            raise BadInput(
                f"release {each.release.id} is in the log and not handed over yet",
                todo="Finish it first: haven release --resume",
            )


def _make(begun: _Begun) -> Certificate:
    haven, decided, stage, tell = begun.haven, begun.decided, begun.stage, begun.tell
    check_held(haven, decided.facts.dataset.id)
    _enter_look_up(haven, decided, begun.id, people=begun.people)
    before = ledgers_of(haven, decided.facts.dataset.id)
    with haven.engine() as engine:
        made = travel(decided.decision, _supplies(begun, engine, before), stage, tell=tell)
        tell("earlier releases")
        memory = remember(haven, Asked(decided, begun.id, made, before, begun.asked.accepted), stage)
        tell("certify")
        certified = certify(made)
        heading = _heading(haven, decided, begun.id)
        certificate = stated(certificates.certificate(made, certified, output(made), heading), memory)
        tell("tags")
        tree = tree_of_people(haven, made, begun.id)
    tell("package")
    built = build(_package(haven, decided, made, certificate), stage / "package")
    _keep_faces(haven, decided, made, certificate, stage)
    tree_kept = keep_tree(haven, tree, stage / "controllers", release=begun.id)
    state = {
        "people": tree_kept,
        "memory": memory,
        "identity": built.identity,
        **made_under(haven, decided),
        "manifest": built.manifest_sha256,
        "body": built.body.hex(),
        "recoding": {name: str(step) for name, step in made.recoding.items()},
    }
    write_state(stage, state | _people_file(begun.people))
    made.path.unlink()
    return certificate


def _people_file(people: CohortFile | None) -> dict[str, Any]:
    size = people.path.stat().st_size if people else 0
    return {"people_file": str(people.path) if people else "", "people_bytes": size}


def _enter_look_up(haven: Haven, decided: Decided, id: str, *, people: CohortFile | None) -> None:
    why = f"release {id}"
    look_up(haven, kept.Looked.CONTENT, of=decided.application.dataset, why=why)
    if people is not None:
        look_up(haven, kept.Looked.PEOPLE_FILE, of=f"application {decided.application.id}", why=why)


def _supplies(begun: _Begun, engine: Engine, before: KeptLedgers) -> Supplies:
    haven, decided = begun.haven, begun.decided
    obligations, dataset = decided.decision.obligations, decided.facts.dataset
    consenting = one(OnlyConsenting, obligations)
    return Supplies(
        engine=engine,
        dataset=dataset,
        held=deliveries_held(haven, dataset),
        on=decided.decision.on,
        places=places(haven),
        answer=may_flow(haven, one(NationalOptOut, obligations)),
        objectors=objectors(haven, decided),
        scope_key=partial(key_of_scope, haven),
        listed=listed_people(begun.people),
        consents=consents_of(haven.vault, consenting),
        restricted=restricted_lists(haven),
        agreed=_agreed_recoding(decided),
        ledgers=(before.rows, before.people),
        files=files_held(haven, decided, before) if one(SmallNumbers, obligations) else (),
        measured=_measured_before(haven, decided),
        record_keys=partial(keys_of_records, haven.keys.master),
    )


def _measured_before(haven: Haven, decided: Decided) -> tuple[MeasuredTable, ...]:
    asked = one(Figures, decided.decision.obligations)
    field = measured_field(asked) if isinstance(asked, Figures) else ""
    return measured_before(haven, decided.application.dataset, field) if field else ()


def _agreed_recoding(decided: Decided) -> Mapping[str, Precision] | None:
    """The recoding of the release that this one replaces, None at the first delivery."""
    replaces = one(Replace, decided.decision.obligations)
    if not isinstance(replaces, Replace):
        return None
    former = next(each for each in decided.facts.former if each.id == replaces.release)
    return dict(former.recoding)


def _heading(haven: Haven, decided: Decided, id: str) -> certificates.Heading:
    application = decided.application
    return certificates.Heading(
        release=id,
        title=application.title,
        purpose=f"{application.purpose}: {application.purpose_text}",
        agreement=application.agreement,
        recipient=organisation(decided.facts, application.recipient).name,
        made_on=haven.today(),
        witness=policy_words(haven.settings),
    )


def _naming(decided: Decided) -> Naming:
    organisations = {each.id: each.name for each in decided.facts.every(Organisation)}
    return Naming(provisions={id: each.title for id, each in PROVISIONS.items()}, organisations=organisations)


def _package(haven: Haven, decided: Decided, made: Made, certificate: Certificate) -> PackageInput:
    return PackageInput(
        certificate=certificate,
        rule=any_rule_named(haven.settings.policy.table_rule).show,
        naming=_naming(decided),
        data=made.path,
        letter=decided.letter.html,
        key=haven.signing_key,
        signer=haven.keys.sign,
        released_by=haven.settings.haven.operator,
        dataset=decided.facts.dataset.title,
        conditions=f"Under agreement {decided.application.agreement}; see the certificate.",
        recoding=made.protected.left.as_plain() if made.protected and made.protected.left else None,
    )


def _keep_faces(haven: Haven, decided: Decided, made: Made, certificate: Certificate, stage: Path) -> None:
    """The controllers' face, the letter and, where people were matched, the match report."""
    folder = stage / "controllers"
    folder.mkdir()
    face = full(certificate)
    (folder / "certificate-full.json").write_bytes(as_json(face))
    (folder / "certificate-full.html").write_text(as_html(face, naming=_naming(decided)), encoding="utf-8")
    write_outcome(decided, folder)
    if made.outcomes:
        (folder / "match-report.csv").write_text(report(made.outcomes), encoding="utf-8")


def _check_once_more(haven: Haven, decided: Decided, stage: Path) -> None:
    """The records, the decision and the opt-outs as of this moment; any difference stops the release."""
    check_whole(haven)
    check_unchanged(haven, decided, read_state(stage))


def _enter(begun: _Begun, certificate: Certificate) -> int:
    haven, decided, id, stage = begun.haven, begun.decided, begun.id, begun.stage
    state = read_state(stage)
    replaces = one(Replace, decided.decision.obligations)
    entered = kept.Release(
        id=id,
        application=decided.application.id,
        agreement=decided.application.agreement,
        dataset=decided.application.dataset,
        recipient=decided.application.recipient,
        decision=decided.id,
        manifest_sha256=state["manifest"],
        out=str(begun.asked.out.resolve()),
        recoding=tuple((name, Precision(step)) for name, step in sorted(state["recoding"].items())),
        replaces=replaces.release if isinstance(replaces, Replace) else "",
        **scope_of(haven, one(PseudonymScope, decided.decision.obligations)),
    )
    to = one(EncryptTo, decided.decision.obligations)
    if not isinstance(to, EncryptTo):
        raise Unmet("the decision names no key of the recipient, and nothing leaves unencrypted")
    destroy = one(DestroyIdentifiers, decided.decision.obligations) is not None
    write_state(stage, {**state, "age_key": to.age_key, "destroy": destroy, "out": entered.out})
    keep(haven, entered.dataset, id, stage)
    bodies = {"people": state["people"], "memory": state["memory"]}
    return writes.enter_release(release=entered, certificate=full(certificate), **bodies, act=haven.act()).index
