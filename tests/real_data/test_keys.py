"""Who is told apart by what: releases without a key to a person, keys agreed at `*`, and references to other people.

Small made-up data of an awkward shape, on the whole road: whole numbers as keys; dots, spaces, hyphens in names."""

import datetime as dt
from collections import Counter

import pytest

AS_HELD = "as held"
PEOPLE, ALONE = 60, 40  # and one more person with that many rows, alone in their class
FIELDS = [
    {"name": "ID", "type": "integer", "role": "person"},
    {"name": "Case.ID", "type": "integer", "role": "content", "refers_to": "ID"},
    {"name": "age.in years", "type": "integer", "role": "quasi"},
    {"name": "number", "type": "string", "role": "identifier", "kind": "nhs_number"},
    {"name": "U-nit", "type": "string", "role": "key"},
    {"name": "select", "type": "datetime", "role": "quasi"},
]


def rows(numbers):
    """People 1 to PEOPLE with one row each, and person 99 with ALONE rows in a class of their own."""
    found = [
        {"ID": f"{id:03}", "Case.ID": str(id % PEOPLE + 1), "age.in years": str(40 + id % 2), "number": numbers[id],
         "U-nit": f"U{id % 7}", "select": f"2026-01-{id % 28 + 1:02}T10:{id % 60:02}:00" if id % 5 else ""}
        for id in range(1, PEOPLE + 1)
    ]  # fmt: skip
    alone = {"ID": "99", "Case.ID": "1", "age.in years": "80", "number": numbers[99], "U-nit": "U1", "select": ""}
    return [*found, *[alone] * ALONE]


@pytest.fixture(scope="module")
def held(road, real):
    numbers = dict(zip([*range(1, PEOPLE + 1), 99], real.numbers(PEOPLE + 1), strict=True))
    road.recipient("university")
    road.recipient("audit", bodies=("nhs body",))
    road.controller("clinic", "visits")
    ours = {"format": 1, "dataset": "visits", "setting": "hospital", "territory": "England"}
    road.describe({"openhaven": ours, "title": "Visits", "resources": [{"schema": {"fields": FIELDS}}]})
    source = rows(numbers)
    road.deliver("visits", real.write(road.folder / "visits.csv", source, list(source[0])), controller="clinic")
    road.classify("visits")
    return road, source


@pytest.fixture
def release(held):
    road, _ = held

    def made(id, fields, *, k=5, suppression=0.5):
        terms = {"to": "university", "controllers": ("clinic",), "k": k, "suppression": suppression}
        return road.release(road.agree(id, "visits", fields, **terms), to="university")[0]

    return made


