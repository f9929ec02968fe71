"""The applicant's file of people: one that lies beside the application, and whose own ids name nobody."""

from __future__ import annotations

import pytest
from journeys_haven import Desk


@pytest.mark.parametrize("name", ["../records/trial_consents.csv", "/etc/hostname", "sub/people.csv", ".hidden.csv"])
def test_an_application_names_a_file_beside_it_and_no_path(desk: Desk, name: str) -> None:
    before = desk.held()
    named = ('people_file = "trial_cohort.csv"', f'people_file = "{name}"')

    desk.release("6-trial", named).refused_plainly(2, "people_file", "not a path")

    assert desk.held() == before and not desk.path("packages").exists()
    assert desk.path("applications", "trial_cohort.csv").exists(), "nothing was taken or destroyed"


@pytest.mark.parametrize("id", ["{}", "{:.3} {:.3} {:.4}", "study {}", "S1/{}"], ids=["bare", "spaces", "text", "part"])
def test_a_study_id_that_holds_an_nhs_number_is_refused(desk: Desk, id: str) -> None:
    """It would leave as the key to the person, and name them."""
    people = desk.path("applications", "trial_cohort.csv")
    heading, first, *rest = people.read_text("utf-8").splitlines()
    cells = dict(zip(heading.split(","), first.split(","), strict=True))
    number = cells["nhs_number"].replace(" ", "")
    cells["study_id"] = id.format(number) if ":" not in id else f"{number[:3]} {number[3:6]} {number[6:]}"
    people.write_text("\n".join([heading, ",".join(cells.values()), *rest]) + "\n", "utf-8")

    said = desk.release("6-trial")

    said.refused_plainly(2, "line 2", "study_id is an NHS number, or holds one")
    assert number not in said.err and people.exists()
    assert not desk.path("packages").exists()
