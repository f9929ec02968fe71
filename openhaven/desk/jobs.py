"""Jobs: a release is asked for, taken up by one worker under a lease, and ended with what is said of it.

A worker that falls silent loses its lease, and another takes the job up. Whether the release was made is not the job's
to say: the log is asked, by the folder that only this job gives its package."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from openhaven.desk.models import Person
from openhaven.desk.models.jobs import UNDER_WAY, Job, State, Worker
from openhaven.desk.roles import Role
from openhaven.haven import Haven
from openhaven.model.application import Application
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.plain import from_plain
from openhaven.records import kept, reads

CALLED_OFF = "It was called off. Nothing was released."
LEASE = dt.timedelta(seconds=30)
MOST_TRIES = 5
"""A job that broke off so often with its worker is stopped: somebody has to look why."""
MOST_WAITS = 30
"""A job that waited so often for witnesses, about a day, is stopped: somebody has to ask them."""
LONGEST_WAIT = dt.timedelta(hours=1)
WORKER_KEPT = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Releasable:
    """An application that was permitted, as it was decided last. `made` are its releases so far, the last one last."""

    application: Application
    decision: kept.DecisionKept
    made: tuple[kept.ReleaseKept, ...]


def releasable() -> tuple[Releasable, ...]:
    """Every application on record whose latest decision is to permit, by its id; those erased are left out."""
    latest = {each.application_id: each for each in reads.decisions()}
    releases = reads.releases()
    return tuple(
        Releasable(
            _application(found),
            found,
            tuple(each for each in releases if each.release.application == found.application_id),
        )
        for _, found in sorted(latest.items())
        if found.verdict == Verdict.PERMIT and found.application is not None
    )


def may_start(person: Person, application: Application | None = None) -> bool:
    """Case officers start releases, and nobody one that goes to an organisation that they serve too."""
    if not person.holds(Role.CASE_OFFICER):
        return False
    served = {post.organisation for post in person.posts.all()} - {""}
    return application is None or not served & {application.recipient, application.applicant}


def ask(haven: Haven, decision: str, *, by: Person, accepted: Mapping[str, Any] | None = None) -> Job:
    """Ask for a release under a permit on record. `accepted` is what a named person accepts of what it would tell.

    Raises BadInput where it is no longer the latest decision, or a job of the application is under way."""
    found = next((each for each in releasable() if each.decision.id == decision), None)
    if found is None:
        raise BadInput("this is not the latest decision on the application, or it is not to permit", where=decision)
    id = found.application.id
    try:
        with transaction.atomic():
            job = Job.objects.create(
                application=id, decision=decision, asked_by=by, asked=haven.clock(), accepted=dict(accepted or {})
            )
            job.out = str(packages(haven) / f"{id}-job-{job.number}")
            job.save(update_fields=["out"])
    except IntegrityError:
        raise BadInput(f"a release of {id} is under way already", todo="Wait until it is done.") from None
    return job


def packages(haven: Haven) -> Path:
    """The folder for the packages that the worker makes: the setting, else one beside the haven."""
    chosen = haven.settings.service.packages
    return (haven.folder / chosen).resolve() if chosen else haven.folder.with_name(f"{haven.folder.name}-packages")


def again(haven: Haven, job: Job) -> None:
    """Have a job that stopped go on: where the log holds its release, it is finished; else it is made afresh.

    Raises BadInput where it has not stopped, or another of the application is under way."""
    try:
        with transaction.atomic():
            changed = Job.objects.filter(pk=job.pk, state=State.STOPPED).update(
                state=State.WAITING,
                tries=0,
                waits=0,
                not_before=None,
                called_off=False,
                said="",
                status=None,
                asked=haven.clock(),
            )
    except IntegrityError:
        raise BadInput(f"a release of {job.application} is under way already", todo="Wait until it is done.") from None
    if not changed:
        raise BadInput(f"{job} has not stopped, so it cannot be tried again")


def withdraw(job: Job, *, now: dt.datetime) -> None:
    """Call a job off: at once where it waits, and before its next step where it runs, unless the log holds its release
    by then. Raises BadInput where it does already, or the job is over."""
    if released_by(job) is not None:
        raise BadInput("the log holds its release already, so it cannot be called off")
    waiting = Job.objects.filter(pk=job.pk, state=State.WAITING, tries=job.tries)
    if waiting.update(state=State.WITHDRAWN, ended=now, said=CALLED_OFF):
        return
    if not Job.objects.filter(pk=job.pk, state__in=sorted(UNDER_WAY)).update(called_off=True):
        raise BadInput(f"{job} is over, so it cannot be called off")


def may_call_off(job: Job) -> bool:
    """Whether a job can be called off, as far as is known now."""
    return job.under_way and not job.called_off and released_by(job) is None


def released_by(job: Job) -> kept.ReleaseKept | None:
    """The release that the log holds of a job: the one whose package goes to the job's own folder."""
    return next((each for each in reversed(reads.releases()) if each.release.out == job.out), None)


