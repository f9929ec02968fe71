"""The ledger of tables as a file: read as it was written, and known by a digest of all that it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.memory import remembered
from openhaven.disclosure.ledger import Remembered
from openhaven.disclosure.memory import told_together
from openhaven.release.ledger_file import Covered, KeptLedgers, read_ledgers
from tests.disclosure.differencing import KINDS, World, attacks, random_table

WORLD = World.made(2_000, seed=5)
ABOUT = {"format": "vault"}


def tables(number: int, *, people: bool = False) -> list[Remembered]:
    rng = np.random.default_rng(5)
    asked = [random_table(WORLD, rng, id=f"R{at}") for at in range(number)]
    return [remembered(replace(each, people=people), WORLD) for each in asked]


def kept(number: int) -> KeptLedgers:
    covered = [Covered(f"R{at}", "table", 100 + at) for at in range(number)]
    return KeptLedgers.of(covered, tables(number), tables(number, people=True))


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    ledgers = kept(4)
    ledgers.write(tmp_path / "ledger", ABOUT)
    found = read_ledgers(tmp_path / "ledger")
    assert found is not None and found.digest == ledgers.digest and found.covered == ledgers.covered
    for one, other in ((ledgers.rows, found.rows), (ledgers.people, found.people)):
        for here, there in zip(one.tables, other.tables, strict=True):
            assert here.published.shown == there.published.shown and here.apart == there.apart
            assert (here.cells == there.cells).all() and (here.bounds.low == there.bounds.low).all()
            assert (here.bounds.high == there.bounds.high).all()


def test_brought_up_to_date_it_is_the_one_made_of_all_releases(tmp_path: Path) -> None:
    rows, people = tables(5), tables(5, people=True)
    ledgers = KeptLedgers.of((), (), ())
    for at in range(5):
        ledgers = ledgers.and_of(Covered(f"R{at}", "table", 100 + at), [rows[at], people[at]])
        ledgers.write(tmp_path / "ledger", ABOUT)
        found = read_ledgers(tmp_path / "ledger")
        assert found is not None
        ledgers = found
    assert ledgers.digest == kept(5).digest


def test_a_file_of_records_is_covered_and_adds_no_table() -> None:
    ledgers = kept(2)
    more = ledgers.and_of(Covered("R9", "records", 7), [])
    assert len(more.rows) == len(ledgers.rows) and more.covered[-1].kind == "records"
    assert more.digest != ledgers.digest


@pytest.mark.parametrize("kind", KINDS)
def test_beside_the_file_the_same_is_told_as_beside_the_releases(kind: str, tmp_path: Path) -> None:
    attack = next(each for each in attacks(WORLD, len(KINDS), seed=8) if each.kind == kind)
    earlier = [remembered(each, WORLD) for each in attack.earlier]
    covered = [Covered(each.id, "table", 1) for each in earlier]
    KeptLedgers.of(covered, earlier, ()).write(tmp_path / "ledger", ABOUT)
    found = read_ledgers(tmp_path / "ledger")
    assert found is not None
    told = told_together(remembered(attack.new, WORLD), found.rows)
    assert told and told == told_together(remembered(attack.new, WORLD), KeptLedgers.of(covered, earlier, ()).rows)


def test_what_is_no_ledger_is_not_read(tmp_path: Path) -> None:
    assert read_ledgers(tmp_path / "none") is None
    (tmp_path / "ledger").write_bytes(b"PAR1")
    assert read_ledgers(tmp_path / "ledger") is None
    kept(2).write(tmp_path / "ledger", ABOUT)
    whole = (tmp_path / "ledger").read_bytes()
    (tmp_path / "ledger").write_bytes(whole[: len(whole) // 2])
    assert read_ledgers(tmp_path / "ledger") is None


def test_a_turned_bit_shows_in_the_digest_or_it_is_not_read(tmp_path: Path) -> None:
    ledgers, path = kept(3), tmp_path / "ledger"
    ledgers.write(path, ABOUT)
    whole, rng = path.read_bytes(), np.random.default_rng(6)
    plain = read_ledgers(path)
    assert plain is not None
    for at in rng.integers(0, len(whole), 60).tolist():
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        found = read_ledgers(path)
        if found is not None and found.digest == ledgers.digest:
            assert found.covered == ledgers.covered and len(found.rows) == len(ledgers.rows)
            assert (found.rows.held == plain.rows.held).all() and (found.rows.atom == plain.rows.atom).all()
