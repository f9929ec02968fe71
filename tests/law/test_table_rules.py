"""The rule for small numbers that an agreement states: known, and no weaker than the installation's own."""

import pytest
from heard import answers, because, decided, demanded, unmet
from hypothesis import given
from hypothesis import strategies as st

from openhaven.disclosure.moved import MovedRule, any_rule_named
from openhaven.disclosure.rules import NAMED, WIDER, rule_named
from openhaven.law.coding import check_record
from openhaven.law.table_rules import strength
from openhaven.law.words import WORDS
from openhaven.model.decision import Answer, Verdict
from openhaven.model.errors import BadInput
from openhaven.model.obligation import SmallNumbers

MINIMUM = "minimum necessary"


def agreed(story, rule):
    return story["commissioner"].with_record("agreement-counts", table_rule=rule)


class TestAnUnknownRule:
    @pytest.mark.parametrize("rule", ["none", "HES-2020", "hes-2018", "threshold-0", "threshold-ten", "HES-2018+more"])
    def test_is_bad_input_and_the_known_ones_are_named(self, story, rule):
        with pytest.raises(BadInput, match=r"agreement-counts: table_rule: there is no rule.*HES-2018.*threshold-n"):
            decided(agreed(story, rule))

    @pytest.mark.parametrize("rule", ["threshold-1", "threshold-3", "threshold-2+zeros"])
    def test_so_is_one_that_hides_nobody(self, story, rule):
        with pytest.raises(BadInput, match=r"hides too little.*n is 4 or more"):
            decided(agreed(story, rule))

    def test_is_not_even_written_down(self, story):
        (record,) = (each for each in agreed(story, "none").facts.records if each.id == "agreement-counts")
        with pytest.raises(BadInput, match=r"^dsa\.toml: table_rule: there is no rule"):
            check_record(record, where="dsa.toml")


class TestAWeakerRule:
    @pytest.mark.parametrize("rule", ["HES-2013", "threshold-4", "threshold-10", "OPENSAFELY-midpoint6"])
    def test_is_for_the_caldicott_guardian(self, story, rule):
        asked = agreed(story, rule)
        assert decided(asked).verdict is Verdict.REFER
        assert unmet(asked) == {MINIMUM}
        assert f"agrees the rule {rule} for small numbers, which shows more than HES-2018" in because(asked, MINIMUM)

    def test_is_weaker_than_what_the_installation_chose(self, story):
        asked = agreed(story, "HES-2018")
        assert answers(asked)[MINIMUM] is Answer.MET
        assert answers(asked.with_policy(table_rule="HES-2018+zeros"))[MINIMUM] is Answer.REFERRED
        assert answers(asked.with_policy(table_rule="threshold-4"))[MINIMUM] is Answer.REFERRED  # it rounds less


@pytest.mark.parametrize(
    ("rule", "provision"),
    [
        ("", "SDC-HES-2018"),
        ("HES-2018+zeros", "SDC-HES-2018"),
        ("OPENSAFELY", "SDC-OPENSAFELY"),
        ("OPENSAFELY+all-in-one", "SDC-OPENSAFELY"),
    ],
)
def test_what_is_owed_cites_the_provision_that_states_the_rule(story, rule, provision):
    assert demanded(agreed(story, rule), SmallNumbers).provisions == (provision,)


def test_an_older_rule_that_an_installation_keeps_is_cited_as_that_and_one_that_is_only_agreed_by_the_agreement(story):
    older = agreed(story, "").with_policy(table_rule="HES-2013")
    assert demanded(older, SmallNumbers).provisions == ("SDC-HES-old",)
    rounded = agreed(story, "threshold-100").with_policy(table_rule="threshold-10")
    assert demanded(rounded, SmallNumbers).provisions == ("DARS-11",)


