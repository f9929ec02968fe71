"""What is stated in coded words is one of them; a slip of the pen is bad input, and never a refusal.

Every part of an application and of a record that holds text is one of three: a coded word, a name, or prose."""

import datetime as dt
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from enum import Enum
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from heard import decided
from space import END, SEEN, START

from openhaven.law.coding import BODIES, CODED, NAMES, check_dataset, check_policy, check_record
from openhaven.law.words import ENACTMENTS, EXEMPTIONS, WORDS
from openhaven.model.application import Application, Comparison, Condition
from openhaven.model.dataset import Dataset
from openhaven.model.errors import BadInput
from openhaven.model.facts import Policy
from openhaven.model.plain import from_plain
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement, FieldAgreed, Principle
from openhaven.model.record.approvals import Exemption, TerritoryAuthority
from openhaven.model.record.choices import Heard
from openhaven.model.record.data_protection import DataProtectionDocument
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.words import Precision, Setting

WHOLE = {"application": Application, **KINDS}
PROSE = set(
    """title purpose_text reason everyone name address because by reasons release_model objective
    what measure why_extract why_days onward_sharing penalties epoch document status_of settles enactment court
    reference study wordings items people people_file conditions ethics_opinion exemption practicability body where
    sensitive scope field values fields paid_by""".split()
)
"""What is free: said for people to read, or compared with records and lists that a haven has of its own."""
ELSEWHERE = {
    "data_protection",
    "table_rule",
    "grounds",
    "national_opt_out",
    "sha256",
    "fields of a dataset",
    "protection",
    "figures",
    "labels",
}
"""Checked by their own tests: test_data_protection, test_table_rules, test_figures, and where they are made."""


def parts(kind: type, path: str = "") -> list[tuple[str, Field, object]]:
    """Every part of a noun, those of what it holds too: its path, its field, and the type of one of what it holds."""
    found = []
    for each in fields(kind):
        if not each.init:
            continue
        inner = one(get_type_hints(kind)[each.name])
        found.append((f"{path}.{each.name}", each, inner))
        if is_dataclass(inner) and each.name not in ELSEWHERE:
            found += parts(inner, f"{path}.{each.name}")
    return found


def one(hint):
    if get_origin(hint) in (Union, UnionType, tuple):
        return one(next(each for each in get_args(hint) if each is not type(None)))
    return hint


EVERY = [(name, *part) for name, kind in WHOLE.items() for part in parts(kind)]
ENUMS = [
    (name, path, each, inner)
    for name, path, each, inner in EVERY
    if isinstance(inner, type) and issubclass(inner, Enum)
]
TEXTS = [(name, path, each) for name, path, each, inner in EVERY if inner is str]


def sample(kind: type) -> dict:
    """A noun as plain data in which every part is there."""
    hints = get_type_hints(kind)
    return {each.name: filled(hints[each.name]) for each in fields(kind) if each.init}


def filled(hint):
    if get_origin(hint) in (Union, UnionType):
        return filled(next(each for each in get_args(hint) if each is not type(None)))
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        return [filled(each) for each in inner if each is not Ellipsis]
    if is_dataclass(hint):
        return sample(hint)
    if issubclass(hint, Enum):
        return next(iter(hint)).value
    return {str: "x", int: 1, float: 0.5, bool: True, dt.date: "2026-01-01"}[hint]


def put(data, path: str, value):
    """The data with something else at a path; `MISSING` takes it away."""
    first, *rest = path.strip(".").split(".")
    held = data[0] if isinstance(data, list) else data
    if rest:
        put(held[first], ".".join(rest), value)
    elif value is MISSING:
        del held[first]
    else:
        held[first] = [value] if isinstance(held[first], list) else value


@pytest.mark.parametrize(("name", "path", "part", "words"), ENUMS, ids=[f"{each[0]}{each[1]}" for each in ENUMS])
def test_a_word_that_is_none_names_the_part_and_the_accepted_ones(name, path, part, words):
    data = sample(WHOLE[name])
    put(data, path, "banana")
    with pytest.raises(BadInput) as raised:
        from_plain(WHOLE[name], data, where="a file")
    last = path.rpartition(".")[2]
    where, _, _ = str(raised.value).partition(": 'banana' is not one of")
    assert last in where
    assert all(repr(each.value) in str(raised.value) for each in words)