def test_where_no_key_to_a_person_leaves_a_class_still_holds_k_people_and_not_only_k_rows(release):
    left = release("keyless", {"age.in years": AS_HELD})
    assert Counter(row["age.in years"] for row in left) == {40: PEOPLE // 2, 41: PEOPLE // 2}


def test_of_a_key_agreed_at_a_star_nothing_leaves_and_no_pseudonym_either(release):
    left = release("stars", {"ID": "*", "Case.ID": "*", "U-nit": "*", "age.in years": AS_HELD})
    assert len(left) == PEOPLE
    assert {(row["ID"], row["Case.ID"], row["U-nit"]) for row in left} == {("*", "*", "*")}


def test_instants_that_may_be_missing_are_coarsened_to_months_and_missing_ones_stay_so(release):
    left = release("instants", {"ID": AS_HELD, "age.in years": AS_HELD, "select": AS_HELD})
    assert Counter(row["select"] for row in left) == {dt.date(2026, 1, 1): PEOPLE * 4 // 5, None: PEOPLE // 5}


def test_counts_by_a_name_with_dots(held):
    road, _ = held
    level = "aggregate, small numbers suppressed"
    road.classify("visits", level=level)
    terms = {"to": "university", "controllers": ("clinic",), "level": level}
    fields = {"age.in years": "as held", "U-nit": "as held"}
    asked = road.agree("counts", "visits", fields, table={"by": ["age.in years"], "people": True}, **terms)
    rows, _ = road.release(asked, to="university")
    assert [tuple(row.values()) for row in rows] == [
        ("40", "30", "30"), ("41", "30", "30"), ("80", "*", "*"), ("Total", "100", "60")]  # fmt: skip


def test_where_no_row_is_left_nothing_leaves(held):
    road, _ = held
    nobody = [{"field": "age.in years", "test": "is", "values": ["12345"]}]
    terms = {"to": "university", "controllers": ("clinic",), "k": 5}
    asked = road.agree("nobody", "visits", {"ID": AS_HELD}, cohort=nobody, **terms)
    said = road.haven("release", str(asked), "--out", str(road.folder / "nobody"), status=5, json=False)
    assert "no row is left" in said and not (road.folder / "nobody").exists()


def test_a_cohort_that_names_people_is_refused_below_the_identifiable_level(held):
    road, _ = held
    somebody = [{"field": "ID", "test": "is", "values": ["3"]}]
    terms = {"to": "university", "controllers": ("clinic",), "k": 5}
    asked = road.agree("somebody", "visits", {"ID": AS_HELD}, cohort=somebody, **terms)
    said = road.haven("release", str(asked), "--out", str(road.folder / "somebody"), status=3, json=False)
    assert "Refused" in said


@pytest.mark.parametrize("fields", [("ID", "Case.ID", "age.in years"), ("Case.ID", "age.in years")])
def test_identifiable_data_names_those_referred_to_by_their_own_key_and_nobody_who_opted_out(held, real, fields):
    road, source = held
    question, reply = (road.folder / f"{name}-{len(fields)}.dat" for name in ("question", "reply"))
    answers = road.haven("optouts", "ask", str(question))["id"]
    gone = {"005", f"00{len(fields) + 5}"}  # no two replies are the same
    out = {row["number"] for row in source if row["ID"] in gone}
    asked = question.read_text().split(",\n")[:-1]
    reply.write_text("".join(f"{number},\n" for number in asked if number not in out))
    road.haven("optouts", "load", str(reply), "--question", answers)
    id = f"audit-{len(fields)}"
    road.record("support", id=id, regulation=5, title="audit", applicant="audit", purpose="clinical audit",
                decided_by="Secretary of State", datasets=["visits"], fields=list(fields), recipients=["audit"],
                schedule=[4], national_opt_out="applies", letter=real.seen, conditions_met=real.seen,
                practicability="too many to ask", review=real.term["ends"], **real.term)  # fmt: skip
    asked = road.agree(id, "visits", dict.fromkeys(fields, AS_HELD), to="audit", controllers=("clinic",),
                       level="identifiable", purpose="clinical audit", route="COPI regulation 5", basis=[id],
                       data_protection={"article_6": "6(1)(e)", "article_9": "9(2)(h)",
                                        "schedule_1": "Part 1 paragraph 2"})  # fmt: skip
    left, _ = road.release(asked, to="audit")
    expected = [{name: int(row[name]) for name in ("ID", "Case.ID", "age.in years")} for row in source
                if row["ID"] not in gone]  # fmt: skip
    for row in expected:
        row["Case.ID"] = None if row["Case.ID"] in map(int, gone) else row["Case.ID"]
    assert Counter(map(tuple, (row.values() for row in left))) == Counter(
        tuple(row[name] for name in fields) for row in expected
    )
    _destroyed(road, f"{id}.R1")  # else the next file would tell who opted out in between


def _destroyed(road, release: str) -> None:
    """The recipient certifies that its file is gone."""
    letter = road.folder / f"destroyed-{release}.txt"
    letter.write_text(f"The file of {release} was destroyed.")
    road.haven("destroyed", release, "--certificate", str(letter), "--said-by", "A. Smith, audit lead")
