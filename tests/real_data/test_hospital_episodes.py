"""Hospital episodes in the exact national layout, 193 columns, on the whole road: de-identified rows, and whole records
with opt-outs applied. The file has no NHS numbers; a made-up one of the 999 range stands beside each person's key."""

import datetime as dt
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

K = 5
SUPPORTED = "26-CAG-0001"
OPTED_OUT = 12  # every twelfth person, and the one with the most episodes
ROWS = {"PSEUDO_HESID": "as held", "EPIKEY": "as held", "SEX": "as held", "ADMIDATE": "quarter",
        "ETHNOS": "as held", "MYDOB": "*", "EPIDUR": "as held", "ELECDUR": "as held", "CLASSPAT": "as held",
        "DIAG_4_01": "3-character code", "OPERTN_4_01": "as held", "OPERTN_COUNT": "as held",
        "DIAG_4_CONCAT": "as held"}  # fmt: skip
QUASI = ("SEX", "ADMIDATE", "ETHNOS")
BORN = {"type": "date", "format": "%m%Y", "role": "identifier", "kind": "date_of_birth"}
NUMBER = {"name": "NHS_NUMBER", "type": "string", "role": "identifier", "kind": "nhs_number"}
DESCRIPTION = json.loads((Path(__file__).parents[1] / "data" / "hes_apc" / "datapackage.json").read_text())
TYPES = {field["name"]: field["type"] for field in DESCRIPTION["resources"][0]["schema"]["fields"]}
RESTRICTED = ("ICD-10", "N97"), ("OPCS-4", "Q13")


@pytest.fixture(scope="module")
def source(real):
    rows = real.rows("artificial_hes", "artificial_hes_apc_0102_truncated.csv")
    assert len(rows) == 2075 and len(rows[0]) == 193
    people = sorted({row["PSEUDO_HESID"] for row in rows})
    numbers = dict(zip(people, real.numbers(len(people)), strict=True))
    return [row | {"NHS_NUMBER": numbers[row["PSEUDO_HESID"]]} for row in rows]


@pytest.fixture(scope="module")
def episodes(road, real, source):
    """Two trusts deliver: people are treated in both, and the second has its columns in another order."""
    columns = list(source[0])
    road.settings('\n[policy]\nrestricted_lists = ["listed"]\n\n[files]\nrestricted = { listed = "listed.csv" }\n')
    lines = "".join(f"{system},{code}\n" for system, code in RESTRICTED)
    (road.place / "listed.csv").write_text(f"system,code\n{lines}")
    road.recipient("university")
    road.recipient("audit", bodies=("nhs body",))
    road.describe(real.described("hes_apc", more=(NUMBER,), MYDOB=BORN))
    road.classify("hes_apc")
    for name, order, half in (("north", columns, 0), ("south", sorted(columns), 1)):
        road.controller(name, "hes_apc")
        rows = [row for row in source if int(row["EPIKEY"]) % 2 == half]
        taken = road.deliver("hes_apc", real.write(road.folder / f"{name}.csv", rows, order), controller=name)
        assert taken["rows"] == len(rows) and taken["people"] == len({row["PSEUDO_HESID"] for row in rows})
    return road


def opted_out(source):
    people = Counter(row["PSEUDO_HESID"] for row in source)
    (most, _), *_ = people.most_common(1)
    return {most, *sorted(people)[::OPTED_OUT]}


@pytest.fixture(scope="module")
def identifiable(episodes, real, source):
    """Every column, as held, under support; the national check answered."""
    question, reply = episodes.folder / "question.dat", episodes.folder / "reply.dat"
    answers = episodes.haven("optouts", "ask", str(question))["id"]
    gone = {row["NHS_NUMBER"] for row in source if row["PSEUDO_HESID"] in opted_out(source)}
    asked = question.read_text().split(",\n")[:-1]
    assert sorted(asked) == sorted({row["NHS_NUMBER"] for row in source})
    reply.write_text("".join(f"{number},\n" for number in asked if number not in gone))
    episodes.haven("optouts", "load", str(reply), "--question", answers)
    fields = dict.fromkeys(source[0], "as held")
    episodes.record("support", id=SUPPORTED, regulation=5, title="audit", applicant="audit", purpose="clinical audit",
                    decided_by="Secretary of State", datasets=["hes_apc"], fields=list(fields), recipients=["audit"],
                    schedule=[4], national_opt_out="applies", letter=real.seen, conditions_met=real.seen,
                    practicability="too many to ask", review=real.term["ends"], **real.term)  # fmt: skip
    asked = episodes.agree("audit", "hes_apc", fields, to="audit", controllers=("north", "south"), level="identifiable",
                           purpose="clinical audit", route="COPI regulation 5", basis=[SUPPORTED],
                           data_protection={"article_6": "6(1)(e)", "article_9": "9(2)(h)",
                                            "schedule_1": "Part 1 paragraph 2"})  # fmt: skip
    return episodes.release(asked, to="audit")


@pytest.fixture(scope="module")
def rows_released(episodes):
    terms = {"to": "university", "controllers": ("north", "south"), "k": K, "suppression": 0.05}
    asked = episodes.agree("rows", "hes_apc", ROWS, **terms)
    return episodes.release(asked, to="university")


