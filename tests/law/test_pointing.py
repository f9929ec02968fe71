"""What a record names is known here, or it is bad input: a no that nobody would find lets data go."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from heard import decided

from openhaven.law.pointing import POINTS, Known, check_pointers
from openhaven.model.errors import BadInput
from openhaven.model.record.advice import Advice, Recommendation
from openhaven.model.record.agreement import Agreement, Partnership, Principle
from openhaven.model.record.approvals import Approves, Exemption, Opinion, Requirement
from openhaven.model.record.choices import Heard, Objection
from openhaven.model.record.controllers import Authority, Hold, Say
from openhaven.model.record.data_protection import Assessment, Notice
from openhaven.model.record.kinds import KINDS
from openhaven.model.record.organisations import Accreditation, Breach, Organisation
from openhaven.model.record.seen import Seen
from openhaven.model.words import Level, Purpose, Route

START, END = dt.date(2026, 1, 1), dt.date(2027, 12, 31)
SEEN = Seen("paper.pdf", "R. Okafor, records officer", START)
TRUST = Organisation("aldermoor", "Aldermoor Hospitals", ("nhs trust",), ods="XA1", country="England")
UNIVERSITY = Organisation("UNIVERSITY", "University of Thornby", ("university",), ods="XUT", country="England")
AGREEMENT = Agreement(
    "DSA-1", "A study", "UNIVERSITY", ("aldermoor",), Purpose.RESEARCH, "episodes", Level.DE_IDENTIFIED, (), START, END,
    30, "1", SEEN, programmes=("care.data",),
)  # fmt: skip
KNOWN = Known((TRUST, UNIVERSITY), (AGREEMENT,), ("episodes",), ("APP-1",))
NO = Authority("no", "aldermoor", "episodes", Say.DECLINES, START, END, SEEN)
AGAINST = {
    "hold": Hold("h", "paused", "the board", START),
    "breach": Breach("b", "UNIVERSITY", "sent it on", START),
    "authority": NO,
    "recommendation": Recommendation(
        "r", Advice.OPPOSES, "C. Guardian", "Caldicott Guardian", "aldermoor", START, END, agreement="DSA-1"
    ),
    "accreditation": Accreditation("a", "UNIVERSITY", "DSPT", "withdrawn", START, END, SEEN),
    "assessment": Assessment(
        "d", "UNIVERSITY", ("episodes",), (Purpose.RESEARCH,), ("UNIVERSITY",), (Level.DE_IDENTIFIED,), SEEN, END, True
    ),
    "objection": Objection("o", Heard.OPEN, START, "objectors.txt", datasets=("episodes",)),
}
"""One record of each kind that can speak against a use, naming what is known."""
EVERY = [(name, part) for name, each in AGAINST.items() for part in POINTS[type(each)]]


def says(record, match):
    with pytest.raises(BadInput, match=match):
        check_pointers(record, KNOWN, where="a.toml")


@pytest.mark.parametrize("name", AGAINST)
def test_what_names_known_ones_is_accepted(name):
    check_pointers(AGAINST[name], KNOWN, where="a.toml")


@pytest.mark.parametrize(("name", "part"), EVERY)
@pytest.mark.parametrize("slip", ["aldermoore", "UNIVERSTY", "DSA-01", "Episodes", "APP-2", "care-date"])
def test_a_no_that_names_nobody_known_is_bad_input(name, part, slip):
    record = AGAINST[name]
    stated = (slip,) if isinstance(getattr(record, part), tuple) else slip
    says(replace(record, **{part: stated}), rf"a\.toml: {part}: no .* '{slip}' is known here")


def test_the_message_says_what_is_known_and_how_to_make_it_so():
    says(replace(NO, controller="aldermore"), "Known: UNIVERSITY and aldermoor. Record it first")
    says(Hold("h", "x", "y", START, programme="caer.data"), "Known: care.data. Record an agreement")
    with pytest.raises(BadInput, match="Known: none yet"):
        check_pointers(NO, Known(), where="a.toml")


def test_nobody_is_sent_to_a_command_that_records_no_decision():
    """`haven decide` records nothing, and `haven release` may give data out to whom the no is about."""
    unknown = replace(NO, application="APP-2")
    says(unknown, r"decided on record, by its case or by haven release\. To stop one before that: haven record hold")


@pytest.mark.parametrize("said", ["Aldermoor Hospitals", "XA1", "Aldermoor", "ALDERMOOR HOSPITALS"])
def test_a_no_written_under_a_name_is_told_the_id(said):
    says(replace(NO, controller=said), f"'{said}' is known here. It is how aldermoor is called: write the id")


@pytest.mark.parametrize("said", ["University of Thornby", "XUT", "university", "university of thornby."])
def test_a_breach_may_name_who_it_is_by_name_or_code(said):
    check_pointers(replace(AGAINST["breach"], organisation=said), KNOWN, where="a.toml")


def test_a_programme_is_found_however_it_is_spelt():
    check_pointers(Hold("h", "x", "y", START, programme="Care Data"), KNOWN, where="a.toml")


def test_a_yes_names_organisations_of_record_and_may_come_before_the_rest():
    yes = replace(NO, says=Say.YES, dataset="not-yet", application="APP-9")
    check_pointers(yes, KNOWN, where="a.toml")
    says(replace(yes, controller="nobody"), "no organisation 'nobody' is known here")
    says(replace(AGREEMENT, processors=("cloud",)), "processors: no organisation 'cloud'")


COVER = {
    "purpose": Purpose.RESEARCH, "datasets": ("episodes",), "fields": ("age",), "recipients": ("UNIVERSITY",),
    "starts": START, "ends": END, "seen": SEEN,
}  # fmt: skip
FIVE = tuple(Principle(f"FIVE-{each}", True, "so") for each in range(1, 6))
FOR = {
    "agreement": AGREEMENT,
    "yes": replace(NO, says=Say.YES),
    "requirement": Requirement("law", Route.COPI_3, "A notice", requires=True, level=Level.IDENTIFIABLE, **COVER),
    "exemption": Exemption("x", "payments", **COVER),
    "opinion": Opinion("rec", "A committee", "26/1", ("DSA-1",), START, END, SEEN, Approves.FAVOURABLE_OPINION),
    "partnership": Partnership("p", "DSA-1", FIVE, "R. Okafor", SEEN, END),
    "notice": Notice("n", ("UNIVERSITY",), ("episodes",), (Purpose.RESEARCH,), "our pages", SEEN, how_to_object=True),
}
"""Records that speak for a use, naming what is known."""
SPELLED = [(name, part) for name, each in FOR.items() for part, what in POINTS[type(each)].items()
           if what in ("dataset", "agreement")]  # fmt: skip


@pytest.mark.parametrize("name", FOR)
def test_what_speaks_for_a_use_and_names_known_ones_is_accepted(name):
    check_pointers(FOR[name], KNOWN, where="a.toml")


@pytest.mark.parametrize(("name", "part"), SPELLED)
def test_a_yes_is_told_how_the_dataset_or_agreement_that_it_means_is_spelt_here(name, part):
    record = FOR[name]
    known = KNOWN.ids(POINTS[type(record)][part])[0]
    for slip in (known.swapcase(), f"{known[:3]}.{known[3:]}", known.replace("e", "\u0435").replace("D", "D\u200b")):
        stated = (slip,) if isinstance(getattr(record, part), tuple) else slip
        says(replace(record, **{part: stated}), rf"a\.toml: {part}: no .* is known here. It is '{known}' here: write")
    later = ("not-yet",) if isinstance(getattr(record, part), tuple) else "not-yet"
    check_pointers(replace(record, **{part: later}), KNOWN, where="a.toml")


@pytest.mark.parametrize("name", ["requirement", "exemption"])
def test_a_paper_covers_recipients_of_record(name):
    says(replace(FOR[name], recipients=("UNIVERSTY",)), "recipients: no organisation 'UNIVERSTY' is known here")


@pytest.mark.parametrize("part", ["owners", "acts_for"])
def test_who_owns_an_organisation_and_for_whom_it_acts_are_of_record(part):
    check_pointers(replace(UNIVERSITY, **{part: ("aldermoor",)}), KNOWN, where="a.toml")
    says(replace(UNIVERSITY, **{part: ("acme",)}), rf"a\.toml: {part}: no organisation 'acme' is known here")


@pytest.mark.parametrize("name", ["opinion", "partnership"])
def test_a_paper_that_says_who_pays_may_come_before_its_agreement_too(name):
    part = "agreements" if name == "opinion" else "agreement"
    later = ("not-yet",) if name == "opinion" else "not-yet"
    check_pointers(replace(FOR[name], paid_by=("Heart Fund",), **{part: later}), KNOWN, where="a.toml")


def test_every_part_that_is_looked_at_is_one_of_its_kind():
    assert set(POINTS) <= set(KINDS.values())
    for kind, parts in POINTS.items():
        assert set(parts) <= set(kind.__dataclass_fields__), kind


@pytest.mark.parametrize("code", ["XA1", "xa1", " XA1", "X-A1"])
def test_two_organisations_do_not_share_a_code(code):
    says(replace(UNIVERSITY, ods=code), "is the ODS code of aldermoor")
    check_pointers(replace(TRUST, ods=code), KNOWN, where="a.toml")
    check_pointers(replace(UNIVERSITY, ods=""), Known((replace(TRUST, ods=""),)), where="a.toml")


@pytest.mark.parametrize("id", ["Aldermoor", "alder-moor", "\u0430ldermoor"])
def test_nor_an_id_that_looks_alike(id):
    says(Organisation(id, "Another"), "differ in signs and capitals alone")


@pytest.mark.parametrize("called", ["North Trust", "NORTH-TRUST", "X-north-trust", "North-Trust."])
def test_a_no_under_a_name_that_is_on_record_already_is_heard(story, called):
    """Records of before are not checked again: a decision finds them all the same."""
    asked = story["university"]
    yes = next(each for each in asked.facts.records if each.id == "yes-north-trust")
    no = replace(yes, id="no", says=Say.DECLINES, controller=called)
    only = next(each for each in decided(asked.plus(no)).obligations if each.kind == "only-controllers")
    assert only.declined == ("north-trust",)
    assert only.controllers == ("south-trust",)
