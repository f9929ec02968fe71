"""The public register: which data went to whom, for what and by which right, and what was asked and not released.

Made from entries of the log and from those of their bodies that match what the entries commit to; nothing else. Counts
of people and rows go through the publication rule."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from openhaven.disclosure.moved import any_rule_named
from openhaven.haven.catalogue import titles
from openhaven.haven.correcting import corrected
from openhaven.haven.place import LONDON, Haven
from openhaven.haven.whole import whole_folder
from openhaven.law.plainly import day
from openhaven.law.provisions import PROVISIONS
from openhaven.log import EntryType, parse_entry
from openhaven.model.decision import Verdict
from openhaven.model.errors import BadInput
from openhaven.model.record.organisations import Organisation
from openhaven.records import kept, reads

FORMAT = 1
ERASED = "(erased)"
NOT_NAMED = "(not named)"
_PAGES = Environment(loader=PackageLoader("openhaven.haven", "templates"), autoescape=True, undefined=StrictUndefined)
_PAGES.filters |= {
    "day": lambda text: day(dt.date.fromisoformat(text)),
    "thousands": lambda text: f"{int(text):,}" if text.isdecimal() else text,
    "title": lambda id: PROVISIONS[id].title if id in PROVISIONS else id,
}


def write_register(haven: Haven, out: Path) -> Mapping[str, Any]:
    """Write register.json and index.html into a folder that is new or empty; it appears whole. Raises BadInput."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder for the register.")
    made = register(haven)
    with whole_folder(out) as part:
        plain = json.dumps(made, indent=2, ensure_ascii=False)
        (part / "register.json").write_text(plain + "\n", encoding="utf-8")
        page = _PAGES.get_template("register.html").render(register=made, datasets=titles(haven))
        (part / "index.html").write_text(page, encoding="utf-8")
    return made


def register(haven: Haven) -> dict[str, Any]:
    """The register as plain data, as of the latest checkpoint, which stands in it."""
    names = {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}
    ended, said = _ended(), reads.corrections()
    return {
        "format": FORMAT,
        "operator": haven.settings.haven.operator,
        "contact": haven.settings.haven.contact,
        "made": haven.today().isoformat(),
        "rule": haven.settings.policy.table_rule,
        "corrections": [_correction(haven, each) for each in said],
        "releases": [_release(haven, each, names, ended, said) for each in reads.releases()],
        "not_released": list(_not_released(haven, names, said)),
        "scopes_destroyed": sorted(reads.scopes_destroyed()),
        "checkpoint": reads.checkpoint(),
    }


def _ended() -> dict[EntryType, dict[str, tuple[int, str]]]:
    """Where the log says that something ended, by what it is about: the entry and the day."""
    found: dict[EntryType, dict[str, tuple[int, str]]] = {}
    for index, data in reads.entries():
        entry = parse_entry(data)
        about = entry.ids.get("release", str(index))
        found.setdefault(entry.type, {})[about] = (index, entry.time[:10])
    return found


def _release(
    haven: Haven,
    each: kept.ReleaseKept,
    names: Mapping[str, str],
    ended: Mapping[EntryType, Mapping[str, tuple[int, str]]],
    said: Sequence[kept.Corrected],
) -> dict[str, Any]:
    noun, face = each.release, _plain(each.index, "certificate")
    of_it = [one for one in said if one.entry == each.index]
    face = face and corrected(face, of_it, body="certificate")
    destroyed = ended.get(EntryType.IDENTIFIERS_DESTROYED, {}).get(noun.id)
    return {
        "release": noun.id,
        "entry": each.index,
        "entered": each.entered_at.astimezone(LONDON).date().isoformat(),
        "state": "not handed over yet" if each.state is kept.ReleaseState.ENTERED else str(each.state),
        "agreement": noun.agreement,
        "recipient": names.get(noun.recipient, noun.recipient),
        "dataset": noun.dataset,
        "replaces": noun.replaces,
        "identifiers_destroyed": destroyed[1] if destroyed else "",
        "corrections": [_correction(haven, one) for one in of_it],
        **_of_certificate(haven, face, names),
    }


def _of_certificate(haven: Haven, face: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any]:
    """What the certificate says, as far as it is public: terms and provisions, and the rows by the rule."""
    if face is None:
        return dict.fromkeys(("title", "purpose", "level", "controllers", "rows", "opt_outs", "provisions"), ERASED)
    obligations = [line["obligation"] for line in face["lines"]]
    opt_outs = next((each for each in obligations if each["kind"] == "national-opt-out"), None)
    rows = int(face["output"]["rows"])
    grounds = (found for question in face["decision"] for found in question["findings"] if found["effect"] == "permit")
    return {
        "title": face["title"],
        "purpose": face["purpose"],
        "level": face["level"],
        "controllers": [names.get(id, id) for id in face["controllers"]],
        "rows": any_rule_named(haven.settings.policy.table_rule).show(rows),
        "opt_outs": "" if opt_outs is None else f"{_applied(opt_outs)}: {opt_outs['because']}",
        "provisions": sorted({id for found in grounds for id in found["provisions"]}),
    }


def _correction(haven: Haven, each: kept.Corrected) -> dict[str, Any]:
    """A correction as the register shows it: what an entry says now, and why. The title of an application that came
    to nothing is shown only where the installation chose so."""
    place = {"entry": each.index, "on": each.on.isoformat(), "corrects": each.entry}
    if each.said is None:
        return place | {"what": ERASED, "now": ERASED, "because": ERASED}
    shown = haven.settings.register.name_refused or each.said.body != "application"
    now = each.said.now if shown else NOT_NAMED
    return place | {"what": each.said.what, "now": now, "because": each.said.because}


def _applied(opt_outs: Mapping[str, Any]) -> str:
    return "national opt-outs applied" if opt_outs["applies"] else "national opt-outs not applied"


def _not_released(haven: Haven, names: Mapping[str, str], said: Sequence[kept.Corrected]) -> Iterator[dict[str, Any]]:
    """Decisions that refused or referred; who asked is named only where the installation chose so."""
    named = haven.settings.register.name_refused
    for each in reads.decisions():
        if each.verdict == Verdict.PERMIT:
            continue
        of_it = [one for one in said if one.entry == each.index]
        asked = corrected(each.application, of_it, body="application") if each.application else {}
        yield {
            "entry": each.index,
            "decided": each.decided_at.astimezone(LONDON).date().isoformat(),
            "verdict": each.verdict,
            "purpose": asked.get("purpose", ERASED),
            "dataset": asked.get("dataset", ERASED),
            "applicant": names.get(asked["applicant"], asked["applicant"]) if named and asked else NOT_NAMED,
            "title": asked.get("title", ERASED) if named else NOT_NAMED,
        }


def _plain(index: int, name: str) -> Mapping[str, Any] | None:
    sealed = reads.bodies(index)[name]
    return None if sealed is None else json.loads(sealed.body)
