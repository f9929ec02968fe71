"""Quarantine, replacement, the same bytes again, and Type 1 at the door of GP data."""

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest

from openhaven.model.errors import BadInput
from openhaven.optouts.lists import ObjectorList, Source
from openhaven.optouts.numbers import Numbers
from openhaven.vault.arrival import TYPE_1, Screened, deliveries, live
from openhaven.vault.deliver import Again, stage

SCREENED = Screened((TYPE_1,), "the practice")


def aside(bench, part, delivery="d1"):
    return sorted(
        pq.read_table(bench.vault.quarantine(delivery) / f"{part}.parquet").to_pylist(), key=lambda row: row["_row"]
    )


def content(bench, delivery="d1", dataset="episodes"):
    table = pq.read_table(bench.vault.delivery(dataset, delivery) / "content.parquet")
    return sorted(table.to_pylist(), key=lambda row: row["_row"])


def test_quarantine_takes_the_good_rows_and_writes_the_bad_ones_aside_with_reasons(bench, made):
    lines = made.rows()
    lines[1] = lines[1].replace(made.numbers[1], "9990000027")
    lines[3] = lines[3].replace(",2,", ",7,").replace("I23", "23")
    taken = bench.deliver(bench.describe(), bench.file(made.csv(*lines)), quarantine=True)
    assert (taken.rows, taken.people, taken.quarantined, taken.dissenting) == (3, 3, 2, 0)
    assert [row["_row"] for row in content(bench)] == [1, 3, 5]
    assert [(row["_row"], row["nhs_number"], row["diagnosis"]) for row in aside(bench, "rows")] == [
        (2, "9990000027", "I21"),
        (4, made.numbers[3], "23"),
    ]
    assert [(row["file"], row["row"], row["field"]) for row in aside(bench, "reasons")] == [
        ("episodes.csv", 2, "nhs_number"),
        ("episodes.csv", 4, "sex"),
        ("episodes.csv", 4, "diagnosis"),
    ]
    quality = json.loads((bench.vault.delivery("episodes", "d1") / "quality.json").read_text())
    assert quality["quarantined"] == 2 and quality["fields"]["sex"]["invalid"] == 1
    assert quality["fields"]["sex"]["problems"] == [
        {"reason": "is not one of the values that the description lists", "rows": 1}
    ]


def test_quarantine_names_the_row_of_the_second_file(bench, made):
    one = bench.file(made.csv(*made.rows()[:2]), "a.csv")
    two = bench.file(made.csv(*made.rows()[2:]).replace("I23", "oops"), "b.csv")
    bench.deliver(bench.describe(), one, two, quarantine=True)
    assert [(row["_row"], row["file"], row["row"]) for row in aside(bench, "reasons")] == [(4, "b.csv", 2)]


def test_quarantine_sets_aside_every_row_that_shares_a_value_that_must_be_unique(bench, made):
    lines = made.rows()
    taken = bench.deliver(
        bench.describe(), bench.file(made.csv(*lines[:4], lines[4].replace("104,", "100,"))), quarantine=True
    )
    assert (taken.rows, taken.quarantined) == (3, 2)


def test_a_file_cut_short_is_refused_with_quarantine_too(bench, made):
    with pytest.raises(BadInput, match="fewer values"):
        bench.deliver(bench.describe(), bench.file(made.csv(*made.rows()) + "105,9990"), quarantine=True)


def test_quarantine_that_would_leave_nothing_refuses(bench, made):
    lines = [line.replace(",I2", ",x") for line in made.rows()]
    dataset, before = bench.describe(), bench.state()
    with pytest.raises(BadInput, match="no row could be taken"):
        bench.deliver(dataset, bench.file(made.csv(*lines)), quarantine=True)
    assert bench.state() == before


def test_the_same_bytes_again_change_nothing_and_say_so(bench, made):
    dataset, path = bench.describe(), bench.file(made.csv(*made.rows()))
    first = bench.deliver(dataset, path)
    before = bench.state()
    again = stage(bench.vault, dataset, [path], arrival=bench.arrival("d2"))
    assert again == Again(first)
    assert bench.deliver(dataset, path, id="d3") == first
    assert bench.state() == before


def test_the_same_bytes_from_another_controller_are_another_delivery(bench, made):
    dataset, path = bench.describe(), bench.file(made.csv(*made.rows()))
    bench.deliver(dataset, path)
    assert bench.deliver(dataset, path, id="d2", controller="trust-b").id == "d2"


def test_two_commands_with_the_same_bytes_at_once_leave_one_delivery(bench, made):
    dataset, path = bench.describe(), bench.file(made.csv(*made.rows()))
    with stage(bench.vault, dataset, [path], arrival=bench.arrival("d1")) as one:
        two = stage(bench.vault, dataset, [path], arrival=bench.arrival("d2"))
        one.commit()
        with pytest.raises(BadInput, match="delivered meanwhile as d1"), two:
            two.commit()
    assert [delivery.id for delivery in deliveries(bench.vault, "episodes")] == ["d1"]


def test_an_id_that_is_in_use_is_refused(bench, made):
    dataset, path = bench.describe(), bench.file(made.csv(*made.rows()))
    with stage(bench.vault, dataset, [path], arrival=bench.arrival("d1")) as one:
        with pytest.raises(BadInput, match="another command"):
            stage(bench.vault, dataset, [path], arrival=bench.arrival("d1"))
        one.commit()
    with pytest.raises(BadInput, match="a delivery d1 already"):
        bench.deliver(dataset, bench.file(made.csv(*made.rows(2))), id="d1")
    assert len(content(bench)) == 5


