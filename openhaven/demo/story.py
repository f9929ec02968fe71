"""The main job, told with made-up people: seven applications travel the road, and a folder worth looking at stays."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template

import pyarrow.parquet as pq
import pyrage

from openhaven.demo.national_check import answer_question
from openhaven.demo.population import Delivered, Population, dataset_description, make_population
from openhaven.demo.what_lies_here import write_index
from openhaven.demo.words import TITLES
from openhaven.haven import Haven, init_haven
from openhaven.haven.deciding import read_application
from openhaven.haven.delivering import Sent, deliver
from openhaven.haven.describing import describe
from openhaven.haven.lists import load_type_1
from openhaven.haven.my_uses import PROOF, write_my_uses
from openhaven.haven.national import ask, load_answer
from openhaven.haven.recording import record
from openhaven.haven.register import write_register
from openhaven.haven.releasing import Released, ToRelease, release
from openhaven.haven.toml import first_settings
from openhaven.law.explaining import reason, unsettled, who_decides
from openhaven.log.person_proof import verify_person_proof
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.package.open import open_package
from openhaven.package.verify import verify
from openhaven.records import reads
from openhaven.records.fsck import check_records
from openhaven.records.tiles import write_tiles
from openhaven.vault.arrival import Delivery

Say = Callable[[str], None]
SIZES = {False: (100_000, 600_000), True: (5_000, 30_000)}
PAPERS = files("openhaven.demo").joinpath("papers")
OPERATOR = "demo data access team"


@dataclass
class StoryClock:
    """Tells the story's time: the first part plays a month ago, the refresh today."""

    base: dt.datetime
    begun: float = field(default_factory=time.monotonic)

    def __call__(self) -> dt.datetime:
        return self.base + dt.timedelta(seconds=time.monotonic() - self.begun)

    def go_to(self, base: dt.datetime) -> None:
        """The story goes on at another day."""
        self.base, self.begun = base, time.monotonic()


@dataclass(frozen=True)
class Teller:
    """Says what happens, and shows each step as it runs."""

    say: Say
    steps: Callable[[str], object]

    def chapter(self, title: str, *lines: str) -> None:
        self.say(f"\n\033[1m{title}\033[0m")
        for line in lines:
            self.say(f"  {line}")

    def line(self, text: str) -> None:
        self.say(f"  {text}")


@dataclass(frozen=True)
class Stage:
    """Where the story plays."""

    folder: Path
    teller: Teller
    clock: StoryClock
    people: Population
    haven: Haven

    def path(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)


def tell_story(folder: Path, *, small: bool, seed: int, say: Say, steps: Callable[[str], object]) -> None:
    """Play the whole story into a folder that is new or empty. Raises BadInput where it is in use."""
    if folder.exists() and any(folder.iterdir()):
        raise BadInput("the folder is not empty", where=str(folder), todo="Name a new one, or remove it first.")
    folder.mkdir(parents=True, exist_ok=True)
    begun, teller = time.monotonic(), Teller(say, steps)
    stage = _set_the_stage(folder.resolve(), teller, small=small, seed=seed)
    with stage.haven.alone("haven demo"):
        _take_in(stage)
        _first_national_check(stage)
        first = _applications(stage)
        refresh = _next_month(stage, first)
        _prove(stage, refresh)
        _patient(stage, first["2-cancer-audit"])
    write_index(stage.folder)
    teller.chapter(
        "Done",
        f"{time.monotonic() - begun:.0f} seconds. Open {stage.path('index.html')} in a browser, or:",
        f"{_command()} --haven {stage.path('haven')} status",
        f"{_command()} --haven {stage.path('haven')} log show",
    )


def _command() -> str:
    """The command as the reader can type it: its path, where it is not on theirs."""
    return "haven" if shutil.which("haven") or not sys.argv[0] else sys.argv[0]


@contextmanager
def _working(teller: Teller, what: str) -> Iterator[Callable[[str], None]]:
    with teller.steps(what) as tell:  # type: ignore[attr-defined]
        yield tell