@pytest.mark.parametrize(("name", "path", "part", "words"), ENUMS, ids=[f"{each[0]}{each[1]}" for each in ENUMS])
def test_a_word_that_is_missing_names_the_accepted_ones_too(name, path, part, words):
    if part.default is not MISSING or get_origin(get_type_hints(WHOLE[name]).get(part.name)) is tuple:
        return
    data = sample(WHOLE[name])
    put(data, path, MISSING)
    with pytest.raises(BadInput) as raised:
        from_plain(WHOLE[name], data, where="a file")
    assert "is missing" in str(raised.value)
    assert all(repr(each.value) in str(raised.value) for each in words)


def test_every_part_that_holds_text_is_a_coded_word_or_a_name_or_prose():
    coded = {name for _, name in CODED}
    for name, path, each in TEXTS:
        if name == "dataset" or (name == "partnership" and each.name in {f.name for f in fields(Principle)}):
            continue
        kinds = [each.name in coded, each.name in NAMES, each.name in PROSE | ELSEWHERE]
        assert any(kinds), f"{name}{path} is none of them"


SAID = {
    "scheme": Accreditation("a", "uni", "DSPT", "standards met", START, END, SEEN),
    "status": Accreditation("a", "uni", "DSPT", "standards met", START, END, SEEN),
    "what": DataProtectionDocument("d", "uni", WORDS.documents[0], (), START, END, SEEN),
    "code": Exemption("e", "patient survey", "research", ("x",), (), ("uni",), START, END, SEEN),
    "role": Recommendation("r", Advice.SUPPORTS, "C. Guardian", "Caldicott Guardian", "uni", START, END, agreement="a"),
    "territory": TerritoryAuthority("t", "Wales", "the panel", "research", ("x",), (), ("uni",), START, END, SEEN),
    "bodies": Organisation("o", "Northby", bodies=("university",)),
    "business": Organisation("o", "Northby", business=("hosting",)),
    "country": Organisation("o", "Northby", country="England"),
}
"""A record that states each coded word once. Of several the word is one in a list."""


@pytest.mark.parametrize("name", SAID)
def test_a_coded_word_of_a_record_is_known(name):
    record = SAID[name]
    check_record(record, where="a.toml")
    stated = ("banana",) if isinstance(getattr(record, name), tuple) else "banana"
    with pytest.raises(BadInput, match=rf"a\.toml: {name}: 'banana' is not known. Accepted is '"):
        check_record(replace(record, **{name: stated}), where="a.toml")


@pytest.mark.parametrize(
    ("record", "changes"),
    [
        ("statement", {"law": "banana"}),
        ("statement", {"serves": ("outbreaks", "banana")}),
        ("support-audit", {"schedule": (1, 7)}),
        ("support-audit", {"decided_by": "the board"}),
        ("support-audit", {"decided_by": "Helth Research Authority"}),
        ("agreement-university", {"territory": ("England", "Englnd")}),
        ("class-rows", {"role": "a colleague"}),
        ("university", {"bodies": ("university", "univeristy")}),
        ("university", {"business": ("insurrance",)}),
        ("university", {"country": "UK"}),
    ],
)
def test_so_is_one_of_several(story, record, changes):
    every = [each for asked in story.values() for each in asked.facts.records if each.id == record]
    check_record(every[0], where="a.toml")
    with pytest.raises(BadInput, match=f"{next(iter(changes))}: .* is not known"):
        check_record(replace(every[0], **changes), where="a.toml")


def test_every_coded_word_is_tried():
    tried = {*SAID, "law", "serves", "schedule", "decided_by"}
    assert {name for _, name in CODED} == tried


@pytest.mark.parametrize(
    ("said", "near"),
    [("Englnd", "'England'"), ("UK", "'United Kingdom',"), ("univeristy", "'university'"), ("life", "'life")],
)
def test_of_very_many_words_the_nearest_are_named_and_where_the_others_stand(said, near):
    part = {"Englnd": "country", "UK": "country", "univeristy": "bodies", "life": "business"}[said]
    stated = said if part == "country" else (said,)
    with pytest.raises(BadInput, match=near):
        check_record(replace(SAID[part], **{part: stated}), where="a.toml")


def test_what_rules_and_enactments_speak_of_a_record_can_state():
    """A kind of body that no record could state would be a rule that nothing meets."""
    for each in (*ENACTMENTS.values(), *EXEMPTIONS.values()):
        assert set(each.bodies) <= set(BODIES)
    assert {*WORDS.public_bodies, *WORDS.charities, *WORDS.arrange_care, *WORDS.havens} <= set(BODIES)
    assert set(WORDS.guardians) <= {each.lower() for each in WORDS.roles}


