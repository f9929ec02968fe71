"""What a worker does once a day: looks whether the log is whole, reminds of what falls due of agreements, and forgets
what has run out.

And what is done with a haven that came back from a backup: nothing that was under way then goes on by itself."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection

from openhaven.desk import shortly, sign_ins
from openhaven.desk.agreements.falling_due import remind
from openhaven.desk.agreements.signing import enter_due_decisions
from openhaven.desk.jobs import LEASE, clear_workers, worker_seen
from openhaven.desk.models import Invitation, Token
from openhaven.desk.models.jobs import UNDER_WAY, Job, State
from openhaven.desk.models.upkeep import Checkup
from openhaven.desk.patients import visits
from openhaven.desk.patients.copies import forget_copies, wipe_old
from openhaven.desk.patients.proxies import end_old
from openhaven.haven import Haven
from openhaven.haven.faces import check_faces
from openhaven.model.errors import HavenError, NotVerified
from openhaven.records import reads
from openhaven.records.fsck import check_records

EVERY = dt.timedelta(days=1)
KEPT = 30
"""So many checkups are kept."""
LEAST_ROOM = 2**30
"""Bytes. With less of the disk free it is not well: records that cannot be written stop everything."""
SESSIONS = "django_session"


@dataclass(frozen=True, slots=True)
class Health:
    """How the haven is. `log` is None before anybody looked; `worker` and `log` speak of themselves alone."""

    records: bool
    disk: bool
    worker: bool
    log: bool | None

    @property
    def well(self) -> bool:
        """Whether the pages can be relied on. A worker that is gone stops releases, not pages."""
        return self.records and self.disk and self.log is not False


def health(haven: Haven) -> Health:
    """How the haven is, as far as can be told at once. Raises DatabaseError or HavenError where it cannot be read."""
    reads.checkpoint()
    seen, last = worker_seen(), Checkup.objects.order_by("-at").first()
    return Health(
        records=True,
        disk=shutil.disk_usage(haven.folder).free >= LEAST_ROOM,
        worker=seen is not None and haven.clock() - seen < 2 * LEASE,
        log=None if last is None else last.whole,
    )


def due(now: dt.datetime) -> bool:
    """Whether a day has gone since the last checkup."""
    last = Checkup.objects.order_by("-at").values_list("at", flat=True).first()
    return last is None or now - last >= EVERY


def look_after(haven: Haven) -> None:
    """The day's work: a checkup of records and log, reminders, decisions under agreements whose term has begun, and the
    end of what has run out."""
    now = haven.clock()
    try:
        check_records(trusted=(haven.log_key,), tiles=haven.folder / "tiles")
        check_faces(haven)
        whole, said = True, ""
    except NotVerified as problem:
        whole, said = False, problem.what
    except HavenError as problem:
        whole, said = False, str(problem)
    Checkup.objects.create(at=now, whole=whole, said=said)
    Checkup.objects.filter(at__lt=now - KEPT * EVERY).delete()
    with suppress(HavenError):  # tomorrow then: another command holds the haven, or something is not on record
        remind(haven)
        enter_due_decisions(haven)
    end_old(haven)
    visits.end_old(now)
    sign_ins.forget_old(now, sign_ins.Lasting.of(haven.settings.service))
    clear(now)


def clear(now: dt.datetime) -> None:
    """Forget sessions and invitations that have run out, and workers long gone."""
    shortly.forget_old(now)
    Invitation.objects.filter(ends__lt=now).delete()
    Token.objects.filter(ends__lt=now).delete()
    clear_workers(now)
    wipe_old(now)
    if SESSIONS in connection.introspection.table_names():
        until = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {SESSIONS} WHERE expire_date < %s", [until])


def after_restore(now: dt.datetime) -> int:
    """End what a backup would bring back to life: who was signed in, links that may have been used since, and jobs
    that may have been done since. Returns how many jobs were stopped."""
    said = "The haven came back from a backup: look whether this was released since, then try again or leave it."
    stopped = Job.objects.filter(state__in=sorted(UNDER_WAY)).update(
        state=State.STOPPED, said=said, status=2, ended=now, lease=None, worker=""
    )
    Invitation.objects.all().delete()
    sign_ins.forget_all()
    shortly.forget_all()
    forget_copies()
    if SESSIONS in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {SESSIONS}")
    return int(stopped)