def _set_the_stage(folder: Path, teller: Teller, *, small: bool, seed: int) -> Stage:
    people, episodes = SIZES[small]
    now = dt.datetime.now(dt.UTC)
    clock = StoryClock(now - dt.timedelta(days=31))
    teller.chapter(
        "A made-up population",
        f"{people:,} people and {episodes:,} hospital episodes, seed {seed}. Nobody in "
        "it is real: NHS numbers of the 999 range are never issued.",
    )
    month = (clock().date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    with _working(teller, "making people"):
        made = make_population(folder / "incoming", people=people, episodes=episodes, seed=seed, month=month)
    counts = made.counts
    teller.line(
        f"{counts.without_number:,} have no NHS number, {counts.newborn:,} are newborn, {counts.dead:,} are dead, "
        f"{counts.in_wales:,} live in Wales."
    )
    teller.chapter("A haven", "haven init haven --operator-name … --origin … --contact … --demo")
    haven = init_haven(folder / "haven", toml=_settings(), operator=OPERATOR, clock=clock)
    shutil.copyfile(made.postcode_areas, haven.folder / "postcode_areas.csv")
    restricted = PAPERS.joinpath("restricted_example.csv").read_bytes()
    (haven.folder / "restricted_example.csv").write_bytes(restricted)
    shutil.copyfile(haven.folder / "trust.txt", folder / "trust.txt")
    teller.line("Its keys, settings and log stand; trust.txt holds the public keys that others verify with.")
    stage = Stage(folder, teller, clock, made, haven)
    _records(stage)
    return stage


def _settings() -> str:
    more = """
[policy]
restricted_lists = ["example"]

[files]
places = "postcode_areas.csv"
restricted = { example = "restricted_example.csv" }
"""
    return first_settings(
        operator="Thornshire Data Haven",
        origin="demo.openhaven.example",
        demo=True,
        more=more,
        contact="Review, Thornshire Data Haven, 1 Mill Lane, Thornby",
    )


def _records(stage: Stage) -> None:
    """Facts of record: who the parties are, and the papers that the team has seen."""
    today = stage.clock().date()
    words = {
        "starts": (today - dt.timedelta(days=60)).isoformat(),
        "year": (today + dt.timedelta(days=300)).isoformat(),
        "ends": (today + dt.timedelta(days=670)).isoformat(),
    }
    words |= _recipients_keys(stage.path("keys"))
    stage.teller.chapter(
        "Records",
        "haven record organisation FILE.toml, haven record agreement FILE.toml, …",
        "A fact comes from a record that a named person has seen; an application cannot carry one.",
    )
    _write_papers("records", stage.path("records"), words)
    shutil.copyfile(stage.people.trial_consents, stage.path("records", "trial_consents.csv"))
    _write_papers("applications", stage.path("applications"), words)
    shutil.copyfile(stage.people.trial_cohort, stage.path("applications", "trial_cohort.csv"))
    with _working(stage.teller, "recording") as tell:
        for path in sorted(stage.path("records").glob("*.toml")):
            tell(path.stem)
            record(stage.haven, path.stem.split("-")[1], path)
    stage.teller.line(f"{len(list(stage.path('records').glob('*.toml')))} records, each with its entry in the log.")


def _recipients_keys(folder: Path) -> dict[str, str]:
    """An age identity for each organisation that could receive data; only the public halves go on record."""
    folder.mkdir()
    found = {}
    for paper in sorted(PAPERS.joinpath("records").iterdir(), key=lambda each: each.name):
        for word in Template(paper.read_text(encoding="utf-8")).get_identifiers():
            if word.startswith("key_"):
                identity = pyrage.x25519.Identity.generate()
                path = folder / f"{word.removeprefix('key_').replace('_', '-')}.txt"
                path.write_text(f"{identity}\n", encoding="utf-8")
                path.chmod(0o600)
                found[word] = str(identity.to_public())
    return found


def _write_papers(kind: str, folder: Path, words: dict[str, str]) -> None:
    folder.mkdir()
    for paper in PAPERS.joinpath(kind).iterdir():
        text = Template(paper.read_text(encoding="utf-8")).substitute(words)
        (folder / paper.name).write_text(text, encoding="utf-8")


def _take_in(stage: Stage) -> None:
    stage.teller.chapter(
        "Deliveries",
        "haven deliver episodes FILE --controller aldermoor --route …",
        "Checked against the description; identifiers are parted from content at the door.",
    )
    for dataset in ("episodes", "gp_register", "gp_events"):
        describe(stage.haven, dataset_description(dataset))
    events = {each.controller: each.file for each in stage.people.of("gp_events")}
    for controller, file in events.items():
        listed = load_type_1(stage.haven, file, controller=controller)
        stage.teller.line(
            f"Type 1: {len(listed.numbers):,} people at {controller} object (the latest code of each counts)."
        )
    for each in stage.people.deliveries:
        _deliver(stage, each, each.file)


def _deliver(stage: Stage, what: Delivered, file: Path, *, replaces: str | None = None) -> str:
    gp = what.dataset.startswith("gp_")
    sent = Sent(
        controller=what.controller,
        inbound_route="direction under section 254 (demo)",
        screened=("type 1",) if gp else (),
        screened_by=f"the sender, {what.controller}",
        replaces=replaces,
    )
    with _working(stage.teller, f"{what.dataset} of {what.controller}") as tell:
        taken = deliver(stage.haven, what.dataset, [file], sent=sent, progress=lambda step, at, of: tell(step)).delivery
    text = f"{taken.id}: {taken.rows:,} rows about {taken.people:,} people, from {file.name}"
    if taken.dissenting:
        text += f"; {taken.dissenting:,} rows of Type 1 objectors arrived all the same and were not taken (an incident)"
    stage.teller.line(text)
    return taken.id


def _first_national_check(stage: Stage) -> None:
    stage.teller.chapter(
        "The national check",
        "haven optouts ask question.dat; haven optouts load reply.dat",
        "We ask about every number held; only those returned may flow, where the opt-out applies.",
    )
    _national_check(stage, "1", stage.people.opted_out)


def _national_check(stage: Stage, name: str, opted_out: tuple[str, ...]) -> None:
    folder = stage.path("national-check")
    folder.mkdir(exist_ok=True)
    question, reply = folder / f"question-{name}.dat", folder / f"reply-{name}.dat"
    with _working(stage.teller, "asking"):
        ask(stage.haven, question)
        answer_question(question, reply, opted_out=opted_out)
        answer = load_answer(stage.haven, reply)
    stage.teller.line(
        f"{len(answer.asked):,} numbers asked about, {len(answer.returned):,} returned, "
        f"{answer.removed:,} have opted out."
    )


def _applications(stage: Stage) -> dict[str, Released]:
    return {name: _application(stage, name) for name in list(TITLES)[:-1]}


def _application(stage: Stage, name: str) -> Released:
    source, out = stage.path("applications", f"{name}.toml"), stage.path("packages", name)
    stage.teller.chapter(TITLES[name], f"haven release applications/{name}.toml --out packages/{name}")
    with _working(stage.teller, name) as tell:
        done = release(stage.haven, ToRelease(read_application(source), source, out), tell=tell)
    decision = done.decided.decision
    if decision.verdict is not Verdict.PERMIT:
        status = {Verdict.REFUSE: 3, Verdict.REFER: 4}[decision.verdict]
        stage.teller.line(
            f"{decision.verdict.upper()} (exit status {status}). Nothing leaves. Letter: {out / 'letter.html'}"
        )
        for settled in unsettled(decision):
            for finding in settled.findings:
                if finding.effect in ("forbid", "refer"):
                    stage.teller.line(f"  {settled.question.capitalize()}: {reason(finding)}")
        for who in who_decides(decision):
            stage.teller.line(f"  Who must decide: {who}")
        return done
    _tell_release(stage, done)
    return done


def _tell_release(stage: Stage, done: Released) -> None:
    made = done.certificate
    assert made is not None
    stage.teller.line(
        f"PERMIT. {made.output.rows:,} rows leave as release {done.release}, entry {done.index} of the log."
    )
    for line in made.lines:
        if line.obligation.kind in (
            "national-opt-out",
            "k-anonymity",
            "l-diversity",
            "small-numbers",
            "only-consenting",
            "replace",
        ):
            stage.teller.line(f"  {line.obligation.kind}: {line.evidence.says}")
    for what, count in made.counts:
        if "left out" in what or what.startswith("people file"):
            stage.teller.line(f"  {what}: {count:,}")
    if made.singled_out:
        shares = ", ".join(f"{share:.1%} by {name}" for name, share in made.singled_out.items() if share is not None)
        stage.teller.line(f"  people singled out by their rows: {shares}")
    if done.destroyed:
        stage.teller.line(f"  identifiers destroyed: {done.destroyed['how']}")


def _next_month(stage: Stage, first: dict[str, Released]) -> Released:
    stage.clock.go_to(dt.datetime.now(dt.UTC))
    people = stage.people
    stage.teller.chapter(
        "A month later",
        f"{len(people.new_opt_outs)} more people have opted out, "
        f"{len(people.withdrawn_opt_outs)} have withdrawn. Each trust delivers again in full.",
        "haven deliver episodes FILE --replaces ID …",
    )
    live = {each.controller: each.id for each in _live(stage)}
    for each in people.of("episodes"):
        if each.next_file is not None:
            _deliver(stage, each, each.next_file, replaces=live[each.controller])
    _national_check(stage, "2", people.opted_out_next)
    done = _application(stage, "7-university-refresh")
    _compare(stage, done)
    return done


def _live(stage: Stage) -> list[Delivery]:
    return reads.live_deliveries("episodes")


def _compare(stage: Stage, done: Released) -> None:
    """What the recipient sees: the same pseudonyms, the same recoding."""
    before = _opened(stage, "1-university", "university")
    after = _opened(stage, "7-university-refresh", "university")
    known = set(pq.read_table(before, columns=["person"])["person"].to_pylist())
    again = set(pq.read_table(after, columns=["person"])["person"].to_pylist())
    stage.teller.line(
        f"Opened by the university: {len(known & again):,} of {len(known):,} people keep their pseudonym; "
        f"{len(again - known):,} are new."
    )


def _opened(stage: Stage, name: str, key: str) -> Path:
    out = stage.path("opened", name)
    opened = open_package(stage.path("packages", name), key_file=stage.path("keys", f"{key}.txt"), out=out)
    return next(path for path in opened if path.suffix == ".parquet")


def _prove(stage: Stage, refresh: Released) -> None:
    stage.teller.chapter(
        "Proof",
        "haven verify packages/7-university-refresh --trust trust.txt --against opened/7-university-refresh",
        "haven log fsck",
        "haven register --out register",
    )
    trust = stage.path("trust.txt").read_text(encoding="utf-8").splitlines()
    report = verify(refresh.out, trust=trust, against=stage.path("opened", "7-university-refresh"))
    for text in report.as_text().splitlines():
        stage.teller.line(text)
    report.require()
    write_tiles(stage.haven.folder / "tiles")
    checked = check_records(trusted=(stage.haven.log_key,), tiles=stage.haven.folder / "tiles")
    stage.teller.line(f"The log is whole: {checked}")
    made = write_register(stage.haven, stage.path("register"))
    stage.teller.line(f"The public register, made from the log: {len(made['releases'])} releases.")


def _patient(stage: Stage, audit: Released) -> None:
    """One of the people asks: which uses held my record, and can you prove it?"""
    file = _opened(stage, "2-cancer-audit", "cancer-audit")
    number = min(pq.read_table(file, columns=["nhs_number"])["nhs_number"].to_pylist())
    out = stage.path("patient")
    stage.teller.chapter(
        "A patient asks",
        f"haven my-uses --nhs-number {number} --out patient --because TEXT --proof {audit.release}",
        "A folder for one person, and the proof that one release held their record: it needs nothing of ours.",
    )
    asked = "a letter; passport seen (demo)"
    found = write_my_uses(stage.haven, number, out=out, because=asked, prove=audit.release)
    releases = len(found.uses) + len(found.others)
    stage.teller.line(f"{len(found.uses)} of {releases} releases held this person's record: {out / 'index.html'}")
    proof = (out / PROOF).read_text(encoding="utf-8")
    shown = verify_person_proof(proof, log=stage.haven.log_key, nhs_number=number)
    held = "held" if shown.present else "did not hold"
    stage.teller.line(
        f"Proven from {PROOF} ({len(proof.encode()):,} bytes) and the log's key alone: {shown.release} {held} it, "
        f"entry {shown.logged.index}. Try verifier/check.html in a browser."
    )