def test_where_care_was_given_is_stated_in_known_words():
    for territory in ("England", "England and Wales", "england, Scotland", "", "Jersey"):
        check_dataset(Dataset("d", "d", Setting.HOSPITAL, territory, ()), where="datapackage.json")
    with pytest.raises(BadInput, match=r"datapackage\.json: territory: 'englnd' is not known"):
        check_dataset(Dataset("d", "d", Setting.HOSPITAL, "Englnd", ()), where="datapackage.json")


@pytest.mark.parametrize("word", ["Withdrawn", "standards-met", "STANDARDS EXCEEDED", "not met"])
def test_a_status_may_take_back_and_be_spelt_in_any_case(word):
    check_record(replace(SAID["status"], status=word), where="a.toml")


@pytest.mark.parametrize("name", ["recipient", "applicant", "agreement", "programme"])
@pytest.mark.parametrize("stray", ["{} ", " {}", "{}\n"])
def test_a_name_with_a_space_before_or_after_it_is_bad_input(story, name, stray):
    said = getattr(story["university"].application, name) or "x"
    with pytest.raises(
        BadInput, match=rf"application university: {name}: .* begins or ends with a space. Write '{said}'"
    ):
        decided(story["university"].with_application(**{name: stray.format(said)}))


def test_so_it_is_in_a_record_and_in_a_list(story):
    (agreement,) = (each for each in story["university"].facts.records if isinstance(each, Agreement))
    with pytest.raises(BadInput, match=r"a\.toml: controllers: 'south-trust ' begins or ends with a space"):
        check_record(replace(agreement, controllers=("north-trust", "south-trust ")), where="a.toml")


def test_a_precision_off_the_ladder_of_an_agreement_is_bad_input(story):
    agreed = (FieldAgreed("sex", Precision.LSOA),)
    with pytest.raises(
        BadInput, match=r"agreement-university: fields: sex cannot leave at 'lsoa'. Accepted is 'as held'"
    ):
        decided(story["university"].with_record("agreement-university", fields=agreed))


@pytest.mark.parametrize(
    "changes", [{"table_rule": "none"}, {"sensitive_table_rule": "banana"}, {"optout_exemptions": ("banana",)}]
)
def test_a_setting_that_is_no_coded_word_is_bad_input(changes):
    check_policy(Policy(), where="haven.toml")
    with pytest.raises(BadInput, match=rf"haven\.toml: policy\.{next(iter(changes))}"):
        check_policy(Policy(**changes), where="haven.toml")


class TestTwoRecordsOfOneKindAndId:
    def test_of_any_kind_are_bad_input(self, story):
        """Whether a rule looks that kind up or not, and whether the two say the same or not."""
        kinds = set()
        for asked in story.values():
            for record in asked.facts.records:
                kinds.add(type(record))
                name = next(name for name, kind in KINDS.items() if kind is type(record))
                with pytest.raises(BadInput, match=f"two records of kind {name} with the id {record.id}. Keep one."):
                    decided(asked.plus(replace(record)))
        assert len(kinds) > 8

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_every_kind_there_is(self, story, kind):
        data = sample(KINDS[kind]) | {"id": "x"}
        data |= {
            "support": {"regulation": 5, "national_opt_out": "applies"},
            "requirement": {"route": "court order", "everyone": ""},
        }.get(kind, {})
        data.pop("protection", None)
        if kind == "objection":
            data |= {"state": Heard.OPEN.value, "decided": None}
        if kind == "partnership":
            data["principles"] = [{"id": f"FIVE-{n}", "met": True, "because": "x"} for n in range(1, 6)]
        record = from_plain(KINDS[kind], data, where="x")
        decided(story["university"].plus(record))
        with pytest.raises(BadInput, match=f"two records of kind {kind} with the id x"):
            decided(story["university"].plus(record, record))

    def test_of_two_kinds_are_two_records(self, story):
        asked = story["university"]
        (agreement,) = (each for each in asked.facts.records if isinstance(each, Agreement))
        assert decided(asked.plus(SAID["scheme"], replace(agreement, id="a")))


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        (Condition("admitted", Comparison.FROM, ("yesterday",)), "'yesterday' is no date"),
        (Condition("admitted", Comparison.IN, ("2026-01-01", "2026-02-30")), "'2026-02-30' is no date"),
        (Condition("admitted", Comparison.STARTS, ("2026",)), "a date has no beginning"),
    ],
)
def test_a_cohort_compares_a_field_with_what_it_can_hold(story, clause, says):
    asked = story["university"].with_application(cohort=(clause,))
    with pytest.raises(BadInput, match=f"application university: cohort: admitted: {says}"):
        decided(asked)
    decided(story["university"].with_application(cohort=(Condition("admitted", Comparison.TO, ("2026-02-28",)),)))