def application_of(job: Job) -> Application:
    """The application as it was decided. Raises BadInput where it was erased since."""
    found = next((each for each in reads.decisions(job.application) if each.id == job.decision), None)
    if found is None or found.application is None:
        raise BadInput("the application was erased, so nothing can be released under it", where=job.application)
    return _application(found)


def _application(found: kept.DecisionKept) -> Application:
    return from_plain(Application, found.application, where=f"application {found.application_id}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: what is said of it, the exit status that the command would have, and its release, if any."""

    state: State
    said: str
    status: int | None
    release: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A worker's hold on jobs: its id, and for how long it keeps one without saying anything."""

    worker: str
    lease: dt.timedelta = LEASE

    def next(self, now: dt.datetime) -> Job | None:
        """The first job that waits for a worker, or whose worker fell silent; it is not taken up yet."""
        silent = Q(state=State.RUNNING, lease__lt=now)
        waiting = Q(state=State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
        return Job.objects.filter(silent | waiting).order_by("number").first()

    def take(self, job: Job, now: dt.datetime) -> bool:
        """Take a job up. False where another worker was quicker."""
        as_seen = Job.objects.filter(pk=job.pk, state=job.state, worker=job.worker, tries=job.tries)
        taken = as_seen.update(
            state=State.RUNNING,
            worker=self.worker,
            lease=now + self.lease,
            tries=job.tries + 1,
            began=now,
            ended=None,
            steps=[],
            said="",
            status=None,
        )
        job.refresh_from_db()
        return bool(taken)

    def say(self, job: Job, said: str) -> None:
        """Say of a job that waits why it does."""
        if job.said != said:
            Job.objects.filter(pk=job.pk, state=State.WAITING).update(said=said)

    def beat(self, now: dt.datetime) -> None:
        """Say that this worker is there, and keep what it holds."""
        if not Worker.objects.filter(id=self.worker).update(seen=now):
            Worker.objects.create(id=self.worker, began=now, seen=now)
        self._mine().update(lease=now + self.lease)

    def step(self, job: Job, name: str, now: dt.datetime) -> bool:
        """Note that a step of the road begins. False where the job is no longer this worker's."""
        job.steps = [*job.steps, {"step": name, "at": now.isoformat()}]
        return bool(self._mine().filter(pk=job.pk).update(steps=job.steps, lease=now + self.lease))

    def end(self, job: Job, outcome: Outcome, now: dt.datetime) -> None:
        """End a job, unless it is no longer this worker's."""
        self._mine().filter(pk=job.pk).update(**asdict(outcome), ended=now, lease=None)

    def give_back(self, job: Job, said: str) -> None:
        """Let another worker take it up at once: this one was told to end."""
        self._mine().filter(pk=job.pk).update(state=State.WAITING, worker="", lease=None, said=said)

    def wait(self, job: Job, said: str, *, now: dt.datetime) -> None:
        """Let a job wait, longer each time, until a worker asks again by itself."""
        wait = min(dt.timedelta(minutes=2 ** min(job.waits, 10)), LONGEST_WAIT)
        self._mine().filter(pk=job.pk).update(
            state=State.WAITING, worker="", lease=None, said=said, tries=0, waits=job.waits + 1, not_before=now + wait
        )

    def is_called_off(self, job: Job) -> bool:
        """Whether somebody called it off while it ran."""
        return bool(self._mine().filter(pk=job.pk, called_off=True).exists())

    def leave(self) -> None:
        """This worker ends."""
        Worker.objects.filter(id=self.worker).delete()

    def _mine(self) -> Any:
        return Job.objects.filter(state=State.RUNNING, worker=self.worker)


def clear_workers(now: dt.datetime) -> None:
    """Forget workers that were killed long ago."""
    Worker.objects.filter(seen__lt=now - WORKER_KEPT).delete()


def worker_seen() -> dt.datetime | None:
    """When any worker last said that it was there; None where none is, or was in the last day."""
    return Worker.objects.order_by("-seen").values_list("seen", flat=True).first()


def jobs_of(*, application: str = "") -> Sequence[Job]:
    """Every job, or those of one application; the latest first."""
    found = Job.objects.select_related("asked_by").order_by("-number")
    return list(found.filter(application=application) if application else found)


def under_way(application: str) -> Job | None:
    """The job of an application that waits or runs, if there is one."""
    return Job.objects.filter(application=application, state__in=sorted(UNDER_WAY)).first()
