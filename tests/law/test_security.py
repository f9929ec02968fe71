"""Security assurance: of everybody who holds the data, in date, by the organisation's own ODS code."""

import datetime as dt
from dataclasses import replace
from itertools import product

import pytest
from complete import ods_of
from heard import because, rules, unmet

from openhaven.law.assurance import SECURITY, assured, why_not
from openhaven.law.case import Case
from openhaven.model.record.organisations import Accreditation, Organisation
from openhaven.model.record.seen import Seen

SEEN = Seen("certificate.pdf", "R. Okafor", dt.date(2026, 1, 1))
START, END = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
CLOUD = Organisation("cloud", "Fen Cloud", business=("hosting",), ods=ods_of("cloud"), country="England")
DSPT = Accreditation("dspt-cloud", "cloud", "DSPT", "standards met", START, END, SEEN, ods=ods_of("cloud"))


@pytest.mark.parametrize("id", ["university", "north-trust", "south-trust"])
def test_recipient_and_controllers_each_need_their_own(story, id):
    asked = story["university"].without(f"dspt-{id}")
    assert unmet(asked) == {"security assurance"}
    named = {"university": "Northby University (university; nothing of record)"}
    assert named.get(id, f"{id} (nothing of record)") in because(asked, "security assurance")


@pytest.mark.parametrize("part", ["processors", "storage"])
def test_so_do_every_processor_and_every_place_of_storage(story, part):
    asked = story["university"].with_record("agreement-university", **{part: ("cloud",)}).plus(CLOUD)
    assert unmet(asked) == {"security assurance"}
    assert not unmet(asked.plus(DSPT))
    refused = {"recipient", "security assurance", "territory"}
    assert unmet(asked.without("cloud").plus(DSPT)) == refused, "its code is not of record"


@pytest.mark.parametrize("status", ["standards met", "Standards exceeded", "standards-met"])
def test_met_or_exceeded_counts(story, status):
    assert not unmet(story["university"].with_record("dspt-university", status=status))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": "approaching standards"}, "has the status approaching standards"),
        ({"status": "standards not met"}, "has the status standards not met"),
        ({"ods": "X-parent"}, "is of the ODS code X-parent, and that of university is X-university"),
        ({"ods": ""}, "is of the ODS code not stated"),
        ({"ends": dt.date(2026, 11, 20)}, "ended on 20 November 2026"),
        ({"starts": dt.date(2026, 11, 22)}, "starts only on 22 November 2026"),
        ({"starts": dt.date(2025, 11, 21)}, "is of 21 November 2025, too long ago to count"),
        ({"scheme": "Cyber badge"}, "nothing of record"),
        ({"seen": Seen("", "R. Okafor", START)}, "names no document"),
    ],
)
def test_what_does_not_count_is_said(story, changes, says):
    asked = story["university"].with_record("dspt-university", **changes)
    assert unmet(asked) == {"security assurance"}
    assert says in because(asked, "security assurance")


def test_a_year_after_it_was_published_a_toolkit_no_longer_counts(story):
    asked = story["university"]
    day = dt.timedelta(days=1)
    published = asked.on.replace(year=2025) + day
    assert not unmet(asked.with_record("dspt-university", starts=published))
    assert unmet(asked.with_record("dspt-university", starts=published - day)) == {"security assurance"}


def test_how_long_it_counts_is_to_be_confirmed_and_a_setting(story):
    asked = story["university"].with_record("dspt-university", starts=dt.date(2025, 6, 1))
    assert unmet(asked) == {"security assurance"}
    assert not unmet(asked.with_policy(numbers={"dspt-months": 18}))


@pytest.mark.parametrize(("scheme", "status"), [("ISO 27001", "certified"), ("accepted exception", "accepted")])
def test_a_certificate_or_an_accepted_exception_counts_for_what_it_covers(story, scheme, status):
    other = replace(DSPT, id="iso", organisation="university", scheme=scheme, status=status, ods="")
    asked = story["university"].without("dspt-university")
    assert not unmet(asked.plus(replace(other, scope="the research data service")))
    assert unmet(asked.plus(other)) == {"security assurance"}
    assert "does not say what it covers" in because(asked.plus(other), "security assurance")


def test_one_that_counts_is_enough(story):
    old = replace(DSPT, id="old", organisation="university", ends=dt.date(2026, 2, 1), ods=ods_of("university"))
    assert not unmet(story["university"].plus(old))


@pytest.mark.parametrize("status", ["not met", "not paid", "excluded", "under review", "", "standards meet"])
def test_a_later_word_of_the_same_scheme_that_is_none_of_those_that_count_takes_the_good_one_back(story, status):
    asked = story["university"]
    said = replace(DSPT, id="later", organisation="university", status=status, starts=dt.date(2026, 6, 1))
    assert unmet(asked.plus(said)) == {"security assurance"}
    assert not unmet(asked.plus(replace(said, starts=dt.date(2026, 11, 22)))), "tomorrow's is not said yet"
    assert not unmet(asked.plus(replace(said, starts=dt.date(2025, 12, 31)))), "what was said since outweighs it"
    assert not unmet(asked.plus(replace(said, scheme="Cyber badge"))), "of a scheme that is not counted nothing hangs"
    assert not unmet(asked.plus(replace(said, organisation="cloud", ods="")))


def test_of_a_table_nothing_is_asked(story):
    assert rules(story["commissioner"], "security assurance") == {"a_table_needs_no_assurance"}
    assert not unmet(story["commissioner"])


def test_before_the_toolkit_another_counted_and_the_new_one_did_not(story):
    asked = story["university"].at(dt.date(2016, 5, 1))
    before = {
        "starts": dt.date(2016, 1, 1),
        "ends": dt.date(2016, 12, 31),
        "seen": replace(SEEN, on=dt.date(2016, 1, 1)),
    }
    everybody = ("university", "north-trust", "south-trust")
    for id in everybody:
        asked = asked.with_record(f"dspt-{id}", **before)
    assert "DSPT does not count on that day" in because(asked, "security assurance")
    for id in everybody:
        asked = asked.with_record(f"dspt-{id}", scheme="IG Toolkit", status="satisfactory")
    assert "security assurance" not in unmet(asked)
    assert rules(asked, "security assurance") == {"everybody_who_holds_rows_was_assured"}


def test_evidence_counts_just_where_nothing_is_wrong_with_it(story):
    """What is looked at without words, and the list of what is wrong in words, say the same of every variation."""
    asked, day = story["university"], dt.timedelta(days=1)
    days = (asked.on - 1000 * day, asked.on - day, asked.on, asked.on + day)
    terms = [(starts, ends) for starts in days for ends in days if starts <= ends]
    schemes = (("DSPT", "standards met"), ("DSPT", "standards not met"), ("ISO 27001", "certified"), ("a medal", "won"))
    papers = (SEEN, replace(SEEN, by=" "), replace(SEEN, on=asked.on + day))
    counted = 0
    for term, (scheme, status), seen, ods, scope in product(
        terms, schemes, papers, (ods_of("cloud"), "", "X"), ("", "all")
    ):
        paper = replace(
            DSPT, scheme=scheme, status=status, starts=term[0], ends=term[1], seen=seen, ods=ods, scope=scope
        )
        given = asked.plus(CLOUD, paper)
        case = Case(given.application, given.facts, given.on)
        counts = assured(case, "cloud", SECURITY) is not None
        counted += counts
        assert counts == (why_not(case, "cloud", SECURITY) == "Fen Cloud (cloud; dspt-cloud none)")
    assert counted
