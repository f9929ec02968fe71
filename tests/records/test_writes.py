"""Every write keeps its record and enters it in the log, or does neither."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
from pathlib import Path

import pytest

import openhaven
from openhaven.log import commitment, parse_entry, verify_proof
from openhaven.model.errors import BadInput
from openhaven.package.manifest import entry_body
from openhaven.records import kept, models, reads, sqlite_file, writes
from openhaven.records.fsck import check_records

from . import given


def everything(haven):
    """One of each write."""
    act = haven.act
    yield writes.record_fact(kind="organisation", record=given.organisation(), act=act())
    yield writes.record_delivery(delivery=given.delivery("d1"), act=act())
    yield writes.record_delivery(delivery=given.delivery("d2", replaces="d1"), act=act())
    yield writes.record_optout_question(question=given.question(), act=act())
    yield writes.record_optout_answer(answer=given.answer(), act=act())
    yield writes.record_decision(decision=given.decision(), application=given.application(), act=act())
    yield enter(haven, "r1")
    yield writes.finish_release(release="r1", act=act())
    yield enter(haven, "r2", replaces="r1")
    yield writes.abandon_release(release="r2", reason="the disk was full", act=act())
    yield writes.record_identifiers_destroyed(release="r1", destroyed={"file": "people.csv"}, act=act())
    yield writes.erase_body(index=0, name="operator", reason="left long ago", act=act())


def enter(haven, id, **changed):
    release = given.release(id, **changed)
    return writes.enter_release(release=release, certificate={"lines": []}, act=haven.act())


def test_every_write_leaves_one_entry_that_its_proof_proves(haven):
    for index, position in enumerate(everything(haven)):
        assert (position.index, position.size) == (index, index + 1)
        proven = verify_proof(position.entry, position.proof, haven.trusted)
        assert (proven.index, proven.checkpoint.size) == (index, index + 1)
        assert position.note in position.proof
    found = check_records(trusted=haven.trusted)
    assert (found.entries, found.erased) == (12, 1)


def test_an_entry_that_was_made_long_ago_is_proven_under_the_latest_checkpoint(haven):
    positions = list(everything(haven))
    for position in positions:
        assert verify_proof(position.entry, reads.proof(position.index), haven.trusted).checkpoint.size == 12


def test_no_entry_names_the_operator_or_says_what_a_body_says(haven):
    secret = ["Olu", "Operator", "Somewhere", "people.csv", "disk", given.digest("answered"), "950", "1000"]
    for position in everything(haven):
        public = " ".join(parse_entry(position.entry).ids.values())
        assert [word for word in secret if word in public] == []


def test_the_operator_of_every_act_is_kept_beside_its_entry(haven):
    for position in everything(haven):
        if position.index != 0:  # that one is erased at the end
            assert json.loads(reads.bodies(position.index)["operator"].body) == {"operator": "Olu Operator"}


def test_a_release_commits_to_the_manifest_as_its_package_will_show_it(sqlite_haven):
    position = enter(sqlite_haven, "r1")
    kept_salt = position.bodies["manifest"].salt
    shown = commitment(entry_body(given.release("r1").manifest_sha256), kept_salt)
    assert parse_entry(position.entry).commitments["manifest"] == shown


def test_an_earlier_entry_keeps_its_bodies_and_is_proven_under_the_latest_checkpoint(haven):
    entered = enter(haven, "r1")
    writes.record_fact(kind="hold", record=given.hold(), act=haven.act())
    index = reads.unfinished_releases()[0].index
    assert reads.bodies(index) == entered.bodies
    assert verify_proof(entered.entry, reads.proof(index), haven.trusted).checkpoint.size == 2


def test_the_latest_version_of_a_fact_wins_and_all_are_kept(haven):
    for name in ("Old Name", "New Name"):
        writes.record_fact(kind="organisation", record=given.organisation(name), act=haven.act(f"{name} Writer"))
    assert reads.records_of("organisation") == [given.organisation("New Name")]
    versions = reads.fact_versions(kind="organisation", id="uni")
    assert [(each.version, each.record["name"], each.operator) for each in versions] == [
        (1, "Old Name", "Old Name Writer"),
        (2, "New Name", "New Name Writer"),
    ]


def test_a_fact_of_another_kind_than_it_says_is_refused(sqlite_haven):
    with pytest.raises(BadInput, match="is not the noun of 'hold'"):
        writes.record_fact(kind="hold", record=given.organisation(), act=sqlite_haven.act())


REFUSED = {
    "the same delivery again": lambda act: writes.record_delivery(delivery=given.delivery("d2"), act=act),
    "a replaced delivery replaced again": lambda act: writes.record_delivery(
        delivery=given.delivery("d3", replaces="d1"), act=act
    ),
    "another controller's delivery replaced": lambda act: writes.record_delivery(
        delivery=given.delivery("d3", controller="trust-b", replaces="d2"), act=act
    ),
    "an unknown delivery replaced": lambda act: writes.record_delivery(
        delivery=given.delivery("d3", replaces="d9"), act=act
    ),
    "an answer nobody asked for": lambda act: writes.record_optout_answer(answer=given.answer("a2", "q9"), act=act),
    "a question answered twice": lambda act: writes.record_optout_answer(answer=given.answer("a2"), act=act),
    "a decision on another application": lambda act: writes.record_decision(
        decision=given.decision("app-2"), application=given.application("app-1"), act=act
    ),
    "a release entered twice": lambda act: writes.enter_release(release=given.release("r1"), certificate={}, act=act),
    "a release finished twice": lambda act: writes.finish_release(release="r1", act=act),
    "a finished release abandoned": lambda act: writes.abandon_release(release="r1", reason="", act=act),
    "an unknown release finished": lambda act: writes.finish_release(release="r9", act=act),
    "an abandoned release replaced": lambda act: writes.enter_release(
        release=given.release("r3", replaces="r2"), certificate={}, act=act
    ),
    "a release replaced under another agreement": lambda act: writes.enter_release(
        release=given.release("r3", replaces="r1", agreement="agr-2"),
        certificate={},
        act=act,
    ),
    "an id like an NHS number": lambda act: writes.record_delivery(delivery=given.delivery("9990000018"), act=act),
    "a body erased twice": lambda act: writes.erase_body(index=0, name="operator", reason="", act=act),
    "a body erased that is not there": lambda act: writes.erase_body(index=99, name="operator", reason="", act=act),
    "a record in use erased": lambda act: writes.erase_body(index=0, name="record", reason="", act=act),
    "a release erased": lambda act: writes.erase_body(index=6, name="release", reason="", act=act),
    "a body that JSON cannot hold": lambda act: writes.record_identifiers_destroyed(
        release="r1", destroyed={"n": 2**60}, act=act
    ),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_the_records_is_refused_and_nothing_is_written(sqlite_haven, refused):
    list(everything(sqlite_haven))
    before = check_records(trusted=sqlite_haven.trusted)
    with pytest.raises(BadInput):
        refused(sqlite_haven.act())
    assert check_records(trusted=sqlite_haven.trusted) == before


def test_a_release_is_replaced_once_unless_that_one_was_abandoned(sqlite_haven):
    list(everything(sqlite_haven))  # r2 was to replace r1, and was abandoned
    enter(sqlite_haven, "r3", replaces="r1")
    with pytest.raises(BadInput, match="replaced already, by r3"):
        enter(sqlite_haven, "r4", replaces="r1")


def test_a_superseded_version_can_be_erased_and_its_salt_goes_with_it(haven):
    for name in ("Old Name", "New Name"):
        writes.record_fact(kind="organisation", record=given.organisation(name), act=haven.act())
    writes.erase_body(index=0, name="record", reason="a person's name stood there", act=haven.act())
    row = models.Body.objects.get(entry_id=0, name="record")
    assert (bytes(row.data), bytes(row.salt), row.erased_by_id) == (b"", b"", 2)
    assert reads.bodies(0)["record"] is None
    assert reads.fact_versions(kind="organisation", id="uni")[0].record is None
    assert check_records(trusted=haven.trusted).erased == 1


def test_an_erased_record_is_never_read_as_if_it_had_not_been(sqlite_haven):
    haven = sqlite_haven
    writes.record_fact(kind="hold", record=given.hold(), act=haven.act())
    day = haven.now.date()
    later = haven.act(now=haven.now + dt.timedelta(days=2))
    writes.record_fact(kind="hold", record=given.hold(ends=dt.date(2026, 3, 3)), act=later)
    writes.erase_body(index=0, name="record", reason="", act=later)
    with pytest.raises(BadInput, match="hold h1 as it stood then has been erased"):
        reads.facts_as_at(dataset=given.DATASET, controllers=[], policy=given.POLICY, day=day)


def test_a_clock_set_back_enters_nothing(sqlite_haven):
    writes.record_fact(kind="hold", record=given.hold(), act=sqlite_haven.act())
    early = sqlite_haven.act(now=sqlite_haven.now - dt.timedelta(days=2))
    with pytest.raises(BadInput, match="Set the clock right"):
        writes.record_fact(kind="hold", record=given.hold("h2"), act=early)
    assert check_records(trusted=sqlite_haven.trusted).entries == 1


def test_a_command_that_began_before_another_ended_is_entered_after_it(sqlite_haven):
    haven = sqlite_haven
    first = writes.record_fact(kind="hold", record=given.hold(), act=haven.act())
    early = haven.act(now=haven.now - dt.timedelta(hours=2))
    second = writes.record_fact(kind="hold", record=given.hold("h2"), act=early)
    assert parse_entry(second.entry).time == parse_entry(first.entry).time


def test_an_act_without_an_operator_cannot_be_made(sqlite_haven):
    with pytest.raises(BadInput, match="no operator"):
        sqlite_haven.act(" ")


def test_records_begin_once(sqlite_haven):
    with pytest.raises(BadInput, match="begun already"):
        writes.begin(origin="other.example/log", act=sqlite_haven.act())


def test_a_row_is_written_only_inside_a_write_and_never_deleted(sqlite_haven):
    list(everything(sqlite_haven))
    row = models.Fact.objects.get()
    for attempt in (
        row.save,
        row.delete,
        lambda: models.Fact.objects.update(version=2),
        lambda: models.Fact.objects.all().delete(),
        lambda: models.Fact.objects.create(entry_id=3, kind="hold", record="h9", version=1),
        lambda: models.Fact.objects.get_or_create(entry_id=3, kind="hold", record="h9", version=1),
        lambda: models.Fact.objects.update_or_create(entry_id=0, defaults={"version": 3}),
        lambda: models.Fact.objects.bulk_create([models.Fact(entry_id=3, kind="hold", record="h9", version=1)]),
        lambda: models.Fact.objects.bulk_update([row], ["version"]),
        lambda: models.Entry.objects.get(index=0).bodies.update(data=b""),
        lambda: models.Entry.objects.get(index=0).bodies.create(name="x", data=b"", salt=b""),
    ):
        with pytest.raises(RuntimeError, match=r"only in a write|never deleted"):
            attempt()
    assert check_records(trusted=sqlite_haven.trusted).entries == 12


RECORDS = Path(openhaven.__file__).parent / "records"
MAY_WRITE = {RECORDS / "guard.py", RECORDS / "logstore.py", RECORDS / "writes.py"}
OPENS = {"write_open", "acting", "begin_log", "_raw_delete"}
WRITES = {
    "save",
    "delete",
    "create",
    "bulk_create",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "update",
    "cursor",
}


def test_no_other_module_writes_a_row():
    """Read from the source: only the writes open a write, and who knows the tables calls nothing that writes."""
    desk = set((RECORDS.parent / "desk").rglob("*.py"))  # writes tables of its own, which hold no record
    modules = set(RECORDS.parent.rglob("*.py")) - MAY_WRITE - desk
    texts = {str(path.relative_to(RECORDS.parent / "desk")): path.read_text("utf-8") for path in desk}
    assert not any("openhaven.records.models" in text for text in texts.values())
    taken = {name for text in texts.values() for names in re.findall(r"from openhaven\.records\S* import (.+)", text)
             for name in re.findall(r"\w+", names)}  # fmt: skip
    assert taken and not taken & OPENS
    ran = {
        name: set(re.findall(r"execute\(f?\"(\w+ \w+ [{\w}]+)", text))
        for name, text in texts.items()
        if "cursor" in text
    }
    assert ran == {"upkeep.py": {"DELETE FROM {SESSIONS}"}}
    asks = {"sqlite_file.py": {"cursor"}}  # what SQLite finds of its own file
    accounts = RECORDS.parent / "web" / "recovery.py"  # codes of accounts, in a table of the library that asks them
    assert "openhaven.records" not in accounts.read_text("utf-8")
    modules.remove(accounts)
    assert {path.name: found for path in modules if (found := writing_in(path))} == asks
    asked = re.findall(r'_asked\(("[^"]*"|[A-Z_]+)', (RECORDS / "sqlite_file.py").read_text("utf-8"))
    statements = [vars(sqlite_file).get(each, each.strip('"')) for each in asked]
    assert len(statements) == 8 and all(each.startswith(("PRAGMA integrity_check", "SELECT ")) for each in statements)
    assert all(writing_in(path) for path in MAY_WRITE)  # it would be seen


def writing_in(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imported = {
        f"{node.module}.{each.name}" for node in nodes if isinstance(node, ast.ImportFrom) for each in node.names
    }
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    tables = any(name.startswith(("openhaven.records.models", "django.db")) for name in imported)
    opening = any(name.startswith(("openhaven.records.logstore", "openhaven.records.guard")) for name in imported)
    return names & ((OPENS if opening or tables else set()) | (WRITES if tables else set()))


def test_a_release_is_entered_then_finished_or_abandoned(sqlite_haven):
    enter(sqlite_haven, "r1")
    assert [each.release.id for each in reads.unfinished_releases()] == ["r1"]
    assert reads.release("r1").state is kept.ReleaseState.ENTERED
    writes.finish_release(release="r1", act=sqlite_haven.act())
    assert reads.unfinished_releases() == []
    assert reads.release("r1").state is kept.ReleaseState.FINISHED
    enter(sqlite_haven, "r2")
    writes.abandon_release(release="r2", reason="given up", act=sqlite_haven.act())
    assert reads.release("r2").state is kept.ReleaseState.ABANDONED
    assert reads.release("r3") is None


def test_a_question_is_open_until_a_later_one_is_asked(haven):
    for id in ("q1", "q2"):
        writes.record_optout_question(question=given.question(id), act=haven.act())
    with pytest.raises(BadInput, match="q2 was asked after q1"):
        writes.record_optout_answer(answer=given.answer("a1", "q1"), act=haven.act())
    writes.record_optout_answer(answer=given.answer("a1", "q2"), act=haven.act())
