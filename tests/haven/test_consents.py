"""What a person said last counts: a withdrawal on any line, unless they consented again after it."""

import datetime as dt

import pytest

from openhaven.haven.consents import CONSENT_COLUMNS, read_consents

HEAD = ",".join(CONSENT_COLUMNS)


def consent(*lines):
    rows = [f"S1,9990000018,{given},2.0,diagnosis,{given},,{withdrawn}" for given, withdrawn in lines]
    return read_consents("\n".join([HEAD, *rows]), where="c.csv")["S1"]


@pytest.mark.parametrize(
    ("lines", "withdrawn"),
    [
        ([("2025-06-01", "")], None),
        ([("2025-06-01", "2026-10-01")], dt.date(2026, 10, 1)),
        ([("2025-06-01", "2026-10-01"), ("2026-01-05", "")], dt.date(2026, 10, 1)),
        ([("2026-01-05", ""), ("2025-06-01", "2026-10-01")], dt.date(2026, 10, 1)),
        ([("2025-06-01", "2025-09-01"), ("2026-01-05", "")], None),
    ],
)
def test_a_withdrawal_counts_until_the_person_consents_again(lines, withdrawn):
    assert consent(*lines).withdrawn_on == withdrawn
