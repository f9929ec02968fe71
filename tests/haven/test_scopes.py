"""Whose a scope of pseudonyms is, where dots make two of one name."""

from types import SimpleNamespace

import pytest

from openhaven.haven import scopes
from openhaven.model.errors import BadInput
from openhaven.model.obligation import PseudonymScope


def scope(recipient, agreement, epoch="1"):
    return PseudonymScope(provisions=("X",), because="x", recipient=recipient, agreement=agreement, epoch=epoch)


@pytest.fixture
def released(monkeypatch):
    """Give the haven these earlier releases: recipient and agreement of each."""

    def given(*whose):
        before = [
            SimpleNamespace(release=SimpleNamespace(scope=f"{r}.{a}.1", recipient=r, agreement=a)) for r, a in whose
        ]
        monkeypatch.setattr(scopes.reads, "releases", lambda: before)

    return given


@pytest.mark.parametrize("whose", [("A.B", "C"), ("A", "B.C"), (".", "C"), ("A", "B.")])
def test_a_new_id_with_a_dot_is_refused(released, whose):
    released()
    with pytest.raises(BadInput, match="holds a dot"):
        scopes._check_its_own(scope(*whose))


def test_a_dot_in_the_epoch_parts_nothing_that_was_joined(released):
    released(("A", "B"))
    scopes._check_its_own(scope("A", "B", "2026.1"))


def test_a_scope_that_was_used_before_goes_on(released):
    released(("A.B", "C"))
    scopes._check_its_own(scope("A.B", "C"))


def test_nobody_else_goes_on_with_it(released):
    released(("A.B", "C"))
    with pytest.raises(BadInput):
        scopes._check_its_own(scope("A", "B.C"))
    released(("A.B", "C"), ("A", "B.C"))
    with pytest.raises(BadInput):
        scopes._check_its_own(scope("A.B", "C"))
    with pytest.raises(BadInput, match="was used by A"):
        released(("A", "B.1"))
        scopes._check_its_own(scope("A", "B", "1.1"))
