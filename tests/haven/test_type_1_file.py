"""A practice's Type 1 list, as clumsy hands send it: each objection is read, or the file is refused, by its line."""

import datetime as dt

import pytest

from openhaven.haven.type_1_file import type_1_numbers
from openhaven.model.errors import BadInput
from openhaven.optouts.type1 import default_codes

DISSENT, WITHDRAWN = "827241000000103", "827261000000102"
ANN, BEN = "9990000018", "9990001235"
HEADING = "nhs_number,code,event_date\n"


def objecting(text: str) -> int:
    return len(type_1_numbers(text, codes=default_codes(), on=dt.date(2026, 11, 22), where="list.csv"))


def refused(text: str, *says: str) -> None:
    with pytest.raises(BadInput) as error:
        objecting(text)
    assert all(words in str(error.value) for words in ("list.csv", *says)), str(error.value)
    assert ANN not in str(error.value) and "1234567" not in str(error.value)


def test_the_codes_are_those_that_ship():
    assert {each.code for each in default_codes().code} >= {DISSENT}


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADING}{ANN},{DISSENT},2020-01-01\n",
        f"{HEADING}999 000 0018, {DISSENT} ,2020-01-01\n",
        f"NHS_Number, Code ,Event_Date\n{ANN},{DISSENT},2020-01-01\n",
        f'"nhs_number","code","event_date"\n"{ANN}","{DISSENT}","2020-01-01"\n',
        f"{HEADING}{ANN},{DISSENT},\n\n",
        f"{HEADING}{ANN},{DISSENT},2020-01-01\n{BEN},195967001,2020-01-01\n",
        f'"nhs_number"\n"{ANN}"\n',
        f"nhs_number\n{ANN}\n\n\n",
    ],
)
def test_an_objection_is_read_however_it_is_written(text):
    assert objecting(text) == 1


def test_a_code_that_excel_spoilt_does_not_lose_its_objection():
    refused(f"{HEADING}{ANN},8.27241E+14,2020-01-01\n", "line 2", "Excel")
    refused(f"{HEADING}{BEN},{DISSENT},2020-01-01\n{ANN},8.27E+14,2020-01-01\n", "line 3", "Excel")


def test_a_list_of_which_no_event_has_a_known_code_is_not_the_list_of_nobody():
    refused(f"{HEADING}{ANN},9Nu0.,2020-01-01\n", "none of its 1 event", DISSENT, "the heading alone")
    assert objecting(HEADING) == 0


def test_a_mistyped_number_beside_a_dissent_is_refused_as_in_a_list_of_numbers():
    refused(f"{HEADING}{ANN},{DISSENT},2020-01-01\n9991234567,{DISSENT},2020-01-01\n", "line 3", "valid NHS number")
    refused(f"{HEADING}18,{DISSENT},2020-01-01\n", "line 2", "valid NHS number")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEADING}{ANN},Smith,{DISSENT},2020-01-01\n", "line 2 has 4 values"),
        (f"{HEADING}{ANN},{DISSENT}\n", "line 2 has 2 values"),
        (f"nhs_number,code,code,event_date\n{ANN},{DISSENT},1,2020-01-01\n", "two columns are called code"),
        (f'{HEADING}{ANN},"{DISSENT},2020-01-01\n', "quote"),
        (f"{HEADING}{ANN},{DISSENT},2020-01-01\0\n", "line 2"),
        (f"{HEADING}{ANN},{DISSENT},2020-02-31\n", "line 2"),
        (f"{HEADING}{ANN},{DISSENT},0000-00-00\n", "is not a date as 2026-12-31"),
        (f"nhs_number,name\n{ANN},Smith\n", "there is no column code, event_date"),
        (HEADING + "x" * 200_000 + ",1,\n", "line 2"),
    ],
)
def test_a_row_that_may_be_read_wrongly_is_refused(text, says):
    refused(text, says)
