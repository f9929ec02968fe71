"""A person's folder: each release that held their record, in plain words, and on request the proof of one of them
(SAR-08).

Made for one person who asked, from their NHS number; nothing of it stays in the haven but that somebody looked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
from jinja2 import Environment, PackageLoader, StrictUndefined

from openhaven.haven.catalogue import titles
from openhaven.haven.looking import look_up
from openhaven.haven.my_uses_words import CANNOT_SEE, PARTIAL, Use, answers, held_words, quoted, unknown_words
from openhaven.haven.place import LONDON, Haven
from openhaven.haven.tags import has_tags, held_in, proof_of
from openhaven.haven.whole import whole_folder
from openhaven.haven.witnesses import policy_of
from openhaven.identity import nhs_number
from openhaven.law.plainly import day
from openhaven.log.person_proof import PersonProof
from openhaven.model.errors import BadInput
from openhaven.model.record.agreement import Agreement
from openhaven.model.record.organisations import Organisation
from openhaven.records import kept, reads

_PAGES = Environment(loader=PackageLoader("openhaven.haven", "templates"), autoescape=True, undefined=StrictUndefined)
_TEXTS = Environment(loader=PackageLoader("openhaven.haven", "templates"), trim_blocks=True, lstrip_blocks=True,
                     autoescape=False, undefined=StrictUndefined)  # fmt: skip
PAGE, TEXT, PROOF, KEY = "index.html", "uses.txt", "proof.json", "log-key.txt"
WITNESSES = "witness-keys.txt"
HIDES = "what they hide from who acts for them"
"""A look-up of which nobody is told who acts for the person."""


@dataclass(frozen=True, slots=True)
class MyUses:
    """What was found for one person. `uses` held their record, `others` (id and title) did not; of `unknown` releases
    it cannot be told. `proof` is that of the release asked for; `sensitive` are all releases, theirs or not, whose
    titles could tell what the people in them have, and `partial` says that these were left out."""

    made: dt.date
    held: tuple[str, ...]
    uses: tuple[Use, ...]
    others: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    proof: PersonProof | None
    sensitive: frozenset[str] = frozenset()
    partial: bool = False

    def without_sensitive(self, hidden: Set[str] = frozenset()) -> MyUses:
        """The same without any use whose title could tell what the people in it have, nor those that the person
        hides: for who looks in another's place. It then says that there may be more, whether there are or not."""
        masked = self.sensitive | hidden
        return replace(
            self,
            uses=tuple(each for each in self.uses if each.release not in masked),
            others=tuple(each for each in self.others if each[0] not in masked),
            unknown=tuple(each for each in self.unknown if each not in masked),
            partial=True,
        )


def write_my_uses(haven: Haven, number: str, *, out: Path, because: str, prove: str = "") -> MyUses:
    """Write the folder of the person with this NHS number; it appears whole. `because` says who asked, and how they
    showed who they are; `prove` is the release of which a proof is asked.

    Raises BadInput for what is no NHS number, or no release."""
    if (own := nhs_number.clean(number)) is None:
        raise BadInput(
            "this is not an NHS number: it has ten digits, and the last one has to fit the others",
            todo="Look at the number again, in a letter from the NHS or in the NHS App. One digit may be wrong.",
        )
    if not because.strip():
        raise BadInput("who asked, and how did they show who they are?", todo="Say it with --because TEXT")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput("is in use", where=str(out), todo="Name a new folder for this person.")
    look_up(haven, kept.Looked.PERSON, of="my-uses", why=because, nhs_number=own)
    found = my_uses(haven, own, prove=prove)
    with whole_folder(out) as part:
        part.chmod(0o700)
        _write(haven, found, part)
    return found


