"""A real cohort on the whole road: what is opened is what was delivered, told by the csv module and plain Python.

The cohort is of Olmsted County, Minnesota. The test plays it as care given in England, since England's rules are those
that the road holds; described as what it is, it is referred to a person."""

from collections import Counter, defaultdict

import pytest

K = 30  # so that some classes are too small
PEOPLE = {"id": "as held", "age": "5-year band", "male": "as held", "bmi": "as held", "case.id": "as held",
          "futime": "as held", "status": "as held"}  # fmt: skip
RESULTS = {"id": "as held", "test": "as held", "value": "as held"}
EVENTS = {"id": "as held", "days": "as held", "event": "as held"}


FILES = {"nafld1": "nafld1.csv", "nafld2": "nafld2.csv", "nafld3": "nafld3.csv"}


@pytest.fixture(scope="module")
def source(real):
    return {name: real.rows("nafld", file) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def cohort(road, real, source):
    """The three files described and delivered."""
    road.recipient("university")
    road.controller("county", *FILES, "nafld1-abroad")
    for name, file in FILES.items():
        road.describe(real.described(name, territory="England"))
        taken = road.deliver(name, real.data / "nafld" / file, controller="county")
        assert taken["rows"] == len(source[name]) and taken["people"] == len({row["id"] for row in source[name]})
        road.classify(name)
    return road


@pytest.fixture(scope="module")
def released(cohort):
    """What the university opened of each file, and the recipient's certificates."""
    asked = {"nafld1": PEOPLE, "nafld2": RESULTS, "nafld3": EVENTS}
    terms = {"to": "university", "controllers": ("county",), "k": K, "suppression": 0.05}
    return {name: cohort.release(cohort.agree(name, name, fields, **terms), to="university")
            for name, fields in asked.items()}  # fmt: skip


def band(age):
    low = int(age) // 5 * 5
    return "90+" if low >= 90 else f"{low}-{low + 4}"


def number(text):
    return float(text) if text else None


def whole(text):
    return int(text) if text else None


def told(row):
    """A source row of `people` without its keys, as it was agreed that it leaves."""
    return (band(row["age"]), int(row["male"]), number(row["bmi"]), int(row["futime"]), int(row["status"]))


def left(row):
    return tuple(row[name] for name in PEOPLE if name not in ("id", "case.id"))


def in_large_classes(rows, key):
    """The source rows of classes with K people or more, and how many rows the others have."""
    people = defaultdict(set)
    for row in rows:
        people[key(row)].add(row["id"])
    kept = [row for row in rows if len(people[key(row)]) >= K]
    return kept, len(rows) - len(kept)


def stays(source):
    return in_large_classes(source["nafld1"], lambda row: (band(row["age"]), row["male"]))


def test_each_row_that_leaves_is_a_source_row_and_only_small_classes_are_left_out(released, source):
    rows, _ = released["nafld1"]
    kept, _ = stays(source)
    assert list(rows[0]) == list(PEOPLE)
    assert Counter(map(left, rows)) == Counter(map(told, kept))


def test_rows_add_up_with_those_suppressed(cohort, released, source):
    rows, _ = released["nafld1"]
    _, suppressed = stays(source)
    line = next(each for each in cohort.full("nafld1.R1")["lines"] if each["obligation"]["kind"] == "k-anonymity")
    assert 0 < suppressed == line["controller_only"]["rows suppressed"]
    assert len(rows) + suppressed == len(source["nafld1"])


def test_every_class_holds_k_people(released):
    people = defaultdict(set)
    for row in released["nafld1"][0]:
        people[row["age"], row["male"]].add(row["id"])
    assert min(map(len, people.values())) >= K


def test_people_and_pseudonyms_are_one_to_one(released, source):
    rows, _ = released["nafld1"]
    assert len({row["id"] for row in rows}) == len(rows)
    for name, columns in (("nafld2", ("test", "value")), ("nafld3", ("days", "event"))):
        read = {"days": whole, "value": number}
        before, after = defaultdict(list), defaultdict(list)
        for row in source[name]:
            before[row["id"]].append(tuple(read.get(each, str)(row[each]) for each in columns))
        for row in released[name][0]:
            after[row["id"]].append(tuple(row[each] for each in columns))
        histories = [Counter(frozenset(Counter(each).items()) for each in held.values()) for held in (before, after)]
        assert histories[0] == histories[1]


def test_no_identifier_leaves(released, source):
    ids = {row["id"] for row in source["nafld1"]}
    for rows, _ in released.values():
        keys = {row[name] for row in rows for name in ("id", "case.id") if name in row}
        assert not keys & ids and all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in keys)


def test_a_case_is_the_right_person(released, source):
    """Joined on both sides, the same pairs of rows come out; and who share a case still share one."""
    rows, _ = released["nafld1"]
    kept, _ = stays(source)
    after = {row["id"]: left(row) for row in rows}
    before = {row["id"]: told(row) for row in kept}
    pairs = Counter((left(row), after.get(row["case.id"])) for row in rows)
    assert pairs == Counter((told(row), before.get(row["case.id"])) for row in kept)
    assert sum(case is not None for _, case in pairs) > 10_000
    shared = [Counter(Counter(row["case.id"] for row in each).values()) for each in (rows, kept)]
    assert shared[0] == shared[1]
    own = [sum(row["case.id"] == row["id"] for row in each) for each in (rows, kept)]
    assert own[0] == own[1] > 3_000


def test_two_agreements_share_no_pseudonym(released):
    one, two, three = ({row["id"] for row in rows} for rows, _ in released.values())
    assert not one & two and not two & three and not one & three


def test_described_as_care_given_elsewhere_it_is_referred(cohort, real):
    package = real.described("nafld1")
    package["openhaven"]["dataset"] = "nafld1-abroad"
    cohort.describe(package)
    cohort.deliver("nafld1-abroad", real.data / "nafld" / "nafld1.csv", controller="county")
    cohort.classify("nafld1-abroad")
    asked = cohort.agree("abroad", "nafld1-abroad", PEOPLE, to="university", controllers=("county",), k=K)
    decision, out = cohort.haven("decide", str(asked), status=4), cohort.folder / "referred"
    (question,) = (each for each in decision["questions"] if each["answer"] != "met")
    assert question["answer"] == "referred"
    assert any("United States" in each["who"] for each in question["findings"])
    cohort.haven("release", str(asked), "--out", str(out), status=4)
    assert sorted(each.name for each in out.iterdir()) == ["decision.json", "letter.html", "letter.txt"]
