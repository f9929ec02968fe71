"""Commands of the main job: decide, release; and law, which shows what the decisions rest on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from openhaven.cli.opened import day_type, file_type, opened, path_type
from openhaven.cli.speak import answer, json_option, steps
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.obligation import Replace

STATUS = {Verdict.PERMIT: 0, Verdict.REFUSE: 3, Verdict.REFER: 4}


@click.command("decide")
@click.argument("application", type=file_type)
@click.option("--on", type=day_type, help="Decide as at this day (else today, in London).")
@json_option
@click.pass_context
def decide_command(ctx: click.Context, application: Path, on: datetime | None, as_json: bool) -> None:
    """Decide an application and explain it, provision by provision. Nothing is released or recorded."""
    from openhaven.haven.deciding import decide_on, read_application
    from openhaven.law import explain, turning
    from openhaven.law.explaining import as_data

    haven = opened(ctx)
    decided = decide_on(haven, read_application(application), on.date() if on else haven.today())
    decision = decided.decision
    turned = turning(decided.application, decided.facts, on=decision.on)
    answer(as_data(decision, turned), lambda: explain(decision, turned), as_json=as_json)
    ctx.exit(STATUS[decision.verdict])


@click.command("release")
@click.argument("application", type=file_type, required=False)
@click.option("--out", type=path_type, help="The folder for the package, new or empty.")
@click.option("--resume", is_flag=True, help="Finish releases that a break left between the log and the hand-over.")
@click.option("--abandon", metavar="ID", help="Give up a release that a break left there; its key is never given.")
@click.option("--because", default="", help="Why it is given up, or accepted.")
@click.option(
    "--accept-exposed", type=int, help="So many people can be told to have opted out, by who has an earlier file too."
)
@click.option("--accepted-by", default="", help="Who accepts that: a name and a role. It is logged.")
@json_option
@click.pass_context
def release_command(
    ctx: click.Context, application: Path | None, out: Path | None, resume: bool, as_json: bool, **ended: Any
) -> None:
    """Decide, then the whole road: cohort, opt-outs, minimise, pseudonymise, protect, certify, package, log, key."""
    from openhaven.haven.deciding import read_application
    from openhaven.haven.handing_over import resume as finish
    from openhaven.haven.releasing import ToRelease, release

    haven = opened(ctx)
    if ended["abandon"]:
        _abandon(haven, ended["abandon"], because=ended["because"], as_json=as_json)
        return
    with haven.alone("haven release"), steps("release") as tell:
        if resume:
            finished = finish(haven, tell=tell)
            answer(
                {"finished": finished}, f"Finished: {', '.join(finished) or 'nothing was unfinished'}.", as_json=as_json
            )
            return
        if application is None or out is None:
            raise BadInput(
                "name the application and where the package goes",
                todo="haven release APPLICATION.toml --out DIR, or haven release --resume",
            )
        asked = ToRelease(read_application(application), application, out, _accepted(ended))
        done = release(haven, asked, tell=tell)
    verdict = done.decided.decision.verdict
    summary = {
        "verdict": verdict,
        "application": done.decided.application.id,
        "release": done.release,
        "out": str(done.out),
        "entry": done.index if done.release else None,
    }
    answer(summary, lambda: "\n".join(_said(done)), as_json=as_json)
    ctx.exit(STATUS[verdict])


def _accepted(said: dict[str, Any]) -> Any:
    from openhaven.haven.accepting import Accepted

    if said["accept_exposed"] is None:
        return None
    return Accepted(said["accept_exposed"], said["accepted_by"], said["because"])


def _abandon(haven: Any, id: str, *, because: str, as_json: bool) -> None:
    from openhaven.haven.abandoning import abandon

    with haven.alone("haven release --abandon"):
        destroyed = abandon(haven, id, because=because)
    more = " The applicant's file of people was destroyed: ask for it again." if destroyed else ""
    answer(
        {"abandoned": id, "destroyed": destroyed}, f"Abandoned: {id}. Its key was never given.{more}", as_json=as_json
    )


def _said(done: Any) -> Iterator[str]:
    from openhaven.law.explaining import in_words

    decision = done.decided.decision
    if decision.verdict is not Verdict.PERMIT:
        word = {Verdict.REFUSE: "Refused", Verdict.REFER: "Referred to a person"}[decision.verdict]
        yield f"{word}. Nothing was released. The letter is in {done.out / 'letter.html'}."
        return
    yield f"Permitted and released: {done.release}, entry {done.index} of the log. The package is in {done.out}."
    yield from (in_words(each) for each in decision.obligations if isinstance(each, Replace))


@click.command("law")
@click.argument("id", required=False)
@click.option("--change", type=file_type, help="A change of law or records: which uses on record it decides otherwise.")
@click.option("--all", "everything", is_flag=True, help="Weave the handbook of the law, with --out.")
@click.option("--out", type=path_type, help="The folder for the handbook, new or empty.")
@json_option
@click.pass_context
def law_command(
    ctx: click.Context, id: str | None, change: Path | None, everything: bool, out: Path | None, as_json: bool
) -> None:
    """A provision on one page: source, dates, the rules that state it, the scenarios and tests that show it.

    Without an id, all of them, a line each. With --all, a handbook of HTML pages that need nothing else. With
    --change, the uses on record whose decision a change would turn, and how. Nothing is recorded."""
    from openhaven.law.provisions import PROVISIONS, provision
    from openhaven.law.showing import as_data, listed, shown

    if everything or out:
        _weave(id, change, out if everything else None, as_json=as_json)
        return
    if change:
        _study(ctx, change, as_json=as_json)
        return
    if id:
        found = provision(id)
        answer(as_data(found), lambda: shown(found), as_json=as_json)
        return
    answer([as_data(each) for each in PROVISIONS.values()], listed, as_json=as_json)


def _weave(id: str | None, change: Path | None, out: Path | None, *, as_json: bool) -> None:
    from openhaven.tools.handbook import weave

    if id or change or out is None:
        raise BadInput("the handbook is of all the law, in a folder of its own", todo="haven law --all --out DIR")
    pages = weave(out)
    said = f"The handbook, {len(pages)} pages, is in {out}. Begin with {out / pages[0]}."
    answer({"out": str(out), "pages": pages}, said, as_json=as_json)


def _study(ctx: click.Context, path: Path, *, as_json: bool) -> None:
    from openhaven.haven.changing import study
    from openhaven.law.changes import as_text
    from openhaven.model.plain import to_plain

    change, tried, found = study(opened(ctx), path)
    document = {"title": change.title, "on": change.on.isoformat(), "tried": tried, "affected": to_plain(found)}
    answer(document, lambda: as_text(change, tried, found), as_json=as_json)