def test_a_delivery_that_replaces_another_supersedes_it_and_both_are_kept(bench, made):
    dataset = bench.describe()
    bench.deliver(dataset, bench.file(made.csv(*made.rows())))
    bench.deliver(dataset, bench.file(made.csv(*made.rows(3))), id="d2", replaces="d1")
    held = deliveries(bench.vault, "episodes")
    assert {delivery.id for delivery in held} == {"d1", "d2"}
    assert [(delivery.id, delivery.replaces) for delivery in live(held)] == [("d2", "d1")]


@pytest.mark.parametrize(("controller", "replaces"), [("trust-a", "d9"), ("trust-b", "d1"), ("trust-a", "d1")])
def test_only_a_live_delivery_of_the_same_controller_can_be_replaced(bench, made, controller, replaces):
    dataset = bench.describe()
    bench.deliver(dataset, bench.file(made.csv(*made.rows())))
    bench.deliver(dataset, bench.file(made.csv(*made.rows(3))), id="d2", replaces="d1")
    with pytest.raises(BadInput, match="no live delivery"):
        bench.deliver(dataset, bench.file(made.csv(*made.rows(2))), id="d3", controller=controller, replaces=replaces)


def objecting(*numbers, controller="practice-1", source=Source.TYPE_1):
    return ObjectorList("t1", source, Numbers.of(numbers), dt.datetime(2026, 11, 1, tzinfo=dt.UTC), controller)


def deliver_gp(bench, made, *numbers, lines=None, **given):
    usual = {"controller": "practice-1", "screened": SCREENED, "type1": objecting(*numbers)}
    return bench.deliver(bench.describe(setting="gp"), bench.file(made.csv(*(lines or made.rows()))), **usual | given)


def test_a_dissenters_row_in_gp_data_is_an_incident_and_nothing_of_it_is_kept(bench, made):
    taken = deliver_gp(bench, made, made.numbers[1])
    assert (taken.rows, taken.dissenting, taken.quarantined, taken.type1_list) == (4, 1, 0, "t1")
    assert [row["_row"] for row in content(bench)] == [1, 3, 4, 5]
    assert [(row["row"], row["field"]) for row in aside(bench, "reasons")] == [(2, None)]
    assert aside(bench, "rows") == []
    people = pq.read_table(bench.vault.delivery("episodes", "d1") / "people.parquet")
    assert made.numbers[1] not in people["person_key"].to_pylist() and people.num_rows == 4


def test_a_dissenter_with_spaces_in_the_number_or_a_bad_value_elsewhere_is_still_found(bench, made):
    lines = made.rows()
    lines[1] = lines[1].replace(made.numbers[1], "999 000 0026").replace("I21", "oops")
    taken = deliver_gp(bench, made, made.numbers[1], lines=lines, quarantine=True)
    assert (taken.dissenting, taken.quarantined) == (1, 0) and aside(bench, "rows") == []


def test_all_rows_of_a_dissenter_are_left_out_also_those_without_the_number(bench, made):
    fields = [
        made.field("patient", "string", "person"),
        made.field("nhs_number", "string", "identifier", kind="nhs_number"),
    ]
    dataset = bench.describe(fields=fields, id="register", setting="gp", in_order=())
    one, two, *_ = made.numbers
    taken = bench.deliver(
        dataset,
        bench.file(f"patient,nhs_number\nA,{one}\nA,\nB,{two}\n,{one}\nC,\n"),
        controller="practice-1",
        screened=SCREENED,
        type1=objecting(one),
    )
    assert (taken.rows, taken.dissenting) == (2, 3)
    assert [row["_row"] for row in content(bench, dataset="register")] == [3, 5]


def test_an_empty_list_lets_everyone_in(bench, made):
    assert deliver_gp(bench, made).rows == 5


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"type1": None}, "comes with the list of Type 1 objectors of practice-1"),
        ({"type1": objecting(controller="practice-2")}, "is not the Type 1 list of practice-1"),
        ({"type1": objecting(controller="", source=Source.NATIONAL)}, "is not the Type 1 list of practice-1"),
        ({"screened": Screened((), "the practice")}, "does not say that Type 1 opt-outs were applied"),
    ],
)
def test_gp_data_without_the_practices_list_or_unscreened_is_refused(bench, made, given, says):
    with pytest.raises(BadInput, match=says):
        deliver_gp(bench, made, **given)
    assert deliveries(bench.vault, "episodes") == ()


def test_type_1_never_removes_hospital_records(bench, made):
    taken = bench.deliver(
        bench.describe(), bench.file(made.csv(*made.rows())), type1=objecting(made.numbers[1], controller="trust-a")
    )
    assert (taken.rows, taken.dissenting) == (5, 0)


def test_where_a_law_requires_the_flow_a_dissenters_row_comes_in_and_that_is_written_down(bench, made):
    taken = deliver_gp(bench, made, made.numbers[1], required_by="REQ-1")
    assert (taken.rows, taken.dissenting, taken.required_by) == (5, 0, "REQ-1")


def test_the_list_of_dissenters_is_needed_all_the_same_so_that_other_uses_leave_them_out(bench, made):
    with pytest.raises(BadInput, match="comes with the list of Type 1 objectors"):
        deliver_gp(bench, made, type1=None, required_by="REQ-1", screened=Screened((), "the sender"))