def my_uses(haven: Haven, number: str, *, prove: str = "") -> MyUses:
    """What the haven can tell the person with this valid NHS number. Raises BadInput where there is no such release."""
    releases = {each.release.id: each for each in reads.releases()}
    if prove and prove not in releases:
        raise BadInput(f"there is no release {prove}", todo="Without --proof, the folder lists them all.")
    told = {id: each for id, each in releases.items() if has_tags(haven, each) and _face(each) is not None}
    proofs = {id: proof_of(haven, each, number) for id, each in told.items()}
    names, named = _names(), titles(haven)
    uses = {id: _use(each, names, named) for id, each in told.items()}
    return MyUses(
        made=haven.today(),
        held=tuple(named.get(each, each) for each in _held(haven, number)),
        uses=tuple(each for id, each in uses.items() if held_in(proofs[id])),
        others=tuple((id, str((_face(each) or {})["title"])) for id, each in told.items() if not held_in(proofs[id])),
        unknown=tuple(id for id in releases if id not in told),
        proof=proofs[prove] if prove in proofs else proof_of(haven, releases[prove], number) if prove else None,
        sensitive=frozenset(id for id, each in uses.items() if each.sensitive),
    )


def _held(haven: Haven, number: str) -> list[str]:
    """The datasets that hold a record under this number now."""
    datasets = [each.id for each in reads.records_of("dataset")]
    with haven.engine() as engine:
        return [each for each in datasets if _in_people(haven, engine, each, number)]


def _in_people(haven: Haven, engine: Any, dataset: str, number: str) -> bool:
    files = [haven.vault.delivery(dataset, each.id) / "people.parquet" for each in reads.live_deliveries(dataset)]
    files = [each for each in files if each.is_file()]
    if not files:
        return False
    found = engine.scan(files).filter((nw.col("nhs_number") == number) & nw.col("held"))
    return bool(engine.collect(found.select(nw.len().alias("n")))["n"][0].as_py())


def _names() -> Mapping[str, str]:
    return {each.id: each.name for each in reads.records_of("organisation") if isinstance(each, Organisation)}


def _face(each: kept.ReleaseKept) -> Mapping[str, Any] | None:
    sealed = reads.bodies(each.index)["certificate"]
    return None if sealed is None else json.loads(sealed.body)


def _use(each: kept.ReleaseKept, names: Mapping[str, str], datasets: Mapping[str, str]) -> Use:
    noun = each.release
    decided = next(found for found in reads.decisions(noun.application) if found.id == noun.decision)
    agreements = {found.id: found for found in reads.records_of("agreement") if isinstance(found, Agreement)}
    return Use(
        release=noun.id,
        recipient=names.get(noun.recipient, noun.recipient),
        dataset=datasets.get(noun.dataset, noun.dataset),
        sent=each.entered_at.astimezone(LONDON).date(),
        state=each.state,
        face=_face(each) or {},
        application=decided.application or {},
        agreement=agreements.get(noun.agreement),
        names=names,
    )


def _write(haven: Haven, found: MyUses, folder: Path) -> None:
    for name, text in pages_of(haven, found).items():
        (folder / name).write_text(text, encoding="utf-8")
    if found.proof is not None:
        (folder / PROOF).write_text(str(found.proof), encoding="utf-8")
        (folder / KEY).write_text(f"{haven.log_key}\n", encoding="utf-8")
        if witnesses := policy_of(haven.settings).witnesses:
            (folder / WITNESSES).write_text("".join(f"{each}\n" for each in witnesses), encoding="utf-8")


def pages_of(haven: Haven, found: MyUses) -> Mapping[str, str]:
    """The folder's page and its text, by the names of their files."""
    about = haven.settings.haven
    says = {
        "operator": about.operator,
        "contact": about.contact,
        "made": day(found.made),
        "held": held_words(found.held),
        "uses": [(each.title, each.release, answers(each, contact=about.contact)) for each in found.uses],
        "others": found.others,
        "unknown": list(unknown_words(found.unknown)),
        "cannot_see": CANNOT_SEE,
        "partial": PARTIAL if found.partial else "",
        "proof": found.proof,
        "proof_held": found.proof is not None and held_in(found.proof),
        "quoted": quoted,
    }
    return {
        PAGE: _PAGES.get_template("my_uses.html").render(says),
        TEXT: _TEXTS.get_template("my_uses.txt").render(says),
    }
