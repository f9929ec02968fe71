"""The copy of all that is held about one person, as files, made in memory for one request (SAR-01, SAR-04, SAR-09).

Of somebody who lives: records with codes explained, uses, who looked, what they chose, how it was known who asks, what
was left out and why. Of somebody who has died, under the Act of 1990: the records alone, and what was left out
(SAR-07). Nothing is written to a disk but by `write_copy`."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from openhaven.casework.exemptions import LeftOut, Regime, check_left_out
from openhaven.haven.as_csv import as_csv
from openhaven.haven.copy_words import left_out_words, unsure_words, where_from_words
from openhaven.haven.looking import look_up, looked_up
from openhaven.haven.my_uses import HIDES, MyUses, my_uses, pages_of
from openhaven.haven.own_choices import Yes, no_of, yes_of
from openhaven.haven.own_records import OwnRecords, own_records, without
from openhaven.haven.place import LONDON, Haven
from openhaven.haven.whole import whole_folder
from openhaven.identity.nhs_number import clean
from openhaven.law.plainly import day
from openhaven.model.errors import BadInput
from openhaven.model.record.choices import Objection
from openhaven.records import kept, reads

PAGE, RECORDS, LOOKED, ABOUT = "index.html", "records.json", "who-looked.csv", "copy.json"
USES = "uses"
_ADDRESS = re.compile(r"[^\s,:;]+@[^\s,:;]+")
_PAGES = Environment(loader=PackageLoader("openhaven.haven", "templates"), autoescape=True, undefined=StrictUndefined)
_PAGES.filters["day"] = day


@dataclass(frozen=True, slots=True)
class CopyAsked:
    """A copy as it was asked for. `because` says who asked and stands in the private log; `shown` how it was known who
    asks, day by day; `proxy` who gets it for the person, empty where it is the person: uses that may say something
    about their health are then not in it, nor those that the person hides, nor what they said yes to."""

    number: str
    because: str
    regime: Regime = Regime.LIVING
    shown: tuple[tuple[dt.date, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    proxy: str = ""
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """What goes into a copy. `uses`, `looked`, `yes` and `no` are None and empty under the Act of 1990."""

    asked: CopyAsked
    made: dt.date
    records: tuple[OwnRecords, ...]
    uses: MyUses | None = None
    looked: tuple[Mapping[str, str], ...] = ()
    yes: tuple[Yes, ...] = ()
    no: tuple[Objection, ...] = ()

    @property
    def told(self) -> tuple[LeftOut, ...]:
        """What was left out and is told of."""
        automatic = [left for each in self.records for left in each.left_out if left not in self.asked.left_out]
        return tuple(each for each in (*automatic, *self.asked.left_out) if not each.silent)

    @property
    def unsure(self) -> int:
        """How many records come with the number in a way that is not sure."""
        return sum(each.unsure for each in self.records)


def make_copy(haven: Haven, asked: CopyAsked) -> Copy:
    """Find all of it; entered in the private log before anything is looked at.

    Raises BadInput for what is no NHS number, or an exemption that does not hold here."""
    if (number := clean(asked.number)) is None:
        raise BadInput("this is not an NHS number", todo="Look at it again: one digit may be wrong.")
    if not asked.because.strip():
        raise BadInput("who asked, and how did they show who they are?", todo="Say it with --because TEXT")
    today = haven.today()
    for each in asked.left_out:
        check_left_out(each, regime=asked.regime, on=today, chosen=haven.settings.policy.numbers)
    look_up(haven, kept.Looked.PERSON, of="a copy", why=asked.because, nhs_number=number)
    held = own_records(haven, number)
    check_held(asked.left_out, held)
    records = tuple(without(each, asked.left_out) for each in held)
    if asked.regime is Regime.DEAD:
        return Copy(asked, today, records)
    uses, looked = my_uses(haven, number), tuple(_lines(haven, number))
    if asked.proxy:
        named = (HIDES, *uses.sensitive, *asked.hidden, *(each.id for each in reads.records_of("consent")))
        looked = tuple(each for each in looked if not any(id in each["what"] for id in named))
        return Copy(asked, today, records, uses.without_sensitive(asked.hidden), looked)
    return Copy(asked, today, records, uses, looked, yes_of(haven, number), no_of(haven, number))


def check_held(left_out: Sequence[LeftOut], held: Sequence[OwnRecords]) -> None:
    """Raises BadInput where something is left out that is not held."""
    known = {each.dataset.id for each in held}
    if missing := sorted({each.dataset for each in left_out} - known):
        raise BadInput(f"nothing is held of this person in {', '.join(missing)}", todo="Take that exemption back.")
    for each in held:
        without(each, left_out)


def _lines(haven: Haven, number: str) -> Iterator[Mapping[str, str]]:
    """Who looked, when and why, without the names of staff: they are others."""
    for each in looked_up(haven, why="for a copy that the person asked for", nhs_number=number):
        if each.look_up is not None:
            at = dt.datetime.fromisoformat(each.look_up.at).astimezone(LONDON)
            why = _ADDRESS.sub("one of our staff", each.look_up.why)
            yield {"at": f"{at:%Y-%m-%d %H:%M}", "what": each.look_up.of, "why": why}


def files_of(haven: Haven, copy: Copy) -> Mapping[str, bytes]:
    """The copy as files, by their names."""
    made = {PAGE: _page(haven, copy), RECORDS: _json(_records(copy)), ABOUT: _json(_about(haven, copy))}
    for each in copy.records:
        made[f"{each.dataset.id}.csv"] = as_csv([_flat(found) for found in _rows(each)], _columns(each)).encode()
    if copy.uses is not None:
        made |= {f"{USES}/{name}": text.encode() for name, text in pages_of(haven, copy.uses).items()}
        made[LOOKED] = as_csv(copy.looked, ("at", "what", "why")).encode()
    return made


def zipped(files: Mapping[str, bytes], *, on: dt.date) -> bytes:
    """The files in one, the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (on.year, on.month, on.day, 0, 0, 0)), files[name])
    return out.getvalue()


