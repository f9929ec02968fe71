"""The worker: takes up one job after the other, alone in the haven, and says all the while that it is there.

Killed at any moment it leaves what a killed `haven release` leaves; whoever takes the job up next asks the log."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.db import DatabaseError, connection

from openhaven.desk.jobs import CALLED_OFF, MOST_TRIES, MOST_WAITS, Hold, Outcome, application_of, released_by
from openhaven.desk.models.jobs import Job, State
from openhaven.desk.patients.copies import anything_waits, make_next
from openhaven.desk.telling import REMINDS_EVERY, Pace, tell_by_mail
from openhaven.desk.upkeep import due, look_after
from openhaven.haven import Haven, open_haven
from openhaven.haven.accepting import Accepted
from openhaven.haven.handing_over import finish_one
from openhaven.haven.place import InUse, utc_now
from openhaven.haven.releasing import ToRelease, release
from openhaven.haven.witnesses import PUT_BACK, waiting
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput, HavenError, Unmet
from openhaven.package.manifest import KEY
from openhaven.records import kept
from openhaven.records.trouble import told_plainly

LOOKS_EVERY = 1.0  # seconds between two looks for a job
LOGGER = logging.getLogger("openhaven.worker")
STATUS = {Verdict.PERMIT: 0, Verdict.REFUSE: 3, Verdict.REFER: 4}
NO_FILE = Path("no-file", "application.toml")
"""Where an application's file would lie: a file of people that it names is in the vault already, or is asked for."""


LAST = "hand over"
"""The step from which on a job is not called off any more: the log holds its release."""


class Taken(Exception):
    """Another worker holds the job by now: this one was silent for too long."""


class CalledOff(Exception):
    """Somebody called the job off."""


