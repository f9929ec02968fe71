"""Given the API's own description, when schemathesis asks whatever it allows, and what it does not, then no answer is a
fault of ours, and each is of a status that the description names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error

pytestmark = pytest.mark.xdist_group("worker")
TRIES = 8
EVERY = (
    "decide", "cases", "write", "agreements", "agree", "incidents", "report", "requests", "answer", "assist", "sign",
    "jobs",
)  # fmt: skip
ALWAYS = {400, 404, 405, 422}
"""What is said of any question that makes no sense, whatever it asks for."""


@pytest.fixture(scope="module")
def schema(watched) -> Any:
    """The description, as programs read it."""
    found = schemathesis.openapi.from_url(f"{watched.address}/api/openapi.json")
    assert found.specification.version.startswith("3.1")
    return found


@pytest.fixture(scope="module")
def call(watched) -> Callable[..., requests.Response]:
    """Asks with the token of a case officer, and through no proxy of this machine."""
    session = requests.Session()
    session.trust_env = False
    token = {"Authorization": f"Bearer {watched.token('olu@example.org', *EVERY)}"}

    def asked(case: Case) -> Any:
        return case.call(session=session, headers={**(case.headers or {}), **token})

    return asked


@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_it_asks_no_answer_is_a_fault_of_ours(schema, call, mode) -> None:
    tried = 0
    for operation in (each.ok() for each in schema.get_all_operations()):
        named = {int(each) for each in operation.responses.status_codes if each.isdecimal()}
        try:
            _hold(operation.as_strategy(generation_mode=mode), call, named | ALWAYS)
        except Unsatisfiable:  # it asks for nothing that could be given wrongly
            continue
        tried += 1
    assert tried > 5


def _hold(cases: Any, call: Callable[..., Any], named: set[int]) -> None:
    @settings(max_examples=TRIES, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(cases)
    def holds(case: Case) -> None:
        answer = call(case)
        case.validate_response(answer, checks=[not_a_server_error])
        assert answer.status_code in named, (case.method, case.formatted_path, answer.status_code)

    holds()