class TestAStrongerRule:
    @pytest.mark.parametrize("rule", ["OPENSAFELY", "HES-2018+zeros", "OPENSAFELY+all-in-one+zeros"])
    def test_is_taken_and_said_to_be_agreed(self, story, rule):
        found = demanded(agreed(story, rule), SmallNumbers)
        assert (found.rule, "as agreed in agreement-counts" in found.because) == (rule, True)

    def test_where_nothing_is_agreed_the_installations_own_is(self, story):
        found = demanded(agreed(story, ""), SmallNumbers)
        assert (found.rule, "policy of this installation" in found.because) == ("HES-2018", True)


class TestARuleThatMovesCounts:
    """It hides nothing, so neither it nor one that hides keeps back all that the other does."""

    @pytest.mark.parametrize("rule", ["rounded-5", "cell-key-2"])
    def test_is_for_a_person_where_the_installation_hides(self, story, rule):
        assert answers(agreed(story, rule))[MINIMUM] is Answer.REFERRED

    @pytest.mark.parametrize(
        ("own", "rule", "answer"),
        [
            ("rounded-5", "rounded-5", Answer.MET),
            ("rounded-5", "rounded-10", Answer.MET),
            ("rounded-5", "rounded-3", Answer.REFERRED),
            ("cell-key-2", "cell-key-3", Answer.MET),
            ("cell-key-2", "rounded-5", Answer.REFERRED),
            ("cell-key-2", "HES-2018", Answer.REFERRED),
        ],
    )
    def test_is_weighed_against_one_that_moves_them_alike(self, story, own, rule, answer):
        asked = agreed(story, rule).with_policy(table_rule=own)
        assert answers(asked)[MINIMUM] is answer
        if answer is Answer.MET:
            assert demanded(asked, SmallNumbers).rule == rule

    @pytest.mark.parametrize("rule", ["rounded-2", "cell-key-0", "rounded-5+zeros", "cell-key-200"])
    def test_that_protects_nobody_or_is_none_is_bad_input(self, story, rule):
        with pytest.raises(BadInput, match="agreement-counts: table_rule"):
            decided(agreed(story, rule))

    @given(st.integers(3, 99))
    def test_is_one_that_tables_can_be_protected_by(self, far):
        for name in (f"rounded-{far}", f"cell-key-{far}"):
            assert strength(name, where="x").moves and isinstance(any_rule_named(name), MovedRule)


def test_the_law_knows_the_rules_that_tables_are_protected_by():
    assert {each.name for each in WORDS.table_rules} == set(NAMED)
    assert set(WORDS.table_rules_wider) == set(WIDER)
    for each in WORDS.table_rules:
        rule = NAMED[each.name]
        assert (each.small, each.base) == (rule.small, rule.base)
        assert (each.national_exempt, each.derived_totals) == (rule.national_exempt, rule.derived_totals)


names = st.tuples(
    st.one_of(st.sampled_from(sorted(NAMED)), st.integers(0, 20).map(lambda n: f"threshold-{n}"), st.just("none")),
    st.sets(st.sampled_from(sorted([*WIDER, "more"]))),
).map(lambda parts: "+".join((parts[0], *sorted(parts[1]))))


@given(name=names)
def test_a_rule_is_known_to_both_or_to_neither(name):
    if "midpoint" in name and "zeros" in name:  # protection has nothing to add there, and says so
        return
    assert _known(lambda: strength(name, where="")) is _known(lambda: rule_named(name))


def _known(look):
    try:
        look()
    except BadInput:
        return False
    return True


@given(one=names.filter(lambda n: "midpoint" not in n), other=names.filter(lambda n: "midpoint" not in n),
       count=st.integers(0, 60))  # fmt: skip
def test_what_a_rule_no_weaker_hides_at_least_what_the_other_hides(one, other, count):
    if not (_known(lambda: rule_named(one)) and _known(lambda: rule_named(other))):
        return
    if strength(one, where="").no_less_than(strength(other, where="")) and rule_named(other).is_small(count):
        assert rule_named(one).is_small(count)