@dataclass(frozen=True)
class Work:
    """A worker of one haven. `told_to_end` is set when it shall end; `interruptions` holds the signal that said so."""

    folder: Path
    told_to_end: threading.Event
    interruptions: Sequence[int] = ()
    hold: Hold = field(default_factory=lambda: Hold(secrets.token_hex(8)))
    letters: Pace = field(default_factory=Pace)
    reminders: Pace = field(default_factory=lambda: Pace(REMINDS_EVERY))

    def run(self) -> None:
        """Work until told to end; what is under way then is given back, and nothing of it left half done."""
        with self._beating():
            while not self.told_to_end.is_set():
                try:
                    worked = self._work_once() or self._make_copy() or self._look_after() or self._tell()
                except DatabaseError:
                    connection.close()  # records that cannot be read now may be later; /health says that they cannot
                    worked = False
                if not worked:
                    self.told_to_end.wait(LOOKS_EVERY)
        self.hold.leave()

    def _haven(self, operator: str = "the worker") -> Haven:
        return open_haven(self.folder, operator=operator)  # afresh for each job: settings and keys as they are now

    def _work_once(self) -> bool:
        job = self.hold.next(utc_now())
        if job is None:
            return False
        try:
            haven = self._haven()
            with haven.alone(f"release of {job.application}, job {job.number}"):
                if self.hold.take(job, haven.clock()):
                    self._do(replace(haven, operator=job.asked_by.email), job)
        except InUse as busy:
            self.hold.say(job, f"It waits: {busy.what}.")
            return False
        except HavenError as error:  # of the haven itself: its settings or keys cannot be read
            self.hold.say(job, f"It waits: {error}")
            return False
        return True

    def _make_copy(self) -> bool:
        """A copy of what is held about a person, or a record that their request makes. One that broke off is begun
        again by whoever works next."""
        try:
            return anything_waits() and make_next(self._haven())
        except HavenError:  # of the haven itself: its settings or keys cannot be read
            return False
        except KeyboardInterrupt:
            self.told_to_end.set()
            return False

    def _look_after(self) -> bool:
        """What is due once a day, while nobody waits."""
        if not due(utc_now()):
            return False
        look_after(self._haven())
        return True

    def _tell(self) -> bool:
        """Letters to those for whom something waits. False: nothing else is kept waiting by them."""
        try:
            if self.letters.is_time(utc_now()) and (haven := self._haven()).settings.mail.server:
                tell_by_mail(haven, remind=self.reminders.is_time(utc_now()))
        except HavenError as problem:
            said = {"what": "letters were not sent", "why": str(problem)}
            LOGGER.error("letters were not sent: %s", problem, extra={"fields": said})
        return False

    def _do(self, haven: Haven, job: Job) -> None:
        """One job to its end. Whatever happens is said in plain words."""
        try:
            if job.tries > MOST_TRIES:
                raise HavenError(
                    f"it broke off {MOST_TRIES} times with its worker", todo="Find out why, then try again."
                )
            with told_plainly():
                outcome = self._release(haven, job)
            self.hold.end(job, outcome, haven.clock())
        except Taken:
            return
        except CalledOff:
            self.hold.end(job, Outcome(State.WITHDRAWN, CALLED_OFF, None), haven.clock())
        except (Exception, KeyboardInterrupt) as error:
            self._broke_off(haven, job, error)

    def _broke_off(self, haven: Haven, job: Job, error: BaseException) -> None:
        if self.interruptions or isinstance(error, KeyboardInterrupt):
            self.hold.give_back(job, "It was interrupted, and goes on when a worker is there again.")
            self.told_to_end.set()
            return
        if _waits_for_witnesses(haven, job, error) and job.waits < MOST_WAITS:
            self.hold.wait(job, _told(error), now=haven.clock())
            return
        entered = released_by(job)
        status = error.status if isinstance(error, HavenError) else 1
        outcome = Outcome(State.STOPPED, _told(error), status, entered.release.id if entered else "")
        self.hold.end(job, outcome, haven.clock())

    def _release(self, haven: Haven, job: Job) -> Outcome:
        tell = self._teller(haven, job)
        if (entered := released_by(job)) is not None:
            return _finish(haven, entered, tell)
        _clear_outcome(Path(job.out))
        Path(job.out).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        accepted = Accepted(**job.accepted) if job.accepted else None
        asked = ToRelease(application_of(job), haven.work / NO_FILE, Path(job.out), accepted)
        done = release(haven, asked, tell=tell)
        verdict = done.decided.decision.verdict
        if verdict is not Verdict.PERMIT:
            word = {Verdict.REFUSE: "refused", Verdict.REFER: "referred to a person"}[verdict]
            said = f"As the facts stand now it is {word}. Nothing was released."
            return Outcome(State.STOPPED, said, STATUS[verdict])
        return Outcome(State.DONE, f"Released: {done.release}, entry {done.index} of the log.", 0, done.release)

    def _teller(self, haven: Haven, job: Job) -> Callable[[str], None]:
        def tell(step: str) -> None:
            if not self.hold.step(job, step, haven.clock()):
                raise Taken
            if step != LAST and self.hold.is_called_off(job):
                raise CalledOff

        return tell

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Say that this worker is there, from a thread of its own, three times within a lease."""
        haven, over = self._haven(), threading.Event()

        def beat() -> None:
            while not over.wait(self.hold.lease.total_seconds() / 3):
                try:
                    self.hold.beat(haven.clock())
                except DatabaseError:
                    connection.close()  # a fresh one next time
            connection.close()

        self.hold.beat(haven.clock())
        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _finish(haven: Haven, entered: kept.ReleaseKept, tell: Callable[[str], None]) -> Outcome:
    """The release is in the log: it is handed over where it was not yet, and never made again."""
    id = entered.release.id
    if entered.state is kept.ReleaseState.ABANDONED:
        raise BadInput(f"release {id} was given up, and its key is never given", todo="Ask for a new release.")
    if entered.state is kept.ReleaseState.ENTERED:
        finish_one(haven, entered, tell=tell)
    return Outcome(State.DONE, f"Released: {id}, entry {entered.index} of the log.", 0, id)


def _waits_for_witnesses(haven: Haven, job: Job, error: BaseException) -> bool:
    """Whether the release of a job lacks nothing but cosignatures, which may come with time."""
    if not isinstance(error, Unmet) or error.todo == PUT_BACK or (entered := released_by(job)) is None:
        return False
    return entered.release.id in waiting(haven)


def _clear_outcome(out: Path) -> None:
    """A letter that an earlier try left, where it was not permitted. Whatever holds a key stays."""
    if out.is_dir() and not (out / KEY).exists():
        shutil.rmtree(out)


def _told(error: BaseException) -> str:
    """What is said of an error that stopped a job."""
    notes = " ".join(getattr(error, "__notes__", ()))
    if isinstance(error, HavenError):
        said = str(error)
    elif isinstance(error, OSError):
        said = f"{error.strerror or error}."
    else:
        said = f"Something went wrong that is our fault ({type(error).__name__})."
    return " ".join(filter(None, [said, notes]))
