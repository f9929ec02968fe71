"""Every provision can be shown, with its source and either the rules that state it or why none does."""

import pytest

from openhaven.law import RULESET
from openhaven.law.provisions import PROVISIONS
from openhaven.law.showing import shown


@pytest.mark.parametrize("provision", PROVISIONS.values(), ids=lambda each: each.id)
def test_a_provision_is_shown_with_its_source_and_its_answer(provision):
    text = shown(provision)
    assert text.startswith(f"{provision.id}  {provision.title}\n")
    assert provision.source in text and provision.starts.isoformat() in text
    rules = RULESET.stated_by()[provision.id]
    assert all(rule in text for rule in rules) and (rules or provision.not_modelled in text)
