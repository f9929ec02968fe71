"""A classification answers for what was looked at: these fields, for this recipient, in this setting, and no other."""

import pytest
from heard import answers, because, obligations, unmet

from openhaven.model.decision import Answer
from openhaven.model.obligation import NationalOptOut
from openhaven.model.record.agreement import FieldAgreed
from openhaven.model.words import Access, Precision

ROWS, TABLES = "class-rows", "class-tables"
LOOKED_AT = (
    FieldAgreed("nhs_number"), FieldAgreed("episode"), FieldAgreed("born", Precision.YEAR),
    FieldAgreed("postcode", Precision.AREA), FieldAgreed("sex"), FieldAgreed("admitted"), FieldAgreed("diagnosis"),
)  # fmt: skip


def narrow(story, **changes):
    """The university's rows, classified as they are and no wider, but for what changes."""
    just = {"fields": LOOKED_AT, "recipients": ("university",), "settings": (Access.EXTRACT,)}
    return story["university"].with_record(ROWS, **(just | changes))


def test_one_that_is_just_of_this_release_is_enough(story):
    assert not unmet(narrow(story))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fields": ()}, "does not cover nhs_number, episode, born, postcode, sex, admitted and diagnosis"),
        ({"fields": LOOKED_AT[:-1]}, "does not cover diagnosis"),
        (
            {"fields": (*LOOKED_AT[:2], FieldAgreed("born", Precision.ALL), *LOOKED_AT[3:])},
            "does not cover born at year, finer than *",
        ),
        ({"recipients": ()}, "is not about data in the hands of university"),
        ({"recipients": ("steady-mutual",)}, "is not about data in the hands of university"),
        ({"settings": ()}, "is not about data used in this setting: extract"),
        ({"settings": (Access.SECURE_ENVIRONMENT,)}, "is not about data used in this setting: extract"),
    ],
)
def test_what_it_does_not_name_was_not_looked_at(story, changes, says):
    asked = narrow(story, **changes)
    assert answers(asked)["confidentiality"] is Answer.NOT_MET
    assert f"class-rows {says}" in because(asked, "confidentiality")
    assert [each.applies for each in obligations(asked, NationalOptOut)] == [True]
    assert "guardian" in unmet(asked)


def test_a_wider_one_covers_less(story):
    wide = (*LOOKED_AT[:2], FieldAgreed("born", Precision.MONTH), *LOOKED_AT[3:], FieldAgreed("area"))
    assert not unmet(narrow(story, fields=wide, recipients=("another", "university"), settings=tuple(Access)))


def test_of_a_table_it_covers_what_is_counted_by_wherever_that_is_used(story):
    asked = story["commissioner"].with_record(
        TABLES, fields=(FieldAgreed("area"), FieldAgreed("diagnosis", Precision.CATEGORY)), settings=()
    )
    assert not unmet(asked)
    assert unmet(asked.with_record(TABLES, fields=(FieldAgreed("area"),))) == {"confidentiality"}
    assert unmet(asked.with_record(TABLES, recipients=("university",))) == {"confidentiality"}
