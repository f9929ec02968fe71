"""What is read is what was recorded: as at a day, the latest version, checked against its commitment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection

from openhaven.log import parse_checkpoint
from openhaven.log.note import parse_note
from openhaven.log.tree import leaf_hash
from openhaven.model.errors import BadInput, NotVerified
from openhaven.model.facts import FormerApplication, FormerRelease
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.controllers import Hold
from openhaven.model.record.organisations import Organisation
from openhaven.model.words import Level, Precision, Purpose
from openhaven.records import reads, writes
from openhaven.records.logstore import read_nodes

from . import given


def facts(day):
    return reads.facts_as_at(dataset=given.DATASET, controllers=("trust-a",), policy=given.POLICY, day=day)


def on(day, hour=12, minute=0):
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=dt.UTC)


def test_facts_are_those_recorded_by_the_end_of_the_day(haven):
    writes.record_fact(kind="organisation", record=given.organisation("Old"), act=haven.act(now=on(1)))
    writes.record_fact(kind="hold", record=given.hold(), act=haven.act(now=on(3)))
    writes.record_fact(kind="organisation", record=given.organisation("New"), act=haven.act(now=on(5)))

    def as_at(day):
        found = facts(dt.date(2026, 6, day))
        return [each.name for each in found.every(Organisation)], [each.id for each in found.every(Hold)]

    assert as_at(0 + 1) == (["Old"], [])
    assert as_at(2) == (["Old"], [])
    assert as_at(4) == (["Old"], ["h1"])
    assert as_at(5) == (["New"], ["h1"])
    assert facts(dt.date(2026, 5, 31)).records == ()


def test_a_day_ends_at_midnight_in_london(haven):
    late = on(1, 22, 59)  # 23:59 in British Summer Time
    writes.record_fact(kind="hold", record=given.hold("h1"), act=haven.act(now=late))
    writes.record_fact(kind="hold", record=given.hold("h2"), act=haven.act(now=late + dt.timedelta(minutes=1)))
    assert [each.id for each in facts(dt.date(2026, 6, 1)).records] == ["h1"]
    assert [each.id for each in facts(dt.date(2026, 6, 2)).records] == ["h1", "h2"]


def test_facts_carry_the_dataset_its_controllers_and_the_policy(sqlite_haven):
    found = facts(dt.date(2026, 6, 1))
    assert (found.dataset, found.controllers, found.policy) == (given.DATASET, ("trust-a",), given.POLICY)


def test_facts_tell_what_was_asked_in_an_application_to_which_somebody_said_no(haven):
    for id in ("app-1", "app-2"):
        writes.record_decision(decision=given.decision(id), application=given.application(id), act=haven.act(now=on(1)))
    no = Recommendation("no", Advice.OPPOSES, "C. Hale", "Caldicott Guardian", "trust-a", dt.date(2026, 6, 2),
                        dt.date(2027, 6, 1), application="app-1")  # fmt: skip
    assert facts(dt.date(2026, 6, 2)).refused == ()
    writes.record_fact(kind="recommendation", record=no, act=haven.act(now=on(2)))
    asked = FormerApplication("app-1", "uni", "uni", Purpose.RESEARCH, "hes", Level.DE_IDENTIFIED)
    assert facts(dt.date(2026, 6, 1)).refused == ()
    assert facts(dt.date(2026, 6, 2)).refused == (asked,)
    yes = replace(no, says=Advice.SUPPORTS)
    writes.record_fact(kind="recommendation", record=yes, act=haven.act(now=on(3)))
    assert facts(dt.date(2026, 6, 3)).refused == ()


def test_a_delivery_is_live_until_another_replaces_it(haven):
    for delivery in (given.delivery("d1"), given.delivery("d2"), given.delivery("d3", replaces="d1")):
        writes.record_delivery(delivery=delivery, act=haven.act())
    assert reads.live_deliveries("hes") == [given.delivery("d2"), given.delivery("d3", replaces="d1")]
    assert [each.id for each in reads.deliveries()] == ["d1", "d2", "d3"]
    assert reads.live_deliveries("gp") == []


def release(haven, id, **changed):
    entered = given.release(id, **changed)
    writes.enter_release(release=entered, certificate={}, act=haven.act())


def test_former_releases_are_the_finished_ones_with_their_recoding(haven):
    release(haven, "r1")
    writes.finish_release(release="r1", act=haven.act())
    release(haven, "r2", replaces="r1")
    day = haven.now.date()

    def former():
        return [(each.id, each.replaced) for each in reads.former_releases(dataset="hes", day=day)]

    assert former() == [("r1", False)]
    writes.finish_release(release="r2", act=haven.act())
    assert former() == [("r1", True), ("r2", False)]
    assert reads.former_releases(dataset="hes", day=day - dt.timedelta(days=1)) == ()
    assert facts(day).former[1] == FormerRelease(
        id="r2", application="app-1", agreement="agr-1", on=day, recoding=(("AGE", Precision.AGE_10),), replaced=False
    )


def test_a_release_is_read_with_its_state_and_its_place(haven):
    release(haven, "r1")
    found = reads.release("r1")
    assert (found.release, found.state, found.index, found.ended) == (given.release("r1"), "entered", 0, None)
    writes.finish_release(release="r1", act=haven.act())
    assert (reads.release("r1").state, reads.release("r1").ended) == ("finished", 1)
    assert reads.releases() == [reads.release("r1")]


def test_lists_are_known_by_counts_and_digests(haven):
    writes.record_optout_question(question=given.question(), act=haven.act())
    for answer in (given.answer("a1"), given.answer("a2", question="")):
        writes.record_optout_answer(answer=answer, act=haven.act())
    assert reads.optout_questions("national") == [given.question()]
    assert reads.optout_answers("national") == [given.answer("a1"), given.answer("a2", question="")]


def test_an_application_may_be_decided_again_and_both_decisions_are_kept(haven):
    for _ in range(2):
        writes.record_decision(decision=given.decision(), application=given.application(), act=haven.act())
    found = reads.decisions("app-1")
    assert [each.id for each in found] == ["app-1.1", "app-1.2"]
    assert found[1].decision == given.decision().as_plain() | {"obligations": [], "questions": []}
    assert found[1].application["title"] == "A study"
    assert reads.decisions("app-2") == []


def test_destruction_of_identifiers_is_known_by_release(sqlite_haven):
    assert not reads.identifiers_destroyed("r1")
    writes.record_identifiers_destroyed(release="r1", destroyed={}, act=sqlite_haven.act())
    assert reads.identifiers_destroyed("r1")


def test_entries_and_nodes_are_read_by_their_place(haven):
    positions = [writes.record_delivery(delivery=given.delivery(f"d{n}"), act=haven.act()) for n in range(5)]
    assert list(reads.entries()) == [(each.index, each.entry) for each in positions]
    assert list(reads.entries(1, 3)) == [(each.index, each.entry) for each in positions[1:3]]
    assert read_nodes(lambda read: read(0, 4))[0, 4] == leaf_hash(positions[4].entry)
    with pytest.raises(NotVerified, match="node 1 of level 2"):
        read_nodes(lambda read: read(2, 1))
    assert reads.checkpoint() == positions[-1].note
    assert parse_checkpoint(parse_note(reads.checkpoint()).text).size == 5
    with pytest.raises(BadInput, match="no entry 5"):
        reads.proof(5)


@pytest.mark.parametrize("column", ["data", "salt"])
def test_a_body_changed_behind_our_back_is_not_believed(sqlite_haven, column):
    writes.record_fact(kind="hold", record=given.hold(), act=sqlite_haven.act())
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE records_body SET {column} = zeroblob(32) WHERE name = 'record'")
    with pytest.raises(NotVerified, match="not what it commits to"):
        facts(sqlite_haven.now.date())