def listed(row):
    """Whether a restricted code stands in any coded column."""
    icd = [row[name] for name in row if name.startswith(("DIAG_3_", "DIAG_4_", "CAUSE_", "ALCDIAG"))]
    opcs = [row[name] for name in row if name.startswith("OPERTN_") and name != "OPERTN_COUNT"]
    return any(code.startswith("N97") for code in icd) or any(code.startswith("Q13") for code in opcs)


def month_and_year(text):
    return dt.date(int(text[2:]), int(text[:2]), 1)


def as_typed(name, text):
    """A source value as it leaves when it leaves as held."""
    if text == "":
        return None
    if name == "MYDOB":
        return month_and_year(text)
    return {"date": dt.date.fromisoformat, "integer": int, "number": float}.get(TYPES.get(name), str)(text)


def quarter(day):
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def told(row):
    """A source row without its keys and quasi-identifiers, as it was agreed that it leaves."""
    held = {name: as_typed(name, row[name]) for name in ROWS}
    held |= {"DIAG_4_01": row["DIAG_4_01"][:3] or None, "MYDOB": "*"}
    return tuple(value for name, value in held.items() if name not in ("PSEUDO_HESID", "EPIKEY", *QUASI))


STEPS = {"as held": lambda value: value, "quarter": quarter, "year": lambda day: day.replace(month=1, day=1),
         "*": lambda value: "*"}  # fmt: skip


def classed(row, recoding):
    """The class that a source row falls in, at the recoding that the certificate states."""
    return tuple(STEPS[recoding[name]](as_typed(name, row[name])) for name in QUASI)


def stays(source, certificate):
    """The source rows that ought to leave, by the stated recoding: no restricted code, and K people in the class."""
    recoding = {column["name"]: column["precision"] for column in certificate["output"]["columns"]}
    people, held = defaultdict(set), [row for row in source if not listed(row)]
    for row in held:
        people[classed(row, recoding)].add(row["PSEUDO_HESID"])
    kept = [row for row in held if len(people[classed(row, recoding)]) >= K]
    return kept, len(held) - len(kept), recoding


def test_each_row_that_leaves_is_a_source_row(rows_released, source):
    rows, certificate = rows_released
    kept, _, recoding = stays(source, certificate)
    left = Counter((tuple(row[name] for name in QUASI),
                    tuple(row[name] for name in ROWS if name not in ("PSEUDO_HESID", "EPIKEY", *QUASI)))
                   for row in rows)  # fmt: skip
    assert left == Counter((classed(row, recoding), told(row)) for row in kept)


def test_rows_add_up_with_those_left_out(episodes, rows_released, source):
    rows, certificate = rows_released
    _, suppressed, _ = stays(source, certificate)
    restricted = sum(map(listed, source))
    lines = {line["obligation"]["kind"]: line for line in episodes.full("rows.R1")["lines"]}
    assert restricted == lines["restricted-codes"]["controller_only"]["records left out"] > 0
    assert 0 < suppressed == lines["k-anonymity"]["controller_only"]["rows suppressed"]
    assert len(rows) + suppressed + restricted == len(source)


def test_people_and_pseudonyms_are_one_to_one_also_over_two_trusts(rows_released, source):
    rows, certificate = rows_released
    kept, _, _ = stays(source, certificate)
    before, after = defaultdict(Counter), defaultdict(Counter)
    for row in kept:
        before[row["PSEUDO_HESID"]][told(row)] += 1
    for row in rows:
        key = tuple(row[name] for name in ROWS if name not in ("PSEUDO_HESID", "EPIKEY", *QUASI))
        after[row["PSEUDO_HESID"]][key] += 1
    assert Counter(frozenset(each.items()) for each in before.values()) == Counter(
        frozenset(each.items()) for each in after.values()
    )
    assert len({row["EPIKEY"] for row in rows}) == len(rows)


def test_every_class_holds_k_people_though_one_person_has_a_hundred_rows(rows_released):
    people = defaultdict(set)
    for row in rows_released[0]:
        people[tuple(row[name] for name in QUASI)].add(row["PSEUDO_HESID"])
    assert min(map(len, people.values())) >= K
    assert max(Counter(row["PSEUDO_HESID"] for row in rows_released[0]).values()) >= 90


def test_no_identifier_stands_in_what_leaves_de_identified(rows_released, source):
    known = {row[name] for row in source for name in ("PSEUDO_HESID", "EPIKEY", "AEKEY", "SUSRECID", "NHS_NUMBER")}
    values = {str(value) for row in rows_released[0] for value in row.values()}
    assert not values & known


def test_whole_records_of_those_who_opted_out_are_gone_and_of_nobody_else(identifiable, source):
    """Column by column, every value as it was delivered."""
    rows, _ = identifiable
    gone = opted_out(source)
    expected = [row for row in source if row["PSEUDO_HESID"] not in gone and not listed(row)]
    assert list(rows[0]) == list(source[0])
    by_key = {row["EPIKEY"]: row for row in rows}
    assert len(by_key) == len(rows) == len(expected)
    for row in expected:
        assert by_key[row["EPIKEY"]] == {name: as_typed(name, value) for name, value in row.items()}


def test_what_opted_out_people_did_is_counted(episodes, identifiable, source):
    line = next(each for each in episodes.full("audit.R1")["lines"] if each["obligation"]["kind"] == "national-opt-out")
    assert line["controller_only"]["people not returned"] == len(opted_out(source))