def write_copy(haven: Haven, asked: CopyAsked, *, out: Path) -> Copy:
    """Write the copy into a new folder that its owner alone can read; it appears whole. Raises BadInput."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder for this person.")
    copy = make_copy(haven, asked)
    with whole_folder(out) as part:
        part.chmod(0o700)
        for name, content in files_of(haven, copy).items():
            path = part / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(content)
    return copy


def _rows(found: OwnRecords) -> list[Mapping[str, Any]]:
    return [
        {"record": each.ref, "controller": each.controller, "values": dict(each.values), "codes": dict(each.words)}
        for each in found.records
    ]


def _columns(found: OwnRecords) -> list[str]:
    coded = {name for each in found.records for name in each.words}
    present = {name for each in found.records for name in each.values}
    names = [each.name for each in found.dataset if each.name in present]
    return ["record", *(column for name in names for column in (name, _in_words(name))[: 1 + (name in coded)])]


def _in_words(name: str) -> str:
    return f"{name}, in words"


def _flat(row: Mapping[str, Any]) -> Mapping[str, Any]:
    words = {_in_words(name): each for name, each in row["codes"].items()}
    return {"record": row["record"], **row["values"], **words}


def _records(copy: Copy) -> Mapping[str, Any]:
    return {"format": 1, "datasets": [
        {
            "dataset": each.dataset.id,
            "title": each.dataset.title,
            "fields": [{"name": field.name, "title": field.title, "codes": field.codes} for field in each.dataset],
            "records": _rows(each),
        }
        for each in copy.records
    ]}  # fmt: skip


def _about(haven: Haven, copy: Copy) -> Mapping[str, Any]:
    """What a program reads of the copy itself: when, under which law, what was left out, who was known how."""
    return {
        "format": 1,
        "made": copy.made.isoformat(),
        "operator": haven.settings.haven.operator,
        "law": copy.asked.regime,
        "given_to": copy.asked.proxy or "the person",
        "shown": [{"on": on.isoformat(), "how": how} for on, how in copy.asked.shown],
        "left_out": [
            {"dataset": each.dataset, "kinds": list(each.fields) or "whole records", "provision": each.known.provision}
            for each in copy.told
        ],
        "not_sure": copy.unsure,
    }


def _page(haven: Haven, copy: Copy) -> bytes:
    about = haven.settings.haven
    says = {
        "operator": about.operator,
        "contact": about.contact,
        "copy": copy,
        "dead": copy.asked.regime is Regime.DEAD,
        "left_out": [left_out_words(each, copy.records) for each in copy.told],
        "unsure": unsure_words(copy.unsure),
        "sources": where_from_words(copy.records),
        "in_words": bool([each for held in copy.records for each in held.records if each.words]),
    }
    return _PAGES.get_template("copy.html").render(says).encode()


def _json(found: Mapping[str, Any]) -> bytes:
    return (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()
